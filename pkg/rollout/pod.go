// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Phase is how far an ordinal has come.
type Phase string

// The phases, in the order in which an ordinal goes through them.
const (
	Absent      Phase = "Absent"      // in range, and no pod of ours has the name
	Pending     Phase = "Pending"     // not on a node yet
	Starting    Phase = "Starting"    // on a node, not Ready
	Ready       Phase = "Ready"       // Ready, but not for minReadySeconds yet
	Available   Phase = "Available"   // Ready for minReadySeconds
	Failing     Phase = "Failing"     // a listed cause holds it, for longer than it is given
	Terminating Phase = "Terminating" // deleted, its object still there
)

// Pod is one ordinal in one sighting.
type Pod struct {
	Ordinal  int32
	Name     string
	UID      types.UID // "" where Absent
	Version  string    // resourceVersion, the precondition of a removal
	Revision string    // the controller-revision-hash label: a ControllerRevision's name
	Phase    Phase
	Cause    Cause     // what holds it; zero where nothing does
	Early    Cause     // what may be holding it, for too short a time to be told of while it can still go on
	Since    time.Time // when Cause began, else when the phase did
	// UnreadySince is since when it has been on its way: by what the pod tells, and, of
	// what has changed since a run saw it first, not before the run saw that.
	UnreadySince time.Time
	Stalled      time.Duration // how long it has made no progress, where that is too long

	Created    time.Time
	ReadyAt    time.Time     // last transition to Ready; zero where not Ready
	StartedAt  time.Time     // the newest start of any container
	GraceEnds  time.Time     // when a terminating pod should be gone; zero otherwise
	ProbeUntil time.Time     // until when a startup probe may still fail; zero without one
	ProbeFor   time.Duration // how long that is in all
	SteadySeen time.Time     // when a run saw it become Ready, or a container of it start; zero where it found it so
	LastRun    time.Duration // how long the run before a container's present one lasted, if it was short
	SetUp      bool          // its volumes are mounted and its sandbox is made
	Finalizers []string
	Restarts   int32
	Node       string
	Claims     []string // names of the claims it mounts
	ReadOnly   []string // of these, those that it cannot write to
	Ephemeral  []string // names of those that are made for it and go with it
	Resizes    []Resize // what was written of its resources since it was made
	// Before is how the last pod of this ordinal ended: of one without a pod where that
	// was seen, of any other where that pod ended of its own accord.
	Before *Ending
	// EndsAgain: pods of this ordinal end of their own accord, one after the other. It
	// has failed, whatever the phase of the present one.
	EndsAgain bool
	Made      Making // how often its pod was made, as far as a look was told
	// Of an ordinal whose pod the server denied: when it did so last, and when the
	// clock alone changes what that means; zero for never.
	Denied time.Time
	Due    time.Time
}

// Broken says that the ordinal has failed.
func (p Pod) Broken() bool { return p.Phase == Failing || p.Stalled > 0 || p.EndsAgain }

// FailsOfTemplate says that the ordinal has failed of what another template may mend.
func (p Pod) FailsOfTemplate() bool { return p.Broken() && !notOfTemplate[p.Cause.ID] }

// Held is what holds the pod, though it may be too early to tell of it.
func (p Pod) Held() Cause {
	if p.Cause.ID == "" {
		return p.Early
	}
	return p.Cause
}

// Soaked says whether the pod has been Ready, with no container restarted,
// for d at the time now. The pod's own status is the memory of it.
func (p Pod) Soaked(now time.Time, d time.Duration) bool {
	return d == 0 || !now.Before(p.soakEnds(d))
}

func (p Pod) soakEnds(d time.Duration) time.Time { return p.steadySince().Add(d) }

// steadySince is the later of what the pod tells, by its node's clock, and of what
// this run saw, by the API server's: neither clock that is wrong makes it shorter.
func (p Pod) steadySince() time.Time {
	return newest(newest(p.ReadyAt, p.StartedAt), newest(p.SteadySeen, p.Created))
}
