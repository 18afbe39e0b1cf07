// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// claimLabels are the labels that tell a claim of this set from one that another set
// made, whose names come to the same and which is deleted by now. The controller writes
// spec.selector.matchLabels on every claim that it makes, and nothing of
// matchExpressions (pkg/controller/statefulset/stateful_set_utils.go:
// getPersistentVolumeClaims). Of a selector with expressions alone they are the labels of
// the pods that these name: a claim has them by its claim template, or by hand.
func claimLabels(selector *metav1.LabelSelector, podLabels map[string]string) map[string]string {
	switch {
	case selector == nil:
		return nil
	case len(selector.MatchLabels) > 0:
		return selector.MatchLabels
	}
	named := map[string]string{}
	for _, expression := range selector.MatchExpressions {
		if value, ok := podLabels[expression.Key]; ok {
			named[expression.Key] = value
		}
	}
	return named
}

// strange are claims that have a name of the set's, and not the labels that tell that
// they are its own.
func (s State) strange(claims []ClaimSight) []ClaimSight {
	own := labels.SelectorFromSet(s.Set.ClaimLabels)
	if s.Set.ClaimLabels != nil && own.Empty() {
		own = labels.Nothing()
	}
	var strange []ClaimSight
	for _, claim := range claims {
		if !own.Matches(labels.Set(claim.Labels)) {
			strange = append(strange, claim)
		}
	}
	return strange
}

// unlabelled refuses to destroy strange claims.
func (s State) unlabelled(strange []ClaimSight) error {
	if len(s.Set.ClaimLabels) == 0 {
		return refuse(DataLoss, "", "%s: nothing tells whether the claims %s are its own or those of another set, which is deleted by now: its selector has no matchLabels, which the controller writes on each claim that it makes, and names no label of its pods; delete the set without its claims, and those by hand",
			s.Set, names(strange))
	}
	return refuse(DataLoss, fmt.Sprintf("kubectl -n %s get pvc %s --show-labels", s.Set.Namespace, strange[0].Name),
		"%s: by their names the claims %s are its own, but they have not the labels (%s) that tell them from those of another set, which is deleted by now; label those that are its own, or delete the set without its claims, and those by hand",
		s.Set, names(strange), labels.FormatLabels(s.Set.ClaimLabels))
}
