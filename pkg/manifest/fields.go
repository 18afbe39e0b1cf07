// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// clientSide is kubectl apply's manager, without --server-side.
const clientSide = "kubectl-client-side-apply"

// Folds says that what a manager has written by Update is ours to answer for. Of
// a volume our own Updates are not: they are reservations, which no file knows
// of.
func (o Object) Folds(managerName string) bool {
	return managerName == clientSide || rollout.IsOurs(managerName) && o.Kind == Set
}

// Left are the fields that stay although the file does not name them, since one
// of the managers that are to be folded has written them. after is what a dry
// run answered: our entry in it has all that the file names.
func (o Object) Left(after *unstructured.Unstructured) ([]string, error) {
	keys, err := o.left(after)
	return spokenAll(keys), err
}

// left are the keys of those fields in managedFields.
func (o Object) left(after *unstructured.Unstructured) ([][]string, error) {
	f, err := o.managed(after)
	if err != nil {
		return nil, err
	}
	var left [][]string
	for _, folded := range f.folded {
		left = append(left, missing(folded, f.named, nil)...)
	}
	return left, nil
}

func spokenAll(keys [][]string) []string {
	var names []string
	for _, path := range keys {
		names = append(names, spoken(path))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// managed are the fields of an object by their managers.
type managed struct {
	named   map[string]any   // those of the file
	folded  []map[string]any // of the managers that are to be folded
	foreign []foreign
}

// foreign are the fields of a manager that is not ours.
type foreign struct {
	managerName string
	fields      map[string]any
	updates     bool
}

// holders of a field are the managers that are not ours and will write it again.
func (m managed) holders(keys []string) []string {
	var names []string
	for _, other := range m.foreign {
		if !(other.updates && atHand(other.managerName)) && has(other.fields, keys) {
			names = append(names, other.managerName)
		}
	}
	return names
}

// atHand: kubectl edit, patch or another of its commands has written it, once: the
// manager has the command's name (kubectl/pkg/cmd/edit/edit.go: NewCmdEdit).
func atHand(managerName string) bool { return strings.HasPrefix(managerName, "kubectl-") }

// has walks the fields of a manager down to one.
func has(fields map[string]any, keys []string) bool {
	for _, key := range keys {
		below, found := fields["f:"+key].(map[string]any)
		if !found {
			return false
		}
		fields = below
	}
	return true
}

func (o Object) managed(object *unstructured.Unstructured) (managed, error) {
	m := managed{named: map[string]any{}}
	for _, entry := range object.GetManagedFields() {
		if entry.FieldsV1 == nil || entry.Subresource != "" {
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
			return m, fmt.Errorf("%s: managedFields of %q: %w", o, entry.Manager, err)
		}
		updates := entry.Operation == metav1.ManagedFieldsOperationUpdate
		switch {
		case !updates && entry.Manager == rollout.FieldManager:
			m.named = fields
		case updates && o.Folds(entry.Manager), !updates && entry.Manager == rollout.FormerFieldManager:
			m.folded = append(m.folded, fields)
		default:
			m.foreign = append(m.foreign, foreign{entry.Manager, fields, updates})
		}
	}
	return m, nil
}

// missing walks a tree of managedFields: "f:" is a field, "k:" an item by its
// key, "v:" one by its value, "." the thing itself.
func missing(has, named map[string]any, above []string) [][]string {
	var paths [][]string
	for key, below := range has {
		if key == "." || slices.Equal(above, annotations) && key == "f:"+LastApplied {
			continue
		}
		here := append(slices.Clone(above), key)
		inner, _ := below.(map[string]any)
		also, found := named[key].(map[string]any)
		switch {
		case len(inner) > 0:
			paths = append(paths, missing(inner, also, here)...)
		case !found:
			paths = append(paths, here)
		}
	}
	return paths
}

// annotations in managedFields.
var annotations = []string{"f:metadata", "f:annotations"}

func spoken(keys []string) string {
	var parts []string
	for _, key := range keys {
		_, name, _ := strings.Cut(key, ":")
		parts = append(parts, name)
	}
	return path(parts...)
}

// Changes names what differs between an object and what a dry run made of it:
// "metadata.labels", "spec.minReadySeconds".
func Changes(live, after *unstructured.Unstructured) []string {
	var changed []string
	for part := range union(live.Object, after.Object) {
		was, isMap := live.Object[part].(map[string]any)
		is, stays := after.Object[part].(map[string]any)
		switch {
		case part == "status", reflect.DeepEqual(live.Object[part], after.Object[part]):
		case !isMap && !stays:
			changed = append(changed, part)
		default:
			changed = append(changed, changesIn(part, was, is)...)
		}
	}
	slices.Sort(changed)
	return changed
}

func changesIn(part string, was, is map[string]any) []string {
	var changed []string
	for key := range union(was, is) {
		if part == "metadata" && slices.Contains(metadataOfCluster, key) || reflect.DeepEqual(was[key], is[key]) {
			continue
		}
		changed = append(changed, path(part, key))
	}
	return changed
}

func union(a, b map[string]any) map[string]bool {
	keys := map[string]bool{}
	for _, m := range []map[string]any{a, b} {
		for key := range m {
			keys[key] = true
		}
	}
	return keys
}
