// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// rests lets a twin come to rest, and says whether it does.
func (t *Twin) rests() bool { return t.Rest(NewSeeded(1)) }

// A pod on its way out that is still Ready counts in availableReplicas, though
// the controller does not go by it.
func TestLeavingPodCountsAsAvailable(t *testing.T) {
	twin := NewTwin(three(Good))
	twin.Hold(1)
	if !twin.rests() {
		t.Fatal("it does not rest")
	}
	if got, want := twin.Look().Counts, (Counts{Replicas: 3, Ready: 3, Available: 3, Current: 2, Updated: 2}); got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}

// Under Parallel, with no rollingUpdate block and a rollout that fails, a pod of
// a low index that dies is made on the current revision and deleted in the same
// pass as unavailable and off the update revision, and so on for ever.
func TestParallelWithoutPartitionNeverRests(t *testing.T) {
	start := three(Unready)
	start.Parallel, start.Replicas, start.Partition = true, 4, rollout.Partition{Nil: true}
	for partition, want := range map[rollout.Partition]bool{{Nil: true}: false, {Index: 1}: true} {
		twin := NewTwin(start)
		twin.Write("b", partition, 4)
		if !twin.rests() {
			t.Fatalf("partition %s: it does not rest before a pod dies", partition)
		}
		twin.Hold(0)
		twin.rests()
		twin.Release(0)
		if twin.rests() != want {
			t.Errorf("partition %s: it rests: %v, want %v", partition, !want, want)
		}
	}
}

// A pod of a third revision that is deleted is taken off currentReplicas, which
// does not count it. The server refuses what comes out.
func TestNoCountBelowZero(t *testing.T) {
	start := three(Unready)
	start.Parallel, start.MaxUnavailable = true, 3
	twin := NewTwin(start)
	twin.Write("b", rollout.Partition{}, 3)
	if !twin.rests() || twin.Look().Counts.Current != 0 {
		t.Fatalf("%+v, want a rollout that failed everywhere", twin.Look())
	}
	twin.Write("c", rollout.Partition{}, 3)
	if !twin.rests() {
		t.Fatal("it does not rest")
	}
	for _, m := range twin.moments {
		if m.set.status.currentReplicas < 0 {
			t.Fatalf("currentReplicas is %d: %s", m.set.status.currentReplicas, m)
		}
	}
}

func TestCloneStandsAlone(t *testing.T) {
	twin := NewTwin(three(Good))
	before := twin.truth().String()
	other := twin.Clone()
	other.Write("b", rollout.Partition{Index: 1}, 2)
	if !other.rests() {
		t.Fatal("it does not rest")
	}
	if got := twin.truth().String(); got != before {
		t.Errorf("it is %s\n  want %s", got, before)
	}
	other.is(t, "a>b 0:a:ready 1:b:ready")
}
