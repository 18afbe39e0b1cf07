// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fieldPaths are the five fields of Spec as managedFields names them.
var fieldPaths = []struct {
	field string
	path  []string
}{
	{"template", []string{"f:spec", "f:template"}},
	{"partition", []string{"f:spec", "f:updateStrategy", "f:rollingUpdate", "f:partition"}},
	{"replicas", []string{"f:spec", "f:replicas"}},
	{"strategy", []string{"f:spec", "f:updateStrategy", "f:type"}},
	{"start", []string{"f:spec", "f:ordinals"}},
}

// writersOf lists who wrote each field of Spec last. Server-side apply and
// plain updates are listed alike; the newest entry wins.
func writersOf(object *unstructured.Unstructured) []Writer {
	var writers []Writer
	for _, f := range fieldPaths {
		for _, entry := range newestFirst(object.GetManagedFields()) {
			if owns(entry, f.path) {
				writers = append(writers, writer(f.field, entry))
				break
			}
		}
	}
	return writers
}

func newestFirst(entries []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b metav1.ManagedFieldsEntry) int {
		if a.Time == nil || b.Time == nil {
			return 0
		}
		return b.Time.Compare(a.Time.Time)
	})
	return sorted
}

func writer(field string, entry metav1.ManagedFieldsEntry) Writer {
	w := Writer{Field: field, Manager: entry.Manager, Applies: entry.Operation == metav1.ManagedFieldsOperationApply}
	if entry.Time != nil {
		w.At = entry.Time.Time
	}
	return w
}

// owns walks the fields of an entry down a path.
func owns(entry metav1.ManagedFieldsEntry, path []string) bool {
	if entry.FieldsV1 == nil {
		return false
	}
	var node map[string]json.RawMessage
	raw := json.RawMessage(entry.FieldsV1.GetRawBytes())
	for _, key := range path {
		node = nil
		if err := json.Unmarshal(raw, &node); err != nil {
			return false
		}
		next, ok := node[key]
		if !ok {
			return false
		}
		raw = next
	}
	return true
}

// handsOf finds other owners that the set itself tells of. Autoscalers, which
// it does not know, come from elsewhere.
func handsOf(object *unstructured.Unstructured) []Hand {
	var hands []Hand
	if owner := metav1.GetControllerOf(object); owner != nil {
		hands = append(hands, Hand{OwnerHand, fmt.Sprintf("%s %q", owner.Kind, owner.Name), "it is an operator's, which will put its own spec back"})
	}
	if hand, ok := appliesPartition(object); ok {
		hands = append(hands, hand)
	}
	return append(hands, toolsOf(object)...)
}

// lastApplied is where kubectl apply keeps what it applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

func appliesPartition(object *unstructured.Unstructured) (Hand, bool) {
	const meaning = "it applies the partition, so its next apply would move ordinals; take the partition out of what it applies"
	for _, entry := range object.GetManagedFields() {
		if !IsOurs(entry.Manager) && entry.Operation == metav1.ManagedFieldsOperationApply && owns(entry, fieldPaths[1].path) {
			return Hand{PartitionHand, fmt.Sprintf("field manager %q", entry.Manager), meaning}, true
		}
	}
	var applied map[string]any
	if json.Unmarshal([]byte(object.GetAnnotations()[lastApplied]), &applied) == nil {
		if _, found, err := unstructured.NestedFieldNoCopy(applied, "spec", "updateStrategy", "rollingUpdate", "partition"); found && err == nil {
			return Hand{PartitionHand, "kubectl apply", meaning}, true
		}
	}
	return Hand{}, false
}

// tools known by the labels and annotations that they leave.
var tools = []struct {
	key     string // of a label or an annotation
	value   string // "" for any
	name    string
	kind    HandKind
	meaning string
}{
	{"argocd.argoproj.io/tracking-id", "", "Argo CD", TemplateHand, "put this image into Git before promote, or it will be taken back"},
	{"argocd.argoproj.io/instance", "", "Argo CD", TemplateHand, "put this image into Git before promote, or it will be taken back"},
	{"kustomize.toolkit.fluxcd.io/name", "", "Flux", TemplateHand, "put this image into Git before promote, or it will be taken back"},
	{"helm.toolkit.fluxcd.io/name", "", "Flux", TemplateHand, "put this image into Git before promote, or it will be taken back"},
	{"app.kubernetes.io/managed-by", "Helm", "Helm", NoteHand, "its next upgrade applies the chart's own template"},
}

func toolsOf(object *unstructured.Unstructured) []Hand {
	var hands []Hand
	for _, tool := range tools {
		value, ok := object.GetLabels()[tool.key]
		if !ok {
			value, ok = object.GetAnnotations()[tool.key]
		}
		if ok && (tool.value == "" || strings.EqualFold(tool.value, value)) {
			hands = append(hands, Hand{tool.kind, tool.name, tool.meaning})
		}
	}
	return hands
}
