// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

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
	if err := unmade(cluster.Prospect{}); err != nil {
		t.Errorf("it is not there: %v", err)
	}
	if err := unmade(cluster.Prospect{Live: &unstructured.Unstructured{}}); !superseded(err, rollout.SpecChanged) {
		t.Errorf("it is there: %v, want superseded", err)
	}
}
