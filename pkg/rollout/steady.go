// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// lastRun is how long the run of a container before its present one lasted, the longest
// of those that a kubelet still takes for crashes; 0 where no container was restarted.
func lastRun(pod *corev1.Pod) time.Duration {
	longest := time.Duration(0)
	for _, c := range lasting(pod) {
		last := c.LastTerminationState.Terminated
		if c.State.Running != nil && last != nil && last.StartedAt.Unix() > 0 && brief(last) {
			longest = max(longest, last.FinishedAt.Sub(last.StartedAt.Time))
		}
	}
	return longest
}

// steadyFrom is from when on an Available ordinal is taken to stay so, for the word of
// its set: when it has soaked for as long as its template needs and, where the run or
// the pod before ended soon, has also outlived that. What a node tells from the future,
// by a clock that is ahead, says nothing.
func (s State) steadyFrom(pod Pod) time.Time {
	since := pod.Created
	for _, at := range []time.Time{pod.ReadyAt, pod.StartedAt, pod.SteadySeen} {
		if !at.After(s.At) {
			since = newest(since, at)
		}
	}
	proof := s.Set.Soak
	if proof > 0 {
		proof += pod.LastRun
	}
	if before := pod.Before; before != nil && before.Row > 0 {
		proof += before.Lived
	}
	return since.Add(proof + pod.Made.lived(pod.Created))
}

// Soaks is until when an Available ordinal is not yet taken to stay so; false where it is.
func (s State) Soaks(pod Pod) (until time.Time, soaks bool) {
	until = s.steadyFrom(pod)
	return until, pod.Phase == Available && s.At.Before(until)
}

// steady says that every in-range ordinal is Available and taken to stay so.
func (s State) steady() bool {
	for _, pod := range s.Pods {
		if _, soaks := s.Soaks(pod); soaks || pod.Phase != Available {
			return false
		}
	}
	return true
}

// Soaked counts the in-range ordinals on the live template that have been Ready, with no
// restart, for soak.
func (s State) Soaked(soak time.Duration) int32 {
	n := s.Updated()
	for _, pod := range s.Pods {
		if pod.Phase == Available && s.onLive(pod) && !pod.EndsAgain && !pod.Soaked(s.At, soak) {
			n--
		}
	}
	return n
}
