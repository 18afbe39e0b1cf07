// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// GiveBack is managedFields as it is to be when an operation is over: without what we
// wrote of the fields that somebody else applies, which would conflict with us at
// every later apply of another value. It changes no value. To are the managers whose
// fields they are; none where there is nothing to give back. What nobody else applies
// stays ours.
func (s State) GiveBack() (entries []metav1.ManagedFieldsEntry, to []string, err error) {
	if s.Set.Record.holds() || s.Set.Deleting {
		return nil, nil, nil
	}
	decoded := managedBy(s.Set.Managed)
	entries = slices.Clone(s.Set.Managed)
	for _, ours := range stepsOf(decoded) {
		lent, names := s.lent(ours, decoded)
		if lent.Empty() {
			continue
		}
		fields, err := ours.fields.Difference(lent).ToJSON()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: managedFields of %q: %w", s.Set, ours.managerName, err)
		}
		entries[ours.index].FieldsV1 = metav1.NewFieldsV1(string(fields))
		to = append(to, names...)
	}
	slices.Sort(to)
	return entries, slices.Compact(to), nil
}

// lent are the fields of an entry of ours that others apply, and who these are.
func (s State) lent(ours managedEntry, decoded []managedEntry) (*fieldpath.Set, []string) {
	fields, stable := fieldpath.NewSet(), s.stableTemplate()
	var names []string
	for _, other := range others(decoded) {
		if !other.applies {
			continue
		}
		for path := range ours.fields.All() {
			if len(path) > 0 && *path[0].FieldName == "spec" && s.isOf(other, path, stable) {
				fields.Insert(path.Copy())
				names = append(names, other.managerName)
			}
		}
	}
	return fields, names
}

// isOf says that a manifest has a field: its manager has it now, or had it before we
// wrote another value there, which takes it away from everybody else. That shows by
// what it has around a field that was in the template before.
func (s State) isOf(other managedEntry, path fieldpath.Path, stable any) bool {
	switch {
	case other.fields.Has(path):
		return true
	case path.Equals(replicasPath()):
		a, ok := applierBy(s.Set.Appliers, other.managerName)
		return ok && s.noted(a)
	case len(path) <= len(templatePath()) || !path[:len(templatePath())].Equals(templatePath()):
		return false
	}
	for depth := len(path) - 1; depth > len(templatePath()); depth-- {
		if path[depth-1].FieldName == nil { // an entry of a list is named by itself
			return other.fields.Has(path[:depth]) && has(stable, path[len(templatePath()):])
		}
	}
	return other.names(templatePath()) && has(stable, path[len(templatePath()):])
}

// stableTemplate is the one that the operation came from; nil where it is not known.
func (s State) stableTemplate() any {
	r := s.Set.Record
	if r == nil {
		return nil
	}
	from, ok := s.Revisions.ByName(r.From)
	if !ok {
		return nil
	}
	var template any
	if json.Unmarshal(from.Template, &template) != nil {
		return nil
	}
	return template
}

// has says that a path leads somewhere. Where nothing is known, it does.
func has(tree any, path fieldpath.Path) bool {
	if tree == nil {
		return true
	}
	for _, element := range path {
		var ok bool
		if tree, ok = step(tree, element); !ok {
			return false
		}
	}
	return true
}

// step goes down one element of a path.
func step(tree any, element fieldpath.PathElement) (any, bool) {
	if element.FieldName != nil {
		fields, _ := tree.(map[string]any)
		below, ok := fields[*element.FieldName]
		return below, ok
	}
	items, _ := tree.([]any)
	for i, item := range items {
		if isElement(item, i, element) {
			return item, true
		}
	}
	return nil, false
}

func isElement(item any, index int, element fieldpath.PathElement) bool {
	switch {
	case element.Index != nil:
		return *element.Index == index
	case element.Value != nil:
		return fmt.Sprint((*element.Value).Unstructured()) == fmt.Sprint(item)
	case element.Key == nil:
		return false
	}
	fields, _ := item.(map[string]any)
	for _, key := range *element.Key {
		if spell(key.Value.Unstructured()) != spell(fields[key.Name]) {
			return false
		}
	}
	return true
}

// spell writes a key's value, a number in whatever type it was decoded to.
func spell(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
