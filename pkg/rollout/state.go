// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// State is one immutable sighting of a set, and the time of it by the server's
// clock. It divides the pods as the controller does: replicas by index, and the
// surplus that is to go.
type State struct {
	At  time.Time
	Set Set
	// Pods are the in-range ordinals: Pods[i] is index i, Absent where it has
	// no pod. Always Set.Replicas long.
	Pods []Pod
	// Surplus are pods of ours out of range, ascending by ordinal: on their way
	// out, never made anew.
	Surplus       []Pod
	Strays        []Stray
	Revisions     Revisions
	FailurePolicy FailurePolicy
	PodEvents     map[types.UID][]PodEvent // of pods that are held, where they were read
	Around        Surroundings
	Claims        []ClaimSight // of the namespace, sorted by name; nil where they were not asked for
	Blind         string       // why nothing new can be seen: a watch is down; "" while all are up
	Stalled       bool         // a run has ended with it, since nothing had come nearer for too long

	timeout time.Duration // the progress timeout, where the pods' own times count; see ByOwnTimes
}

// Stray is a pod in the way: it has the name of an ordinal and is not ours
// (the controller then waits in silence, pkg/controller/statefulset/
// stateful_pod_control.go: CreateStatefulPod returns before an event on
// AlreadyExists), or it is ours under a name that is no ordinal's.
type Stray struct {
	PodName string
	Why     string
}

// Glance is what was seen, before it is sorted into a State.
type Glance struct {
	At            time.Time
	Set           Set
	Pods          []Pod // of ours, in any order, phases as LookPod gives them
	Endings       map[int32]Ending
	Strays        []Stray
	Denials       []Denial                 // the newest first
	Creations     map[string]Creation      // how often and when last the pod of a name was made, as far as events tell
	Makings       map[string]Making        // the same since the spec was written, where that was asked
	Pending       map[types.UID]Cause      // what is known of the claims that hold a pod up, by its uid
	PodEvents     map[types.UID][]PodEvent // of pods that are held, where they were read
	Revisions     Revisions
	FailurePolicy FailurePolicy
	Around        Surroundings
	Claims        []ClaimSight
	Blind         string
}

// informed is a pod with what is known of its claims, since the scheduler says no more
// than that they are not bound, and what its events say.
func (g Glance) informed(pod Pod) Pod {
	if pod.Phase == Pending || pod.Phase == Starting {
		pod = g.unplaced(pod.Informed(g.PodEvents[pod.UID]))
	}
	if cause, ok := g.Pending[pod.UID]; ok && pod.Cause.ID == ClaimPending {
		pod.Cause = cause
	}
	return pod
}

// Assemble sorts what was seen into a State: every ordinal gets its slot, and
// what depends on the clock is decided.
func Assemble(g Glance) State {
	s := State{
		At: g.At, Set: g.Set, Strays: g.Strays, Revisions: g.Revisions,
		FailurePolicy: g.FailurePolicy, Around: g.Around, PodEvents: g.PodEvents, Claims: g.Claims, Blind: g.Blind,
		Pods: make([]Pod, g.Set.Replicas),
	}
	for i := range s.Pods {
		s.Pods[i] = Pod{Ordinal: s.Set.Ordinal(int32(i)), Name: s.Set.PodName(int32(i)), Phase: Absent}
	}
	beside := neighbours{set: g.Set, revisions: g.Revisions, pods: g.Pods, told: map[string]string{}}
	for _, pod := range g.Pods {
		pod.Made = g.Makings[pod.Name]
		s.place(s.ripen(beside.tell(g.informed(pod))))
	}
	s.explainAbsent(g)
	s.tellEndings(g.Endings)
	slices.SortFunc(s.Surplus, func(a, b Pod) int { return int(a.Ordinal) - int(b.Ordinal) })
	return s
}

func (s *State) place(pod Pod) {
	index := int64(pod.Ordinal) - int64(s.Set.Start)
	if index < 0 || index >= int64(len(s.Pods)) {
		s.Surplus = append(s.Surplus, pod)
		return
	}
	s.Pods[index] = pod
}

// ripen decides the phases that the clock makes.
func (s *State) ripen(pod Pod) Pod {
	minReady := s.Set.minReady()
	switch {
	case pod.Phase == Ready && (minReady == 0 || !s.At.Before(pod.ReadyAt.Add(minReady))):
		pod.Phase = Available
	case pod.Phase == Terminating:
		pod.Cause = overdue(pod, s.At)
	case pod.Phase == Pending || pod.Phase == Starting:
		switch at := s.FailurePolicy.FailsAt(pod); {
		case !at.IsZero() && !s.At.Before(at):
			pod.Phase = Failing
		case s.At.Before(pod.Cause.tellable(pod.Since)):
			pod.Cause, pod.Early = Cause{}, pod.Cause
		}
	}
	return pod
}

// overdue is what keeps a pod that should be gone by now, or why it goes.
func overdue(pod Pod, now time.Time) Cause {
	switch {
	case now.Before(pod.GraceEnds):
		if pod.Cause.ID == NodeLost {
			return Cause{}
		}
		return pod.Cause
	case len(pod.Finalizers) > 0:
		return Cause{ID: Finalizer, Message: fmt.Sprintf("finalizers %q are still on it", pod.Finalizers)}
	default:
		return pod.Cause
	}
}

// same says whether two revisions, by name, are one: the same object, or the
// same template. What an abort came back to is one with what it came from, also
// where the server has filled in new defaults since, and not where admission has made
// pods of it that run another thing; so is what was asked for with
// what the server has stored instead.
func (s State) same(a, b string) bool {
	if a == b {
		return a != ""
	}
	left, right := s.Revisions.digest(a), s.Revisions.digest(b)
	return left != "" && right != "" && s.sameDigest(left, right)
}

func (s State) sameDigest(a, b string) bool {
	if a == b {
		return true
	}
	r := s.record()
	if r == nil {
		return false
	}
	other := a
	switch r.ToDigest {
	case a:
		other = b
	case b:
	default:
		return false
	}
	if r.Op == opAbort {
		return (other == r.FromDigest || r.Asked != "" && other == r.Asked) && !s.departed(a, b)
	}
	return r.Asked != "" && other == r.Asked
}

// departed says that the pods of two templates, by their digests, run another thing, as far
// as both can be read: admission has made it of what an abort put back.
func (s State) departed(a, b string) bool {
	return len(Departs(s.bytesOf(a), s.bytesOf(b))) > 0
}

// bytesOf is the template of a digest; nil where it is not there.
func (s State) bytesOf(digest string) []byte {
	if r, ok := s.Revisions.ByDigest(digest); ok {
		return r.Template
	}
	if digest == s.Set.Template {
		return s.Set.Live
	}
	return nil
}

// onLive says whether a pod carries the live template: by the update
// revision's name once the controller has seen the spec, by meaning always.
func (s State) onLive(pod Pod) bool {
	if pod.Revision == "" {
		return false
	}
	if s.Set.observed() && s.same(pod.Revision, s.Set.Update) {
		return true
	}
	digest := s.Revisions.digest(pod.Revision)
	return digest != "" && s.sameDigest(digest, s.Set.Template)
}

// OnLive says whether a pod carries the live template, whatever its revision's name.
func (s State) OnLive(pod Pod) bool { return s.onLive(pod) }

// twoRevisions says that a rollout is between its ends: the stable revision and
// the live template differ.
func (s State) twoRevisions() bool {
	if s.Set.observed() {
		return !s.same(s.Set.Current, s.Set.Update)
	}
	digest := s.Revisions.digest(s.Set.Current)
	return digest == "" || !s.sameDigest(digest, s.Set.Template)
}

// Updated counts the in-range ordinals on the live template that are Available, and
// whose pods last.
func (s State) Updated() int32 {
	var n int32
	for _, pod := range s.Pods {
		if pod.Phase == Available && s.onLive(pod) && !pod.EndsAgain {
			n++
		}
	}
	return n
}

// Live is the name of the revision that the live template has; "" while the
// controller has not made it.
func (s State) Live() string {
	if s.Set.observed() {
		return s.Set.Update
	}
	for _, r := range s.Revisions {
		if r.Digest == s.Set.Template {
			return r.Name
		}
	}
	return ""
}

// broken are the in-range pods that have failed.
func (s State) broken() []Pod {
	var pods []Pod
	for _, pod := range s.Pods {
		if pod.Broken() {
			pods = append(pods, pod)
		}
	}
	return pods
}

// pod finds an in-range ordinal by its pod's name.
func (s State) pod(podName string) (Pod, bool) {
	ordinal, ok := s.Set.ordinalOf(podName)
	index := int(ordinal) - int(s.Set.Start)
	if !ok || index < 0 || index >= len(s.Pods) {
		return Pod{}, false
	}
	return s.Pods[index], true
}
