// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Overlay is a live set with the fields of what an apply sends, for a body that no
// server-side apply reads: the template is the file's as a whole, since its entries
// have no keys to merge by. What the file does not name beside it stays.
func Overlay(body []byte, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	var sent map[string]any
	if err := utiljson.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	whole, _, err := unstructured.NestedMap(sent, "spec", "template")
	if err != nil {
		return nil, fmt.Errorf("spec.template of the file: %w", err)
	}
	over := live.DeepCopy()
	restarted, found, err := unstructured.NestedString(over.Object, restartedAt...)
	if err != nil {
		return nil, fmt.Errorf("live %s: %w", path(restartedAt...), err)
	}
	lay(over.Object, sent)
	if err := unstructured.SetNestedMap(over.Object, whole, "spec", "template"); err != nil || !found {
		return over, err
	}
	if _, names, err := unstructured.NestedString(whole, restartedAt[2:]...); err != nil || names {
		return over, err
	}
	return over, setUnder(over.Object, restarted, restartedAt)
}

// restartedAt is what kubectl rollout restart writes. Without it the ordinals would be
// made anew, of a template that is otherwise the same.
var restartedAt = []string{"spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"}

// lay puts fields over others; null is as if it were not there.
func lay(over, fields map[string]any) {
	for key, value := range fields {
		above, isMap := over[key].(map[string]any)
		below, goesOn := value.(map[string]any)
		switch {
		case value == nil:
		case isMap && goesOn:
			lay(above, below)
		default:
			over[key] = value
		}
	}
}

// Overwritten is what other managers have and what is not as it was, where no server
// tells of it.
func (o Object) Overwritten(live, after *unstructured.Unstructured) ([]Conflict, error) {
	m, err := o.managed(live)
	if err != nil {
		return nil, err
	}
	var conflicts []Conflict
	for _, other := range m.foreign {
		for _, field := range differing(other.fields, live.Object, after.Object, nil) {
			conflicts = append(conflicts, Conflict{Manager: other.managerName, Field: field})
		}
	}
	return conflicts, nil
}

// differing are the fields of a manager that have another value on one side.
func differing(fields map[string]any, was, is any, at []string) []string {
	if reflect.DeepEqual(was, is) {
		return nil
	}
	var paths []string
	leaf := true
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if key == "." {
			continue
		}
		leaf = false
		below, _ := fields[key].(map[string]any)
		paths = append(paths, differing(below, child(was, key), child(is, key), append(slices.Clone(at), key))...)
	}
	if leaf {
		return []string{spoken(at)}
	}
	return paths
}

// child is what a key of managedFields stands for; nil for nothing.
func child(value any, key string) any {
	switch kind, name, _ := strings.Cut(key, ":"); kind {
	case "f":
		fields, _ := value.(map[string]any)
		return fields[name]
	case "k":
		if item := itemOf(value, key); item != nil {
			return item
		}
	}
	return nil
}
