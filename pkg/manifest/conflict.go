// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// FieldConflict is the reason of a refusal: another manager has a field.
const FieldConflict rollout.Reason = "FieldConflict"

// Conflict is one field that the file wants otherwise than its manager.
type Conflict struct {
	Manager string
	Field   string
}

// ConflictsOf reads the server's answer to an apply; none where it is about
// something else
// (apimachinery/pkg/util/managedfields/internal/conflict.go: NewConflictError).
func ConflictsOf(status metav1.Status) []Conflict {
	if status.Details == nil {
		return nil
	}
	var conflicts []Conflict
	for _, cause := range status.Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		parts := strings.SplitN(cause.Message, `"`, 3)
		managerName := cause.Message
		if len(parts) == 3 {
			managerName = parts[1]
		}
		conflicts = append(conflicts, Conflict{Manager: managerName, Field: strings.TrimPrefix(cause.Field, ".")})
	}
	return conflicts
}

// Foreign are the conflicts that folding does not end.
func (o Object) Foreign(conflicts []Conflict) []Conflict {
	var foreign []Conflict
	for _, c := range conflicts {
		if !o.Folds(c.Manager) && c.Manager != rollout.FormerFieldManager {
			foreign = append(foreign, c)
		}
	}
	return foreign
}

// Differing are the conflicts over a value, where after is what a forced dry run
// makes of live.
func Differing(conflicts []Conflict, live, after *unstructured.Unstructured) []Conflict {
	var differing []Conflict
	for _, c := range conflicts {
		if !c.same(live, after) {
			differing = append(differing, c)
		}
	}
	return differing
}

// same compares the field, or the whole list that it is in.
func (c Conflict) same(live, after *unstructured.Unstructured) bool {
	field, _, _ := strings.Cut(c.Field, "[")
	keys := strings.Split(field, ".")
	was, found, err := unstructured.NestedFieldNoCopy(live.Object, keys...)
	is, stays, errAfter := unstructured.NestedFieldNoCopy(after.Object, keys...)
	return err == nil && errAfter == nil && found && stays && reflect.DeepEqual(was, is)
}

// Withheld are the conflicts over what the body does not send ([Object.Body]), so
// that no server tells of them: the file's replicas and partition, where they are
// not the live ones and another manager has the field. What a person wrote by
// kubectl scale, edit or patch was never meant to stay, unless ordinals go by that.
func (o Object) Withheld(live *unstructured.Unstructured) ([]Conflict, error) {
	if o.Kind != Set {
		return nil, nil
	}
	asked, errAsked := o.Asked()
	m, errManaged := o.managed(live)
	if err := errors.Join(errAsked, errManaged); err != nil {
		return nil, err
	}
	var conflicts []Conflict
	for _, field := range []struct {
		keys []string
		to   *int32
	}{{replicas, asked.Replicas}, {partition, asked.Partition}} {
		is, found, err := unstructured.NestedInt64(live.Object, field.keys...)
		if err != nil {
			return nil, fmt.Errorf("live %s: %w", path(field.keys...), err)
		}
		if field.to == nil || !found || is == int64(*field.to) {
			continue
		}
		names := m.holders(field.keys)
		if *field.to < int32(is) && field.keys[1] == replicas[1] {
			names = append(names, scalers(live)...)
		}
		for _, managerName := range names {
			conflicts = append(conflicts, Conflict{Manager: managerName, Field: path(field.keys...)})
		}
	}
	return conflicts, nil
}

// scalers are the commands of kubectl by which a person has set the replicas last. The
// file's are reached all the same, but not where ordinals would go by that.
func scalers(live *unstructured.Unstructured) []string {
	var names []string
	for _, entry := range live.GetManagedFields() {
		scales := entry.Manager == "kubectl" && entry.Subresource == "scale"
		edits := entry.Subresource == "" && (entry.Manager == "kubectl-edit" || entry.Manager == "kubectl-patch")
		var fields map[string]any
		if !scales && !edits || entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
			continue
		}
		if has(fields, replicas) {
			names = append(names, entry.Manager)
		}
	}
	return names
}

// Contested refuses, with the managers and what they have.
func (o Object) Contested(conflicts []Conflict) error {
	return &rollout.Refusal{
		Reason:  FieldConflict,
		Message: fmt.Sprintf("%s: the file has other values than those of another manager: %s; take them out of the file, or take them over with --force-conflicts", o, ByManager(conflicts)),
	}
}

// ByManager lists fields for people.
func ByManager(conflicts []Conflict) string {
	fields := map[string][]string{}
	var managers []string
	for _, c := range conflicts {
		if fields[c.Manager] == nil {
			managers = append(managers, c.Manager)
		}
		fields[c.Manager] = append(fields[c.Manager], c.Field)
	}
	var parts []string
	for _, managerName := range managers {
		parts = append(parts, fmt.Sprintf("%q manages %s", managerName, strings.Join(fields[managerName], ", ")))
	}
	return strings.Join(parts, "; ")
}
