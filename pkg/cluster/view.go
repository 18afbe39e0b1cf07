// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// view is what is known of one set, kept as package rollout sees it. It has a
// sink for each feed.
type view struct {
	set       theSet
	pods      slots
	revisions revisions
	denials   denials
	claims    claims
}

func newView(set rollout.Set, clock *serverClock) *view {
	return &view{
		set:       theSet{Set: set},
		pods:      newSlots(set, clock),
		revisions: revisions{set: set, byName: map[string]rollout.Revision{}},
		denials:   newDenials(),
	}
}

// glance copies what is known.
func (v *view) glance() rollout.Glance {
	return rollout.Glance{
		Set:       v.set.Set,
		Pods:      v.pods.ours(),
		Endings:   v.pods.ended(),
		Strays:    v.pods.strays(v.set.Set),
		Denials:   v.denials.newestFirst(),
		Creations: maps.Clone(v.denials.made),
		Revisions: v.revisions.sorted(),
		Claims:    v.claims.sorted(),
	}
}

// theSet is the sink of the set itself.
type theSet struct{ rollout.Set }

func (s *theSet) replace(objects []runtime.Object) error {
	if len(objects) == 0 {
		s.UID = ""
		return nil
	}
	return s.put(objects[0])
}

func (s *theSet) put(object runtime.Object) error {
	raw, ok := object.(*unstructured.Unstructured)
	if !ok {
		return fmt.Errorf("a statefulset came as %T", object)
	}
	set, err := rollout.LookSet(raw)
	if err != nil {
		return err
	}
	if err := set.Followed(); err != nil {
		return err
	}
	set.Via = s.Via
	s.Set = set
	return nil
}

// drop: a set without a uid is one that is not there.
func (s *theSet) drop(runtime.Object) error {
	s.UID = ""
	return nil
}
