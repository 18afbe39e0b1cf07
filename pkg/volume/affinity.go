// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// affinity is where a volume can be mounted, for people: "node-1", or
// "zone in (a, b)"; "" for anywhere.
func affinity(v *corev1.PersistentVolume) string {
	if v.Spec.NodeAffinity == nil || v.Spec.NodeAffinity.Required == nil {
		return ""
	}
	var terms []string
	for _, term := range v.Spec.NodeAffinity.Required.NodeSelectorTerms {
		var parts []string
		for _, e := range term.MatchExpressions {
			parts = append(parts, expression(e))
		}
		terms = append(terms, strings.Join(parts, " and "))
	}
	return strings.Join(terms, " or ")
}

func expression(e corev1.NodeSelectorRequirement) string {
	if e.Key == corev1.LabelHostname && e.Operator == corev1.NodeSelectorOpIn {
		return "node " + strings.Join(e.Values, " or ")
	}
	text := fmt.Sprintf("%s %s", e.Key, e.Operator)
	if len(e.Values) > 0 {
		text += " (" + strings.Join(e.Values, ", ") + ")"
	}
	return text
}

// onNode binds a volume to one node.
func onNode(hostName string) *corev1.VolumeNodeAffinity {
	return &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{
			Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{hostName},
		}},
	}}}}
}

// Node is one that volumes can be on.
type Node struct {
	Name string
	Host string // its label kubernetes.io/hostname, which affinity goes by
}

// Where is the node that a volume is bound to; "" for none or several.
func Where(v corev1.PersistentVolume) string {
	where, ok := strings.CutPrefix(affinity(&v), "node ")
	if !ok || slices.ContainsFunc([]string{" or ", " and "}, func(word string) bool { return strings.Contains(where, word) }) {
		return ""
	}
	return where
}
