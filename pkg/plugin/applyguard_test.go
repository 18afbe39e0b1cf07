// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
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
		if err := unmade(tt.is); superseded(err, rollout.SpecChanged) != tt.taken || err != nil && !tt.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
}
