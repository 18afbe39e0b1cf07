// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"
)

// ByOwnTimes applies the progress timeout where no run has measured it: to a look,
// and to what a run finds before its first write. What counts is what the pods
// themselves tell. An in-range ordinal that has been on its way for longer than the
// timeout has failed; 0 is no timeout. A startup probe's budget and the grace period
// of a pod that goes do not count, as in a run.
func (s State) ByOwnTimes(timeout time.Duration) State {
	if s.timeout = timeout; timeout == 0 || s.Blind != "" || s.Set.Deleting {
		return s
	}
	copied := false
	for i, pod := range s.Pods {
		at := s.stallsAt(pod)
		if at.IsZero() || s.At.Before(at) {
			continue
		}
		if !copied {
			s.Pods, copied = slices.Clone(s.Pods), true
		}
		s.Pods[i] = pod.stalled(s.At.Sub(at) + timeout)
	}
	return s
}

// byOwnTimes applies the progress timeout to what a run finds before its first write.
// What had failed by then has failed after it too, as long as it is the same pod: a run
// that is cut and begun again must decide as one that is not. For any other pod the run
// measures the time itself.
func (d *driver) byOwnTimes(s State) State {
	if d.lease.Wrote && len(d.overdue) == 0 { // nearly always, and then a sighting costs nothing more
		return s
	}
	own := s.ByOwnTimes(d.options.Stall)
	if !d.lease.Wrote {
		d.overdue = own.stalledPods()
		return own
	}
	s.Pods = slices.Clone(s.Pods)
	for i, pod := range own.Pods {
		if d.overdue[pod.identity()] && pod.Stalled > 0 {
			s.Pods[i] = pod
		}
	}
	return s
}

// stalledPods are the pods that have made no progress for the progress timeout.
func (s State) stalledPods() map[string]bool {
	stalled := map[string]bool{}
	for _, pod := range s.Pods {
		if pod.Stalled > 0 {
			stalled[pod.identity()] = true
		}
	}
	return stalled
}

// identity tells a pod from one of the same name before or after it.
func (p Pod) identity() string { return p.Name + " " + string(p.UID) }

// Repairs says of a command that it is there for a set on which nothing moves, too.
func Repairs(op string) bool { return op == opAbort || op == opDelete }

// stallsAt is when an ordinal has been on its way for the progress timeout; zero
// where it is not on its way, or where nothing tells since when.
func (s State) stallsAt(pod Pod) time.Time {
	since := time.Time{}
	switch pod.Phase {
	case Pending, Starting:
		since = pod.UnreadySince
	case Terminating:
		since = pod.GraceEnds
	case Absent:
		since = s.absentSince(pod)
	}
	if since.IsZero() || s.timeout == 0 {
		return time.Time{}
	}
	return since.Add(pod.ProbeFor + s.timeout) // which has a budget only while its probe goes on
}

// absentSince is since when an ordinal has no pod, at the latest; zero where that
// cannot be told, or where it waits for a lower one. The controller has written the
// status since the last pod went, where the status does not count it any more
// (pkg/controller/statefulset/stateful_set_control.go: updateStatus).
func (s State) absentSince(pod Pod) time.Time {
	counted := len(s.Surplus)
	for _, other := range s.Pods {
		if other.UID != "" {
			counted++
		}
	}
	if pod.Cause.ID == LowerOrdinal || s.Set.StatusAt.IsZero() || int(s.Set.Counted) != counted {
		return time.Time{}
	}
	return newest(newest(s.Set.StatusAt, s.written()), pod.Since)
}

// stalled is a pod that has made no progress for so long. One that goes, goes on.
func (p Pod) stalled(span time.Duration) Pod {
	p.Stalled = span
	if p.Phase == Pending || p.Phase == Starting {
		p.Phase = Failing
	}
	switch {
	case p.Cause.ID != "":
	case p.Early.ID != "":
		p.Cause = p.Early
	case p.Phase == Absent:
		p.Cause = unmade()
	}
	return p
}

// failed says of a pod that has failed how.
func (p Pod) failed() string {
	if p.Stalled == 0 {
		return "has failed"
	}
	return fmt.Sprintf("has failed, with no progress for %s", p.Stalled.Round(time.Second))
}

// afterStall is the last sighting of a run in which nothing has come nearer for the
// progress timeout: what it waited for has failed.
func (s State) afterStall(blockers []Blocker, span time.Duration) State {
	s.Stalled, s.Pods = true, slices.Clone(s.Pods)
	for i, pod := range s.Pods {
		awaited := slices.ContainsFunc(blockers, func(b Blocker) bool { return b.PodName == pod.Name })
		if awaited && pod.Phase != Available && pod.Phase != Ready {
			s.Pods[i] = pod.stalled(span)
		}
	}
	return s
}
