// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Required anti-affinity may keep a pod from every node on which the set's own other
// pods are: by its own template's terms, or by those of theirs, which the scheduler
// honours too. Where theirs are of an older template, none of them goes as long as
// that pod is not Available.

// What the scheduler says of it (pkg/scheduler/framework/plugins/interpodaffinity/
// filtering.go: ErrReasonAntiAffinityRulesNotMatch, ErrReasonExistingAntiAffinityRulesNotMatch).
const (
	ownTerms   = "didn't match pod anti-affinity rules"
	theirTerms = "didn't satisfy existing pods anti-affinity rules"
)

// keptApart says that anti-affinity is among the scheduler's reasons.
func (c Cause) keptApart() bool {
	return c.ID == Unschedulable && (strings.Contains(c.Message, ownTerms) || strings.Contains(c.Message, theirTerms))
}

// Apartness is what the pods of one template bring with them: their labels, and what
// they may not be beside.
type Apartness struct {
	labels labels.Set
	terms  []apartFrom
}

// apartFrom is a term: what is not to be on the same node, or in the same zone.
type apartFrom struct {
	selector labels.Selector
	topology string
}

// ApartnessOf is that of a template in a namespace; the revision's name is a label of
// its pods too.
func ApartnessOf(template corev1.PodTemplateSpec, revisionName, namespaceName string) Apartness {
	a := Apartness{labels: labels.Set{}}
	maps.Copy(a.labels, template.Labels)
	a.labels[appsv1.ControllerRevisionHashLabelKey] = revisionName
	if template.Spec.Affinity == nil || template.Spec.Affinity.PodAntiAffinity == nil {
		return a
	}
	for _, term := range template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		if selector, ok := a.selects(term, namespaceName); ok {
			a.terms = append(a.terms, apartFrom{selector, term.TopologyKey})
		}
	}
	return a
}

// apartnessIn is that of a template as it is stored; none where it cannot be read.
func apartnessIn(template []byte, revisionName, namespaceName string) Apartness {
	var t corev1.PodTemplateSpec
	if json.Unmarshal(template, &t) != nil {
		return Apartness{}
	}
	return ApartnessOf(t, revisionName, namespaceName)
}

// Apartness of a pod that is there.
func (s State) Apartness(pod Pod) Apartness {
	revision, _ := s.Revisions.ByName(pod.Revision)
	return apartnessIn(revision.Template, pod.Revision, s.Set.Namespace)
}

// selects is what a term of these pods selects in their own namespace. The server adds
// to it what the pod's own labels have under the keys that it names
// (pkg/registry/core/pod/strategy.go: applyMatchLabelKeysAndMismatchLabelKeys).
func (a Apartness) selects(term corev1.PodAffinityTerm, namespaceName string) (labels.Selector, bool) {
	everywhere := term.NamespaceSelector != nil && len(term.NamespaceSelector.MatchLabels)+len(term.NamespaceSelector.MatchExpressions) == 0
	here := everywhere || slices.Contains(term.Namespaces, namespaceName) || len(term.Namespaces) == 0 && term.NamespaceSelector == nil
	selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
	if err != nil || !here {
		return nil, false
	}
	for operator, keys := range map[selection.Operator][]string{selection.In: term.MatchLabelKeys, selection.NotIn: term.MismatchLabelKeys} {
		for _, key := range keys {
			value, has := a.labels[key]
			if requirement, err := labels.NewRequirement(key, operator, []string{value}); err == nil && has {
				selector = selector.Add(*requirement)
			}
		}
	}
	return selector, true
}

// From are the labels of nodes by which a pod may not be where one of the others is, by its
// own terms or by those of the other, which the scheduler honours too.
func (a Apartness) From(other Apartness) []string { return append(a.keeps(other), other.keeps(a)...) }

func (a Apartness) keeps(other Apartness) []string {
	var topologies []string
	for _, term := range a.terms {
		if term.selector.Matches(other.labels) {
			topologies = append(topologies, term.topology)
		}
	}
	return topologies
}

// neighbours finds the pods on nodes that one of a template may not be beside.
type neighbours struct {
	set       Set
	revisions Revisions
	pods      []Pod
	told      map[string]string // by revision
}

// of a template, in the order of their ordinals.
func (n neighbours) of(template []byte, revisionName string) []Pod {
	mine := apartnessIn(template, revisionName, n.set.Namespace)
	apart := map[string]bool{}
	var found []Pod
	for _, pod := range n.pods {
		if pod.Node == "" || pod.Phase == Terminating {
			continue
		}
		is, known := apart[pod.Revision]
		if !known {
			revision, _ := n.revisions.ByName(pod.Revision)
			is = len(mine.From(apartnessIn(revision.Template, pod.Revision, n.set.Namespace))) > 0
			apart[pod.Revision] = is
		}
		if is {
			found = append(found, pod)
		}
	}
	slices.SortFunc(found, func(a, b Pod) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	return found
}

// tell adds to the cause of a pod that anti-affinity keeps from its nodes which of the
// set's own pods are there.
func (n neighbours) tell(pod Pod) Pod {
	if pod.Node != "" || !pod.Cause.keptApart() {
		return pod
	}
	text, known := n.told[pod.Revision]
	if !known {
		text = n.text(pod.Revision)
		n.told[pod.Revision] = text
	}
	if text != "" {
		pod.Cause.Scheduler, pod.Cause.Beside = pod.Cause.Message, true
		pod.Cause = pod.Cause.and(text)
	}
	return pod
}

func (n neighbours) text(revisionName string) string {
	revision, _ := n.revisions.ByName(revisionName)
	found := n.of(revision.Template, revisionName)
	if len(found) == 0 {
		return ""
	}
	text := fmt.Sprintf("required anti-affinity keeps it from the nodes of %s", Enumerate(podNames(found)))
	other := func(pod Pod) bool { return pod.Revision != found[0].Revision }
	if found[0].Revision != revisionName && !slices.ContainsFunc(found, other) {
		text += ", still on " + found[0].Revision
	}
	return text
}

func podNames(pods []Pod) []string {
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return names
}
