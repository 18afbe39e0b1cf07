// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Ids of what is wrong with the nodes.
const (
	FoundNoNode      = "node-missing"
	FoundTooFewNodes = "nodes-too-few"
)

// AsksForNodes says that a template leaves out any node, or keeps pods apart.
func AsksForNodes(set *appsv1.StatefulSet) bool {
	return asked(set.Spec.Template.Spec) != "" || len(apart(set)) > 0
}

// KeepsApart says that a template keeps the set's pods apart.
func KeepsApart(set *appsv1.StatefulSet) bool { return len(apart(set)) > 0 }

// Places finds that no node may run the set's pods, or fewer than its pods need that
// will not share one. Both are warnings: an autoscaler may bring nodes.
func Places(set *appsv1.StatefulSet, nodes []corev1.Node) []rollout.Finding {
	f := rollout.Finding{Severity: rollout.FindingWarning, Object: "statefulset.apps/" + set.Name}
	fit := slices.DeleteFunc(slices.Clone(nodes), func(n corev1.Node) bool { return !takes(n, set.Spec.Template.Spec) })
	if len(fit) == 0 {
		f.ID = FoundNoNode
		f.Message = fmt.Sprintf("of %d nodes none takes its pods: by labels, or by taints that they do not tolerate", len(nodes))
		if asks := asked(set.Spec.Template.Spec); asks != "" {
			f.Message += "; they ask for " + asks
		}
		return []rollout.Finding{f}
	}
	replicas := replicasOf(set)
	for _, term := range apart(set) {
		if places, bounded := domains(fit, term.TopologyKey); bounded && places < int(replicas) {
			f.ID = FoundTooFewNodes
			f.Message = fmt.Sprintf("its required anti-affinity puts each of %d pods on another %s, and the nodes that take them have %d", replicas, term.TopologyKey, places)
			return []rollout.Finding{f}
		}
	}
	return nil
}

// replicasOf a set; what a manifest leaves out has the server's default.
func replicasOf(set *appsv1.StatefulSet) int32 {
	if set.Spec.Replicas == nil {
		return 1
	}
	return *set.Spec.Replicas
}

// apart are the required terms by which pods of the set keep away from each other.
func apart(set *appsv1.StatefulSet) []corev1.PodAffinityTerm {
	template := set.Spec.Template
	if template.Spec.Affinity == nil || template.Spec.Affinity.PodAntiAffinity == nil {
		return nil
	}
	var terms []corev1.PodAffinityTerm
	for _, term := range template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		elsewhere := len(term.Namespaces) > 0 && !slices.Contains(term.Namespaces, set.Namespace)
		// By mismatchLabelKeys pods of one value of a label may be together.
		if err == nil && !elsewhere && len(term.MismatchLabelKeys) == 0 && selector.Matches(labels.Set(template.Labels)) {
			terms = append(terms, term)
		}
	}
	return terms
}

// domains counts the values of a label; a node without it takes any number of pods.
func domains(nodes []corev1.Node, key string) (n int, bounded bool) {
	values := map[string]bool{}
	for _, node := range nodes {
		value, has := node.Labels[key]
		if !has {
			return 0, false
		}
		values[value] = true
	}
	return len(values), true
}

// takes says that the labels and the taints of a node let pods on it.
func takes(node corev1.Node, spec corev1.PodSpec) bool {
	if !labels.SelectorFromSet(spec.NodeSelector).Matches(labels.Set(node.Labels)) || !wanted(node, spec.Affinity) {
		return false
	}
	return !slices.ContainsFunc(node.Spec.Taints, func(t corev1.Taint) bool {
		keepsOut := t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
		return keepsOut && !slices.ContainsFunc(spec.Tolerations, func(o corev1.Toleration) bool { return tolerates(o, t) })
	})
}

func tolerates(o corev1.Toleration, t corev1.Taint) bool {
	sameKey := o.Key == t.Key || o.Key == "" && o.Operator == corev1.TolerationOpExists
	sameEffect := o.Effect == "" || o.Effect == t.Effect
	return sameKey && sameEffect && (o.Operator == corev1.TolerationOpExists || o.Value == t.Value)
}

// wanted: of the required terms one must hold.
func wanted(node corev1.Node, affinity *corev1.Affinity) bool {
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return true
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return slices.ContainsFunc(terms, func(term corev1.NodeSelectorTerm) bool { return holds(node, term) })
}

// holds says that a node has all of a term; an empty one holds of none.
func holds(node corev1.Node, term corev1.NodeSelectorTerm) bool {
	fields := labels.Set{metav1.ObjectNameField: node.Name}
	for _, e := range term.MatchExpressions {
		if !meets(labels.Set(node.Labels), e) {
			return false
		}
	}
	for _, e := range term.MatchFields {
		if !meets(fields, e) {
			return false
		}
	}
	return len(term.MatchExpressions)+len(term.MatchFields) > 0
}

var operators = map[corev1.NodeSelectorOperator]selection.Operator{
	corev1.NodeSelectorOpIn: selection.In, corev1.NodeSelectorOpNotIn: selection.NotIn,
	corev1.NodeSelectorOpExists: selection.Exists, corev1.NodeSelectorOpDoesNotExist: selection.DoesNotExist,
	corev1.NodeSelectorOpGt: selection.GreaterThan, corev1.NodeSelectorOpLt: selection.LessThan,
}

func meets(has labels.Set, e corev1.NodeSelectorRequirement) bool {
	requirement, err := labels.NewRequirement(e.Key, operators[e.Operator], e.Values)
	return err == nil && requirement.Matches(has) // what cannot be read, the server refuses
}

// asked is what the pods ask of a node, for people; "" for nothing.
func asked(spec corev1.PodSpec) string {
	var parts []string
	if len(spec.NodeSelector) > 0 {
		parts = append(parts, labels.Set(spec.NodeSelector).String())
	}
	if spec.Affinity != nil && spec.Affinity.NodeAffinity != nil && spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		parts = append(parts, "what their required node affinity says")
	}
	return strings.Join(parts, ", ")
}
