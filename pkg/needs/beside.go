// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// FoundNoRoom is the id of a pod of the template that finds no node beside the set's own pods.
const FoundNoRoom = "no-room-beside-older"

// Standing is a pod of the set that is there: its ordinal's place among the others, its
// node, and what it may not be beside.
type Standing struct {
	Index    int32
	PodName  string
	NodeName string
	Apart    rollout.Apartness
}

// KeptApart are the standing pods that one of a template may not be beside.
func KeptApart(set *appsv1.StatefulSet, namespaceName string, standing []Standing) []Standing {
	mine := rollout.ApartnessOf(set.Spec.Template, "", namespaceName)
	return slices.DeleteFunc(slices.Clone(standing), func(s Standing) bool { return len(mine.From(s.Apart)) == 0 })
}

// Beside finds that an update of a set stops at its first ordinal, the highest: the pods
// that stand keep one of the new template from every node. It is a warning, for the
// reasons that Places has.
func Beside(set *appsv1.StatefulSet, namespaceName string, nodes []corev1.Node, standing []Standing, replicas int32) []rollout.Finding {
	apart := KeptApart(set, namespaceName, standing)
	fit := slices.DeleteFunc(slices.Clone(nodes), func(n corev1.Node) bool { return !takes(n, set.Spec.Template.Spec) })
	mine := rollout.ApartnessOf(set.Spec.Template, "", namespaceName)
	// The pods that are left when the highest of n ordinals goes.
	stops := func(n int32) bool {
		left := slices.DeleteFunc(slices.Clone(apart), func(s Standing) bool { return s.Index >= n-1 })
		return len(left) > 0 && !slices.ContainsFunc(fit, func(n corev1.Node) bool { return open(n, nodes, mine, left) })
	}
	if len(fit) == 0 || !stops(replicas) {
		return nil
	}
	to := replicas - 1
	for to > 1 && stops(to) {
		to--
	}
	var names []string
	for _, s := range apart {
		if s.Index < replicas-1 {
			names = append(names, s.PodName)
		}
	}
	return []rollout.Finding{{
		ID: FoundNoRoom, Severity: rollout.FindingWarning, Object: "statefulset.apps/" + set.Name,
		Message: fmt.Sprintf("beside %s there is no node for another pod of this template, by required anti-affinity of the one or of the other: an update stops at its first ordinal; with %d replicas there is", rollout.Enumerate(names), to),
		Remedy:  fmt.Sprintf("scale %s --replicas %d", set.Name, to),
	}}
}

// open says that no pod keeps one of a template from a node, by none of the labels of
// nodes that its terms, or theirs, go by.
func open(node corev1.Node, nodes []corev1.Node, mine rollout.Apartness, left []Standing) bool {
	for _, s := range left {
		at := slices.IndexFunc(nodes, func(n corev1.Node) bool { return n.Name == s.NodeName })
		if at < 0 {
			continue
		}
		for _, key := range mine.From(s.Apart) {
			value, has := node.Labels[key]
			if there, ok := nodes[at].Labels[key]; has && ok && value == there {
				return false
			}
		}
	}
	return true
}
