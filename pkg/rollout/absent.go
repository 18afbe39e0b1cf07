// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"
)

const (
	// deniedFor is how long a denial lasts before the ordinal has failed. Many heal by
	// themselves: the quota controller takes a moment to see that the pod before is
	// gone, and the StatefulSet controller tries again after 5, 10, 20 ms and so on
	// (client-go/util/workqueue: DefaultTypedControllerRateLimiter).
	deniedFor = 5 * time.Second
	// triesWithin is how soon the controller, called by a write, has made a pod or has
	// been denied one.
	triesWithin = 2 * time.Second
)

// explainAbsent says why ordinals without a pod have none.
func (s *State) explainAbsent(g Glance) {
	blocker := -1
	for i := range s.Pods {
		pod := &s.Pods[i]
		if pod.Phase == Absent {
			if ending, ok := g.Endings[pod.Ordinal]; ok {
				pod.Before, pod.Since = &ending, ending.At
			}
			s.explainOne(g, pod, blocker)
		}
		if pod.Phase != Available && blocker < 0 {
			blocker = i
		}
	}
}

func (s *State) explainOne(g Glance, pod *Pod, blocker int) {
	for _, stray := range s.Strays {
		if stray.PodName == pod.Name {
			pod.Cause = Cause{ID: Squatter, Message: stray.Why}
			return
		}
	}
	if s.Set.OrderedReady && blocker >= 0 {
		pod.Cause = Cause{ID: LowerOrdinal, Message: fmt.Sprintf("the controller waits for %s", s.Pods[blocker].Name)}
		return
	}
	if denials := denialsOf(g, pod.Name); len(denials) > 0 {
		s.deny(pod, denials, newest(newest(pod.Since, s.written()), madeUntil(g, pod.Name)))
	}
}

// denialsOf are those of one pod, the newest first.
func denialsOf(g Glance, podName string) []Denial {
	var denials []Denial
	for _, d := range g.Denials {
		if d.PodName == podName {
			denials = append(denials, d)
		}
	}
	return denials
}

// madeUntil is when the pod of a name was there for certain: what was denied in that
// second or before has healed. Zero where nothing tells.
func madeUntil(g Glance, podName string) time.Time {
	last, made := g.Creations[podName]
	if !made {
		return time.Time{}
	}
	return last.At.Add(time.Second)
}

// deny gives an absent ordinal the cause of its newest denial. An event is kept for an
// hour, and of many that are alike the recorder drops the later ones
// (client-go/tools/record: EventSourceObjectSpamFilter). So one from before since, the
// last write or the last pod, is no verdict, unless the controller was called back and
// no pod came of what it has observed; where no pod comes of the write, it is told. An event has whole seconds: one
// of the second of the write may be from before it, and is a verdict with a later one.
func (s *State) deny(pod *Pod, denials []Denial, since time.Time) {
	first, fresh := time.Time{}, false
	for _, d := range denials {
		if at, ok := d.from(since); ok {
			first, fresh = earlier(first, at), true
		}
	}
	fails := time.Time{}
	if fresh && denials[0].At.After(s.written().Truncate(time.Second)) {
		fails = first.Add(deniedFor)
	}
	if called := s.Set.Nudged; s.Set.observed() && !called.IsZero() && !called.Before(since.Truncate(time.Second)) {
		fails = earlier(fails, called.Add(deniedFor))
	}
	newestOne, told := denials[0], since.Add(triesWithin)
	if !newestOne.Lasting {
		fails = time.Time{}
	}
	pod.Denied = newestOne.At
	if pod.Since.IsZero() {
		pod.Since = first
	}
	switch {
	case !fails.IsZero() && !s.At.Before(fails):
		pod.Cause, pod.Phase = newestOne.Cause, Failing
		pod.Cause.Hard = true
	case fresh, !s.At.Before(told):
		pod.Cause, pod.Due = newestOne.Cause, fails
	default:
		pod.Due = earlier(told, fails)
	}
}

// earlier of two times, where the zero value is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// reprieved takes the verdict back, until a time, where it stands on what was denied
// before another: whoever runs a command again may have ended that.
func (s State) reprieved(before, until time.Time) State {
	cloned := false
	for i, pod := range s.Pods {
		if pod.UID != "" || pod.Phase != Failing || !pod.Denied.Before(before.Truncate(time.Second)) || !s.At.Before(until) {
			continue
		}
		if !cloned {
			s.Pods, cloned = slices.Clone(s.Pods), true
		}
		pod.Phase, pod.Cause.Hard, pod.Due = Absent, false, until
		s.Pods[i] = pod
	}
	return s
}
