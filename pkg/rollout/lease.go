// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// Lease is what our last write, or the first sighting, left: what a run may
// rely on until somebody else writes.
type Lease struct {
	UID        types.UID
	Generation int64
	Spec       Spec
	Wrote      bool         // a write of this run was stored, or may have been
	Version    string       // resourceVersion: a write of the record alone makes no generation
	Removed    types.UID    // the last pod that we removed
	Claim      *ClaimChange // our last write of a claim
	Ending     Asked
	Record     *Record // what our last write noted, until somebody else writes
	Run        string  // 8 hex digits that mark this process's records
	Replicas   Replicas
	Began      time.Time // when the run looked first
	Nudged     time.Time // when it called the controller back last
	Noted      bool      // a nudge of this run was stored, or may have been: nothing moves by it
	Seen       Newest
}

// Newest is how far a run has seen its set come.
type Newest struct {
	Generation int64
	Version    string
}

// Replicas says what a foreign change of spec.replicas does to a run.
type Replicas string

// The two ways to take it.
const (
	ReplicasHeld  Replicas = ""      // it supersedes the run
	ReplicasYield Replicas = "yield" // it is planned anew (--ignore-owners)
)

// Asked says what became of our own request to delete the set.
type Asked string

// What may have become of it.
const (
	EndUnasked Asked = ""       // there was none
	EndAsked   Asked = "asked"  // it may have been carried out: then the set is gone by our hand
	EndStored  Asked = "stored" // it was carried out
)

// LeaseOf is the ground that a run starts from: what the record of an operation
// that is still under way left, else the sighting itself.
func LeaseOf(g Goal, s State, run string) Lease {
	lease := Lease{UID: s.Set.UID, Generation: s.Set.Generation, Spec: s.Set.Spec, Version: s.Set.Version, Run: run, Began: s.At}
	if d, ok := g.(Delete); ok && d.ends(s) {
		lease.Ending = EndAsked
	}
	if r := s.held(); r != nil && !g.Adopts() {
		lease.Generation, lease.Spec = r.Gen, r.spec()
	}
	return lease
}

// Reprieve gives what was denied before this run began the time that the controller
// needs to try again, once the run has called it: whoever runs a command again may
// have ended that.
func (l Lease) Reprieve(g Goal, s State) State {
	if !l.Wrote && !g.Begun(s) {
		return s
	}
	until := l.Began.Add(firstNudge)
	if !l.Nudged.IsZero() {
		until = l.Nudged.Add(deniedFor)
	}
	return s.reprieved(l.Began, until)
}

// changed says that this run has changed anything, or may have: it no longer refuses.
func (l Lease) changed() bool { return l.Wrote || l.Noted }

// saw takes note of how far the set has come.
func (l *Lease) saw(set Set) {
	if set.UID != l.UID {
		return
	}
	l.Seen.Generation = max(l.Seen.Generation, set.Generation)
	if l.Seen.Version == "" || older(l.Seen.Version, set.Version) {
		l.Seen.Version = set.Version
	}
}

// wentBack says that the set is from before one that was seen. A cache never goes
// back: the storage of the cluster did, as when a backup of etcd is restored.
func (l Lease) wentBack(set Set) error {
	if set.Generation >= l.Seen.Generation && !older(set.Version, l.Seen.Version) {
		return nil
	}
	return &Superseded{
		Reason: WentBack,
		Message: fmt.Sprintf("%s is older than it was: generation %d at resourceVersion %s, after %d at %s; the cluster's storage was put back to an earlier state, so look at the set, then run the same command again",
			set, set.Generation, set.Version, l.Seen.Generation, l.Seen.Version),
	}
}

// left takes note of a write beside the loop.
func (l *Lease) left(version string) {
	if older(l.Version, version) {
		l.Version = version
	}
}

// recall gives a sighting the record of our own last write, where somebody has
// taken the annotation away since: it stays true as long as the spec does, and
// the next write puts it back.
func (l Lease) recall(s State) State {
	if l.Record != nil && s.record() == nil && s.Set.Generation == l.Generation {
		s.Set.Record = l.Record
	}
	return s
}

// older says that one resourceVersion is from before another. They are numbers that
// grow with each write (apimachinery/pkg/util/resourceversion:
// CompareResourceVersion); of a server whose are not, nothing is said.
func older(version, than string) bool {
	order, err := resourceversion.CompareResourceVersion(version, than)
	return err == nil && order < 0
}
