// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Goal is what the user asked for. It holds no progress: Plan looks at the
// sighting alone, so that running the same command again is how to resume.
type Goal interface {
	// Op is the command's name, and the op of the record in its writes.
	Op() string
	// Plan lists the writes still missing, in order. Its error is a *Refusal, a
	// *Failure or a *Superseded.
	Plan(State) (Plan, error)
	// Begun says that this command has written already, in this run or in an
	// earlier one: what is broken now is a failure and no reason to refuse.
	Begun(State) bool
	// Adopts says that the goal takes the set as it finds it, whatever the record
	// of an operation under way says was left.
	Adopts() bool
	// Reached says what was reached, for the result line: "promoted (5/5 on web-7d9f)".
	Reached(State) string
}

// Plan is what is still missing between a sighting and a goal.
type Plan struct {
	// Hold is step zero: what this or an earlier run began and is not so yet.
	// While it is not empty, nothing is written.
	Hold []Blocker
	// Steps are the writes still missing. Only the first is ever made from this
	// plan; the next comes from the plan of a later sighting.
	Steps []Step
}

// Step is one write, and what must hold before the next.
type Step struct {
	Change Change
	Until  string // in words, for people
}

// Moves counts the steps that move ordinals: not those that only end the record.
func (p Plan) Moves() int {
	n := 0
	for _, step := range p.Steps {
		if step.Change.Set == nil || step.Change.Set.writesSpec() {
			n++
		}
	}
	return n
}

// Removes says that a pod would be removed.
func (p Plan) Removes() bool {
	return slices.ContainsFunc(p.Steps, func(step Step) bool { return step.Change.Pod != nil })
}

// String lists the steps, a line each. It is what --dry-run prints.
func (p Plan) String() string {
	var b strings.Builder
	for i, step := range p.Steps {
		fmt.Fprintf(&b, "%d. %s: %s", i+1, step.Change, step.Change.Why)
		if step.Until != "" {
			b.WriteString("; then wait until " + step.Until)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Blocker is one thing that a plan waits for.
type Blocker struct {
	PodName string // "" where it is the set as a whole
	Phase   Phase
	Cause   Cause
	Message string // what is awaited, in words
	Failed  bool   // waiting will not help
	// Rests is how much longer it takes its time by rule, while the stall clock stands
	// still; 0 where it does not.
	Rests time.Duration
	Again time.Time // when the clock alone may change it; zero for never
	// Controllers: it is the StatefulSet controller's turn, and nobody else's.
	Controllers bool
}

// until says what must hold: every in-range ordinal Available and steady for
// soak, those at or above live on the live template, and no other pods.
type until struct {
	live      int32
	soak      time.Duration
	completed bool // also status.currentRevision = updateRevision, by name
}

// Awaited is what the set still lacks of what its spec asks for, and what is to be seen
// before that counts.
func (s State) Awaited() []Blocker { return s.waits(until{live: s.mustBeLive(), soak: s.Set.Soak}) }

// waits lists what is not yet so.
func (s State) waits(u until) []Blocker {
	blockers := s.unobserved()
	for i, pod := range s.Pods {
		if b, ok := s.waitsFor(pod, u, int32(i) >= u.live); ok {
			blockers = append(blockers, b)
		}
	}
	for _, pod := range s.Surplus {
		blockers = append(blockers, s.going(pod))
	}
	if len(blockers) == 0 && u.completed && s.Set.Current != s.Set.Update {
		blockers = append(blockers, s.uncompleted())
	}
	return blockers
}

func (s State) uncompleted() Blocker {
	return Blocker{Message: fmt.Sprintf("the controller to make %s the current revision", s.Set.Update), Controllers: true}
}

// silentAfter: a controller that is well sees a write long before.
const silentAfter = time.Second

func (s State) unobserved() []Blocker {
	if s.Set.observed() {
		return nil
	}
	b := Blocker{
		Cause:   Cause{ID: Silent, Message: "it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision"},
		Message: fmt.Sprintf("the controller to see generation %d", s.Set.Generation),

		Controllers: true,
	}
	if patient := s.written().Add(silentAfter); s.At.Before(patient) {
		b.Cause, b.Again = Cause{}, patient
	}
	return []Blocker{b}
}

// written is when the spec was last written, as far as it can be told.
func (s State) written() time.Time {
	var last time.Time
	for _, w := range s.Set.Writers {
		last = newest(last, w.At)
	}
	if r := s.record(); r != nil {
		last = newest(last, r.At)
	}
	return last
}

func newest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// waitsFor is what one in-range ordinal still lacks.
func (s State) waitsFor(pod Pod, u until, mustBeLive bool) (Blocker, bool) {
	b, proof := Blocker{PodName: pod.Name, Phase: pod.Phase, Cause: pod.Cause, Again: s.again(pod)}, pod.proof(u.soak)
	switch {
	case pod.Broken():
		b.Failed, b.Message = true, pod.failed()
	case pod.Phase == Terminating:
		b.Rests, b.Message = s.until(pod.GraceEnds), "to be gone"
	case pod.Phase == Ready:
		b.Rests, b.Message = min(s.until(pod.ReadyAt.Add(s.Set.minReady())), s.Set.minReady()), "to be Ready for minReadySeconds"
	case pod.Phase != Available:
		b.Rests, b.Message, b.Controllers = min(s.until(pod.ProbeUntil), pod.ProbeFor), "to be Available", pod.Phase == Absent
	case mustBeLive && !s.onLive(pod):
		b.Message, b.Controllers = "to be replaced", true
	case !pod.Soaked(s.At, proof):
		b.Rests, b.Message, b.Again = min(s.until(pod.soakEnds(proof)), proof), pod.proves(), pod.soakEnds(proof)
	default:
		return Blocker{}, false
	}
	if b.Cause.ID == "" && (pod.Phase == Ready || pod.Phase == Available) {
		b.Cause = s.clockAhead(pod)
	}
	return b, true
}

// clocksDiffer by so much where somebody keeps them.
const clocksDiffer = 10 * time.Second

// clockAhead is a node that tells of a time which has not come yet: until then its
// pods do not count as Ready for any time.
func (s State) clockAhead(pod Pod) Cause {
	ahead := newest(pod.ReadyAt, pod.StartedAt).Sub(s.At)
	if ahead < clocksDiffer {
		return Cause{}
	}
	return Cause{ID: Undetermined, Message: fmt.Sprintf("the clock of its node %q is %s ahead of the API server's", pod.Node, ahead.Round(time.Second))}
}

// until is how long it is until a time; 0 where that has gone by.
func (s State) until(at time.Time) time.Duration { return max(at.Sub(s.At), 0) }

func (s State) going(pod Pod) Blocker {
	return Blocker{
		PodName: pod.Name, Phase: pod.Phase, Cause: pod.Cause, Message: "to go",
		Rests: s.until(pod.GraceEnds), Again: s.again(pod), Controllers: pod.Phase == Available,
	}
}

// Again is when the clock alone changes what is seen; zero for never.
func (s State) Again() time.Time {
	var first time.Time
	for _, pod := range slices.Concat(s.Pods, s.Surplus) {
		first = earlier(first, s.again(pod))
		if until, soaks := s.Soaks(pod); soaks {
			first = earlier(first, until)
		}
	}
	return first
}

// again is when the clock alone changes a pod's phase: never in the past, so
// that nobody wakes up for what has been seen already.
func (s State) again(pod Pod) time.Time {
	var first time.Time
	for _, at := range s.turns(pod) {
		if at.After(s.At) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// turns is when a pod's phase changes by the clock alone.
func (s State) turns(pod Pod) []time.Time {
	switch pod.Phase {
	case Ready:
		return []time.Time{pod.ReadyAt.Add(s.Set.minReady())}
	case Terminating:
		return []time.Time{pod.GraceEnds, s.stallsAt(pod)}
	case Pending, Starting:
		return []time.Time{s.FailurePolicy.FailsAt(pod), pod.ProbeUntil, pod.Early.tellable(pod.Since), s.stallsAt(pod)}
	case Absent:
		return []time.Time{pod.Due, s.stallsAt(pod)}
	default:
		return nil
	}
}
