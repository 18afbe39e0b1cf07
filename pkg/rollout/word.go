// SPDX-License-Identifier: Apache-2.0

package rollout

import "time"

// Word is the state of a set in one word, the same in text and JSON.
type Word string

// The words, in the order in which they are tried: the first that holds is it.
const (
	WordOversized Word = "oversized" // it has more ordinals than are looked at
	WordFailing   Word = "failing"   // an in-range ordinal has failed
	WordDeleting  Word = "deleting"  // a delete was begun, or the set itself is on its way out
	WordScaling   Word = "scaling"   // in-range ordinals missing or surplus ones left
	WordRolling   Word = "rolling"   // on the way, by the controller or by a promote, or not there for long enough
	WordPaused    Word = "paused"    // two revisions, and nothing lets a further ordinal go
	WordCanary    Word = "canary"    // two revisions, the upper ordinals on the new one
	WordSettled   Word = "settled"   // one revision everywhere, all Available, and taken to stay so
)

// recordRests: an open promote or delete that wrote longer ago than this was interrupted.
const recordRests = time.Minute

// Word derives the state of the set.
func (s State) Word() Word {
	switch {
	case s.Set.Followed() != nil:
		return WordOversized
	case s.Stalled || len(s.broken()) > 0:
		return WordFailing
	case s.Set.Deleting || s.deleting() != nil:
		return WordDeleting
	default:
		return s.staying()
	}
}

// Moves says that the set goes on though nobody acts, or that a run of ours does,
// and when the clock alone may change that; zero for never.
func (s State) Moves() (again time.Time, moves bool) {
	again = s.Again()
	r := s.Set.Record
	young := r.holds() && s.At.Before(r.At.Add(recordRests))
	if young && (again.IsZero() || r.At.Add(recordRests).Before(again)) {
		again = r.At.Add(recordRests)
	}
	switch word := s.staying(); {
	case s.Word() == WordFailing:
		return again, false
	case s.Word() == WordDeleting && (s.Set.Deleting || young):
		return again, true
	default:
		return again, word == WordRolling || word == WordScaling
	}
}

// staying is the word of a set that has failed nowhere and that nobody deletes.
func (s State) staying() Word {
	switch {
	case s.isScaling():
		return WordScaling
	case s.isRolling():
		return WordRolling
	case s.isPaused():
		return WordPaused
	case s.Set.Partition.Index > 0 && s.twoRevisions():
		return WordCanary
	case s.settled() && s.steady():
		return WordSettled
	default: // a pod below the partition is on its way back
		return WordRolling
	}
}

// isScaling: a rollout, too, leaves an ordinal without a pod for a moment, so
// a gap counts only where one revision is everywhere.
func (s State) isScaling() bool {
	if len(s.Surplus) > 0 {
		return true
	}
	if s.twoRevisions() && s.Set.Current != "" { // a set that is new has no status yet
		return false
	}
	for _, pod := range s.Pods {
		if pod.Phase == Absent {
			return true
		}
	}
	return false
}

func (s State) isRolling() bool {
	if !s.Set.observed() {
		return true
	}
	if r := s.open(); r != nil && r.Op == opPromote && s.Set.Partition.Index > r.target() && s.twoRevisions() && s.At.Sub(r.At) < recordRests {
		return true
	}
	if s.Set.Strategy != RollingUpdate {
		return false
	}
	for i := s.Set.Boundary(); i < s.Set.Replicas; i++ {
		pod := s.Pods[i]
		if _, soaks := s.Soaks(pod); soaks || pod.Phase != Available || !s.onLive(pod) {
			return true
		}
	}
	return false
}

func (s State) isPaused() bool {
	if r := s.open(); r != nil && r.State == Paused {
		return true
	}
	return s.Set.Replicas > 0 && s.Set.Partition.Index >= s.Set.Replicas && s.twoRevisions()
}

// Settled says that nothing is under way, as a command decides it. The word of the set
// asks for more: that the pods have stood for some time.
func (s State) Settled() bool { return s.settled() }

// settled: nothing is under way, by what the pods say, not by counters.
func (s State) settled() bool {
	if !s.Set.observed() || s.Set.Deleting || len(s.Surplus) > 0 {
		return false
	}
	// A server before 1.37 never moves currentRevision under OnDelete
	// (pkg/controller/statefulset/stateful_set_utils.go: completeUpdate).
	if s.Set.Strategy == RollingUpdate && s.twoRevisions() {
		return false
	}
	for _, pod := range s.Pods {
		if pod.Phase != Available || !s.onLive(pod) {
			return false
		}
	}
	return true
}
