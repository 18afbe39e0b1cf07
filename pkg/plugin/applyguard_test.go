// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What an apply has begun on a set, it does not end on another, nor makes one
// where somebody has deleted it.
func TestMovelessOfASetThatIsGone(t *testing.T) {
	a := &applyRun{}
	a.outcome.First.Set.UID = "u"
	another := &unstructured.Unstructured{Object: map[string]any{}}
	another.SetUID("v")
	for name, p := range map[string]cluster.Prospect{"deleted": {}, "made anew": {Live: another, After: another}} {
		if err := a.moveless(p); !superseded(err, rollout.SetDeleted) {
			t.Errorf("%s: it answers %v", name, err)
		}
	}
}

// TestKnows: another run of ours, as an abort beside an apply, is somebody else.
func TestKnows(t *testing.T) {
	a := &applyRun{}
	a.mark, a.outcome.First.Set.Generation = "0000cafe", 1
	for name, tt := range map[string]struct {
		run        string
		generation int64
		want       bool
	}{
		"a write of this run":            {"0000cafe", 2, true},
		"a write of another one since":   {"0000beef", 2, false},
		"a write from before this run":   {"0000beef", 1, true},
		"a write of somebody else since": {"0000cafe", 3, false},
	} {
		now := rollout.Set{UID: "u", Generation: tt.generation, Record: &rollout.Record{UID: "u", Run: tt.run, Gen: min(tt.generation, 2)}}
		if got := a.knows(now); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestUnmade: what was to be made and is there by now is somebody else's.
func TestUnmade(t *testing.T) {
	live := func(entries ...metav1.ManagedFieldsEntry) *unstructured.Unstructured {
		u := &unstructured.Unstructured{Object: map[string]any{}}
		u.SetManagedFields(entries)
		return u
	}
	own := metav1.ManagedFieldsEntry{Manager: rollout.FieldManager, Operation: metav1.ManagedFieldsOperationApply}
	status := metav1.ManagedFieldsEntry{Manager: "kube-controller-manager", Operation: metav1.ManagedFieldsOperationUpdate, Subresource: "status"}
	edit := metav1.ManagedFieldsEntry{Manager: "kubectl-edit", Operation: metav1.ManagedFieldsOperationUpdate}
	for name, tt := range map[string]struct {
		is    cluster.Prospect
		taken bool
	}{
		"not there":                          {cluster.Prospect{}, false},
		"ours, by an answer that was lost":   {cluster.Prospect{Live: live(own, status)}, false},
		"ours, and it differs from the file": {cluster.Prospect{Live: live(own, status), Changes: []string{"spec.serviceName"}}, true},
		"another's too":                      {cluster.Prospect{Live: live(own, edit)}, true},
		"nobody knows whose":                 {cluster.Prospect{Live: live()}, true},
	} {
		if err := (&applyRun{}).unmade(tt.is); superseded(err, rollout.SpecChanged) != tt.taken || err != nil && !tt.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnmadeSaysWhose: who made the set, and what the file would change of it.
func TestUnmadeSaysWhose(t *testing.T) {
	set := func(image string) *unstructured.Unstructured {
		container := map[string]any{"name": "app", "image": image}
		u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"replicas": int64(3), "template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}}}
		u.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: rollout.FieldManager, Operation: metav1.ManagedFieldsOperationApply}})
		return u
	}
	replicas := int32(4)
	a := &applyRun{intent: Apply{Bundle: manifest.Bundle{Asked: manifest.Asked{Replicas: &replicas}}}}
	err := a.unmade(cluster.Prospect{Live: set("app:v2"), After: set("app:v3"), Changes: []string{"spec.template"}})
	if !superseded(err, rollout.SpecChanged) || !strings.Contains(err.Error(), `was made by "sts-rollout" meanwhile, and the file would change it (image app: v2 -> v3, replicas 3 -> 4); look at it`) {
		t.Errorf("it answers %v", err)
	}
}

// TestComeOfAnother: where somebody has written between the create and the first look,
// what is live is not taken for what the file says.
func TestComeOfAnother(t *testing.T) {
	set := func(image string, generation int64) *unstructured.Unstructured {
		container := map[string]any{"name": "app", "image": image}
		u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}}}
		u.SetUID("u")
		u.SetGeneration(generation)
		u.SetManagedFields([]metav1.ManagedFieldsEntry{{
			Manager: "updater", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:template":{"f:spec":{}}}}`),
		}})
		return u
	}
	live, err := rollout.LookSet(set("app:v9", 2))
	if err != nil {
		t.Fatal(err)
	}
	a := &applyRun{}
	a.outcome.First.Set = live
	err = a.come(t.Context(), cluster.Prospect{After: set("app:v1", 1)})
	if !superseded(err, rollout.SpecChanged) || !strings.Contains(err.Error(), `the template was changed by "updater" (image app: v1 -> v9)`) {
		t.Errorf("it answers %v", err)
	}
}
