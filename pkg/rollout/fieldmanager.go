// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"bytes"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// FieldManager is what managedFields shows of our own writes. It must not begin with
// "kubectl": Flux folds every manager that does into its own before it applies
// (github.com/fluxcd/pkg/ssa: FieldManager.ExactMatch is false in kustomize-controller), and
// its apply then removes what Git does not have, the partition among it.
const FieldManager = "sts-rollout"

// FormerFieldManager is what managedFields shows of writes of earlier versions.
const FormerFieldManager = "kubectl-sts"

// IsOurs says that a manager of managedFields is this program, of any version.
func IsOurs(managerName string) bool {
	return managerName == FieldManager || managerName == FormerFieldManager
}

// Former is an entry of managedFields under the former name, as a write renames it.
type Former struct {
	Index int
	// Into is the place of the entry under the present name that it is joined with,
	// and Fields are those of both; -1 where there is none, and the name alone changes.
	Into   int
	Fields json.RawMessage
}

// formersOf finds the entries under the former name. One that cannot be read is left alone.
func formersOf(entries []metav1.ManagedFieldsEntry) []Former {
	var formers []Former
	for i, entry := range entries {
		if entry.Manager != FormerFieldManager || entry.Subresource != "" || entry.FieldsV1 == nil {
			continue
		}
		former := Former{Index: i, Into: presentOf(entries, entry)}
		if former.Into >= 0 {
			fields, err := joined(entry, entries[former.Into])
			if err != nil {
				continue
			}
			former.Fields = fields
		}
		formers = append(formers, former)
	}
	return formers
}

// presentOf is the place of the entry that one would be under the present name; -1 for none.
func presentOf(entries []metav1.ManagedFieldsEntry, former metav1.ManagedFieldsEntry) int {
	for i, entry := range entries {
		if entry.Manager == FieldManager && entry.Operation == former.Operation && entry.Subresource == "" &&
			entry.APIVersion == former.APIVersion && entry.FieldsV1 != nil {
			return i
		}
	}
	return -1
}

// joined are the fields of two entries.
func joined(a, b metav1.ManagedFieldsEntry) (json.RawMessage, error) {
	var of [2]fieldpath.Set
	for i, entry := range []metav1.ManagedFieldsEntry{a, b} {
		if err := of[i].FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err != nil {
			return nil, err
		}
	}
	return of[0].Union(&of[1]).ToJSON()
}
