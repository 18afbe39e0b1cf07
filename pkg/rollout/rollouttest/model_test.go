// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// after lets a minute go by.
func (m *Model) after(t *testing.T) {
	t.Helper()
	for range 60 {
		m.now = m.now.Add(time.Second)
		m.tick()
	}
}

// is compares the revision and stage of every pod, and the two revisions of the
// status, with a line such as "a>b 0:a:ready 1:b:running".
func (m *Model) is(t *testing.T, want string) {
	t.Helper()
	_, got, _ := strings.Cut(m.truth().String(), "replicas ")
	_, got, _ = strings.Cut(got, " ")
	if got != want {
		t.Errorf("it is %s\n  want %s", got, want)
	}
}

// change, template and loses let a minute go by after what they do.
func (m *Model) change(t *testing.T, edit func(*set)) {
	t.Helper()
	m.edit("test", edit)
	m.after(t)
}

func (m *Model) template(t *testing.T, name string, partition int32) {
	t.Helper()
	m.change(t, func(s *set) { s.template, s.partition = Template{Name: name}, rollout.Partition{Index: partition} })
}

func (m *Model) loses(t *testing.T, index int) {
	t.Helper()
	m.deletePod(m.pods[index])
	m.after(t)
}

func three(fate Fate) Start {
	return Start{Replicas: 3, HistoryLimit: 10, Fates: map[string]Fate{"b": fate}}
}

// The controller waits for a broken pod whatever template that pod needs
// (kubernetes/kubernetes#67250); once it is deleted, the rest goes by itself.
func TestBrokenPodBlocksItsOwnRollback(t *testing.T) {
	m := newModel(three(Unpulled), epoch())
	m.template(t, "b", 2)
	m.template(t, "a", 2)
	m.is(t, "a>a 0:a:ready 1:a:ready 2:b:waiting")
	m.loses(t, 2)
	m.is(t, "a>a 0:a:ready 1:a:ready 2:a:ready")
}

// Under Parallel, 1.37 deletes what is unavailable and off the update revision.
func TestParallelHealsItself(t *testing.T) {
	start := three(Unpulled)
	start.Parallel = true
	m := newModel(start, epoch())
	m.template(t, "b", 1)
	m.is(t, "a>b 0:a:ready 1:a:ready 2:b:waiting")
	m.template(t, "a", 1)
	m.is(t, "a>a 0:a:ready 1:a:ready 2:a:ready")
}

// Of two broken surplus pods the higher is not the first unavailable one, and
// blocks for ever; a single one goes.
func TestTwoBrokenSurplusPodsDeadlock(t *testing.T) {
	for sick, want := range map[int]string{1: "a>a 0:a:ready", 2: "a>a 0:a:ready 1:a:running 2:a:running"} {
		m := newModel(three(Good), epoch())
		for _, p := range m.pods[3-sick:] {
			m.replace(p, func(next *pod) { next.stage, next.fate = running, Unready })
		}
		m.change(t, func(s *set) { s.replicas = 1 })
		m.is(t, want)
	}
}

// With no pod left all four counts are zero, and zero is complete.
func TestScaleToZeroPromotesTheCanary(t *testing.T) {
	m := newModel(three(Good), epoch())
	m.template(t, "b", 2)
	m.change(t, func(s *set) { s.replicas = 0 })
	m.is(t, "b>b")
	m.change(t, func(s *set) { s.replicas = 3 })
	m.after(t)
	m.is(t, "b>b 0:b:ready 1:b:ready 2:b:ready")
}

func TestRaisingThePartitionRevertsNothing(t *testing.T) {
	m := newModel(three(Good), epoch())
	m.template(t, "b", 1)
	m.template(t, "b", 3)
	m.is(t, "a>b 0:a:ready 1:b:ready 2:b:ready")
	m.loses(t, 2)
	m.is(t, "a>b 0:a:ready 1:b:ready 2:a:ready")
}

// The partition is an index that counts from spec.ordinals.start.
func TestNewPodsBelowThePartitionComeAtCurrent(t *testing.T) {
	start := three(Good)
	start.Ordinals = 3
	m := newModel(start, epoch())
	m.template(t, "b", 2)
	m.loses(t, 0)
	m.is(t, "a>b 3:a:ready 4:a:ready 5:b:ready")
	m.template(t, "b", 0)
	m.is(t, "b>b 3:b:ready 4:b:ready 5:b:ready")
}

// A template that means the same in other bytes is a new revision, and every
// ordinal at or above the partition is restarted; in the same bytes the old
// revision is renumbered, and nothing moves.
func TestAbortToATwinMakesANewRevision(t *testing.T) {
	for bytes, want := range map[Bytes]string{
		Modern:    "a>a 0:a:ready 1:a:ready 2:a:ready",
		NullStamp: "a>a2 0:a:ready 1:a2:ready 2:a2:ready",
		Undefault: "a>a2 0:a:ready 1:a2:ready 2:a2:ready",
	} {
		start := three(Good)
		start.Bytes = bytes
		m := newModel(start, epoch())
		m.after(t)
		m.is(t, "a>a 0:a:ready 1:a:ready 2:a:ready")
		m.template(t, "b", 2)
		m.template(t, "a", 1)
		m.is(t, want)
	}
}

// With no rollingUpdate block, pods of the lower indices that die in mid-rollout
// come back on the current revision, as far as status.currentReplicas reaches.
func TestNilRollingUpdate(t *testing.T) {
	start := three(Unready)
	start.Partition = rollout.Partition{Nil: true}
	m := newModel(start, epoch())
	m.change(t, func(s *set) { s.template = Template{Name: "b"} })
	m.is(t, "a>b 0:a:ready 1:a:ready 2:b:running")
	m.loses(t, 0)
	m.is(t, "a>b 0:a:ready 1:a:ready 2:b:running")
}

// With maxUnavailable 2 two pods go at once, and the lower comes back first.
func TestMaxUnavailable(t *testing.T) {
	start := three(Unready)
	start.MaxUnavailable = 2
	m := newModel(start, epoch())
	m.template(t, "b", 0)
	m.is(t, "a>b 0:a:ready 1:b:running")
}

func TestHistoryIsTruncated(t *testing.T) {
	start := three(Good)
	start.HistoryLimit = 0
	m := newModel(start, epoch())
	m.template(t, "b", 2)
	if len(m.revisions) != 2 {
		t.Errorf("%d revisions while the canary is on, want 2", len(m.revisions))
	}
	m.template(t, "b", 0)
	if len(m.revisions) != 1 {
		t.Errorf("%d revisions after the rollout, want 1", len(m.revisions))
	}
}

// A denied pod does not come, and ends a pass before anything is updated.
func TestDeniedPod(t *testing.T) {
	m := newModel(three(Denied), epoch())
	m.template(t, "b", 2)
	m.is(t, "a>b 0:a:ready 1:a:ready")
	if m.denials[2].count < 2 {
		t.Errorf("denied %d times, want more than once", m.denials[2].count)
	}
}

// A denied ControllerRevision stops everything: observedGeneration too.
func TestDeniedRevision(t *testing.T) {
	m := newModel(three(Unrevised), epoch())
	m.template(t, "b", 0)
	if m.set.status.observed != 1 {
		t.Errorf("generation %d was observed, want 1", m.set.status.observed)
	}
	m.template(t, "a", 0)
	m.is(t, "a>a 0:a:ready 1:a:ready 2:a:ready")
}

func TestPreconditions(t *testing.T) {
	m := newModel(three(Good), epoch())
	two, template := int32(2), Template{Name: "b"}.Patch()
	for what, p := range map[string]rollout.SetPatch{"a template": {Template: &template}, "replicas": {Replicas: &two}} {
		seen := m.truth()
		m.writeStatus(status{observed: 1, current: "web-a", update: "web-a"})
		change := rollout.Change{Set: &p}
		if err := m.store("test", seen, change); err != nil {
			t.Errorf("%s on an old resourceVersion and the same generation: %v", what, err)
		}
		if err := m.store("test", seen, change); !errors.Is(err, rollout.ErrMoved) {
			t.Errorf("%s on an old generation: %v, want ErrMoved", what, err)
		}
	}
	seen := m.truth()
	p := m.pods[2]
	removal := rollout.Change{Pod: &rollout.Removal{PodName: "web-2", UID: "old-web-2", Version: p.object(setName).ResourceVersion}}
	if err := m.store("test", seen, removal); err != nil {
		t.Errorf("removal: %v", err)
	}
	if err := m.store("test", seen, removal); !errors.Is(err, rollout.ErrMoved) {
		t.Errorf("removal of a pod that has changed: %v, want ErrMoved", err)
	}
}
