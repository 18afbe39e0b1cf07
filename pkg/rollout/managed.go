// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// managedEntry is an entry of managedFields, decoded.
type managedEntry struct {
	managerName string
	subresource string // such as scale and status
	applies     bool
	at          time.Time
	fields      *fieldpath.Set
	index       int // its place in managedFields
}

// managedBy decodes managedFields. An entry that cannot be read has no fields.
func managedBy(entries []metav1.ManagedFieldsEntry) []managedEntry {
	var decoded []managedEntry
	for i, entry := range entries {
		decoded = append(decoded, decodeEntry(i, entry))
	}
	return decoded
}

func decodeEntry(index int, entry metav1.ManagedFieldsEntry) managedEntry {
	m := managedEntry{
		managerName: entry.Manager, subresource: entry.Subresource, applies: entry.Operation == metav1.ManagedFieldsOperationApply,
		fields: fieldpath.NewSet(), index: index,
	}
	if entry.Time != nil {
		m.at = entry.Time.Time
	}
	if entry.FieldsV1 == nil {
		return m
	}
	fields := fieldpath.NewSet()
	if err := fields.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err == nil {
		m.fields = fields
	}
	return m
}

// under are the fields below a path, seen from there.
func (m managedEntry) under(path fieldpath.Path) *fieldpath.Set {
	fields := m.fields
	for _, element := range path {
		fields = fields.WithPrefix(element)
	}
	return fields
}

// others are the entries of the object itself that are not ours.
func others(entries []managedEntry) []managedEntry {
	return slices.DeleteFunc(slices.Clone(entries), func(m managedEntry) bool { return m.subresource != "" || IsOurs(m.managerName) })
}

// stepsOf are our own Updates.
func stepsOf(entries []managedEntry) []managedEntry {
	return slices.DeleteFunc(slices.Clone(entries), func(m managedEntry) bool { return m.subresource != "" || !IsOurs(m.managerName) || m.applies })
}

// names says that the entry has a field, or one below it.
func (m managedEntry) names(path fieldpath.Path) bool {
	return m.fields.Has(path) || !m.under(path).Empty()
}

// newestFirst sorts by time, which has whole seconds. Within one, others come before us,
// since what we have written the record tells; else the order of the server decides.
func newestFirst(entries []managedEntry) []managedEntry {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b managedEntry) int {
		return cmp.Or(b.at.Compare(a.at), oursLast(a)-oursLast(b))
	})
	return sorted
}

func oursLast(m managedEntry) int {
	if IsOurs(m.managerName) {
		return 1
	}
	return 0
}

// The fields of Spec as managedFields names them.
func templatePath() fieldpath.Path { return specPath("template") }
func replicasPath() fieldpath.Path { return specPath("replicas") }
func strategyPath() fieldpath.Path { return specPath("updateStrategy", "type") }
func startPath() fieldpath.Path    { return specPath("ordinals") }
func partitionPath() fieldpath.Path {
	return specPath("updateStrategy", "rollingUpdate", "partition")
}

func specPath(names ...string) fieldpath.Path {
	path := fieldpath.Path{fieldName("spec")}
	for _, name := range names {
		path = append(path, fieldName(name))
	}
	return path
}

func fieldName(name string) fieldpath.PathElement { return fieldpath.PathElement{FieldName: &name} }

// writersOf lists who wrote each field of Spec last. Server-side apply and
// plain updates are listed alike; the newest entry wins.
func writersOf(entries []managedEntry) []Writer {
	var writers []Writer
	for _, f := range []struct {
		field string
		path  fieldpath.Path
	}{{"template", templatePath()}, {"partition", partitionPath()}, {"replicas", replicasPath()}, {"strategy", strategyPath()}, {"start", startPath()}} {
		for _, entry := range newestFirst(entries) {
			if entry.names(f.path) {
				writers = append(writers, Writer{Field: f.field, Manager: entry.managerName, Applies: entry.applies, At: entry.at})
				break
			}
		}
	}
	return writers
}
