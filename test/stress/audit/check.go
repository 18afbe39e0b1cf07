// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Run is what is known of a run beside the log.
type Run struct {
	Agent string // the user agent of this run and of no other
	Verb  string
	Count int32 // of a canary or a promote, resolved
	Step  int32
	To    int32 // of a scale, or of an apply: the replicas that are asked for
	Own   int32 // the set's own partition
	// Partition and Image are what an apply's file says; nil where it does not.
	Partition *int32
	Image     string
	// Claims: a delete was asked to destroy them.
	Claims bool
	Soak   time.Duration
	Exit   int
	// Again: the same command has just ended with 0, and nobody wrote since.
	Again bool
}

// stays is how many of a set's ordinals, the lowest, the run does not take away.
func (r Run) stays(replicas int32) int32 {
	switch r.Verb {
	case "scale", "apply":
		return min(r.To, replicas)
	case "delete":
		return 0
	default:
		return replicas
	}
}

// notes says whether a run's records may name an operation: an apply goes as a
// canary or a promote does, and then as a scale.
func (r Run) notes(op string) bool {
	return op == r.Verb || r.Verb == "apply" && slices.Contains([]string{"canary", "promote", "scale"}, op)
}

// Breach is a law that was broken, and how. Law 0 is what stands beside the
// nine: a refusal changes nothing, and a foreign write ends a run.
type Breach struct {
	Law  int
	What string
}

func (b Breach) String() string { return fmt.Sprintf("law %d: %s", b.Law, b.What) }

// slack is how long ago a watch may have ended when a write arrives: a run
// hears of the end at most so much later than the server.
const slack = time.Second

// Writes are the indices of a run's stored writes.
func (h *History) Writes(agent string) []int {
	var writes []int
	for i, e := range h.Events {
		if e.Agent == agent {
			writes = append(writes, i)
		}
	}
	return writes
}

// beside judges the writes that move nothing: nudges, and fields given back.
func (j *judge) beside(nudges, returns, writes []int) {
	for _, index := range nudges {
		w := j.write(index)
		j.watched(w)
		j.nudge(w)
	}
	for _, index := range returns {
		j.returns(j.write(index), writes)
	}
}

// Check lists what a run broke.
func (h *History) Check(r Run) []Breach {
	j := &judge{History: h, run: r, from: h.beginning(r.Agent)}
	j.calls()
	writes, nudges, returns := h.parted(h.Writes(r.Agent), r.Verb)
	made := len(writes) > 0 && j.before(writes[0]).Set == nil
	if j.from == 0 && (len(writes) > 0 || r.Exit == 0) && !made {
		j.broken(0, "there is nothing before it in the log")
		return j.breaches
	}
	if len(writes) > 0 && r.Again {
		j.broken(7, "a goal that was reached wrote %s", j.describe(writes[0]))
	}
	if len(writes) > 0 && r.Exit == 4 {
		j.broken(0, "refused, and wrote %s", j.describe(writes[0]))
	}
	j.beside(nudges, returns, writes)
	moved := j.from
	for _, index := range writes {
		j.judge(index)
		j.from = index + 1
		if w := j.write(index); w.Pod != nil || w.before.Set == nil || len(j.moved(w)) > 0 {
			moved = j.from
		}
	}
	if r.Exit == 0 {
		j.truthful(moved)
	}
	return j.breaches
}

// parted has the nudges apart, which do nothing, and what gives fields back to those
// who apply them, when an operation is over.
func (h *History) parted(all []int, verb string) (writes, nudges, returns []int) {
	for _, index := range all {
		switch request := h.Events[index].Request; {
		case isNudge(request):
			nudges = append(nudges, index)
		case verb != "apply" && isFold(request):
			returns = append(returns, index)
		default:
			writes = append(writes, index)
		}
	}
	return writes, nudges, returns
}

// truthful: what a run reports as reached was so at some moment between the last
// write that moved an ordinal and its end.
func (j *judge) truthful(moved int) {
	to, end := j.ending()
	if j.run.Verb == "delete" {
		if last := j.before(to); last.Set != nil || len(last.Pods) > 0 {
			j.broken(0, "it ended with 0, and the set was there, or a pod of it")
		}
		return
	}
	if why := j.ever(moved, to, end); why != "" {
		j.broken(0, "it ended with 0, and never since it moved the last ordinal did all stand; at the end, %s", why)
	}
}

// ending is the index of the first event after all that a run may have seen, and
// when it ended: a write is in sight before the log calls it complete.
func (j *judge) ending() (to int, end time.Time) {
	for _, s := range j.Watches {
		if s.Agent == j.run.Agent && s.To.After(end) {
			end = s.To
		}
	}
	for i, e := range j.Events {
		if !e.Received.After(end) {
			to = i + 1
		}
	}
	return to, end
}

// ever says what did not stand last, where there was no moment between two
// events, the second at the time end, at which all stood.
func (j *judge) ever(from, to int, end time.Time) (why string) {
	j.sometime(from, to, end, func(s State) bool {
		if s.Set == nil {
			why = "there is no set"
		} else {
			why = s.unsteady(j.run.stays(s.Set.Replicas), j.run.Soak)
		}
		return why == ""
	})
	return why
}

// sometime says that something held at a moment between two events, the second at
// the time end.
func (j *judge) sometime(from, to int, end time.Time, holds func(State) bool) bool {
	state := j.before(from)
	for i := from; ; i++ {
		until := end
		if i < to {
			until = j.Events[i].At
		}
		if until.After(state.At) {
			state.At = until
		}
		if holds(state) || i >= to {
			return holds(state)
		}
		state.apply(j.Events[i])
	}
}

// beginning is the index of the first event that a run may not have seen at its
// start. One that makes a set may be cut before it watches it.
func (h *History) beginning(agent string) int {
	first := h.opened(agent)
	for i, e := range h.Events {
		if first.IsZero() && e.Agent == agent || !first.IsZero() && e.At.After(first) {
			return i
		}
	}
	return len(h.Events)
}

// opened is when a run's first watch began; zero where it has none.
func (h *History) opened(agent string) time.Time {
	var first time.Time
	for _, s := range h.Watches {
		if s.Agent == agent && (first.IsZero() || s.From.Before(first)) {
			first = s.From
		}
	}
	return first
}

type judge struct {
	*History

	run      Run
	from     int // since this event the run has not written
	breaches []Breach
}

func (j *judge) broken(law int, format string, args ...any) {
	j.breaches = append(j.breaches, Breach{law, fmt.Sprintf("%s (%s): ", j.run.Agent, j.run.Verb) + fmt.Sprintf(format, args...)})
}

// write is one stored write with the state around it.
type write struct {
	Event

	index  int
	before State
	after  State
	record record
}

// record is as much of the annotation as the laws speak of.
type record struct {
	Run, State, Op, UID string
	Gen                 int64
	Partition, Replicas int32
}

func (j *judge) write(index int) write {
	return write{Event: j.Events[index], index: index, before: j.before(index), after: j.before(index + 1)}
}

func (j *judge) judge(index int) {
	w := j.write(index)
	if w.Set != nil && w.before.Set == nil {
		j.creation(w)
		return
	}
	j.watched(w)
	switch {
	case w.Pod != nil:
		j.removal(w)
	case w.Set.Gone:
		j.end(w)
	case w.still():
		j.stays(w)
	default:
		j.step(w)
	}
}

// step is a write that may move ordinals.
func (j *judge) step(w write) {
	if err := json.Unmarshal([]byte(w.Set.Record), &w.record); err != nil {
		j.broken(9, "%s has no record: %v", j.describe(w.index), err)
		return
	}
	j.bound(w)
	j.recorded(w)
	j.yields(w)
	j.steady(w)
	j.stepwise(w)
	j.within(w)
	j.observed(w)
	j.keepsClaims(w)
}

// watched is law 5: nothing is written while a watch is down.
func (j *judge) watched(w write) {
	needed := []string{"statefulsets", "pods", "controllerrevisions"}
	if j.run.Verb == "delete" {
		needed = append(needed, "persistentvolumeclaims")
	}
	for _, resource := range needed {
		up := slices.ContainsFunc(j.Watches, func(s *Stream) bool {
			return s.Agent == w.Agent && s.Resource == resource && !s.From.After(w.Received) &&
				(s.To.IsZero() || s.To.Add(slack).After(w.Received))
		})
		if !up {
			j.broken(5, "%s while the watch of %s was down", j.describe(w.index), resource)
		}
	}
}

// bound: a write holds the server to the state that it was decided on.
func (j *judge) bound(w write) {
	tests := map[string]string{}
	for _, o := range operations(w.Request) {
		if o.Op == "test" {
			tests[o.Path] = fmt.Sprint(o.Value)
		}
	}
	if tests["/metadata/uid"] != w.Set.UID || tests["/metadata/generation"] != fmt.Sprint(w.before.Set.Generation) {
		j.broken(5, "%s is not bound to uid and generation", j.describe(w.index))
	}
}

// recorded is law 9: the record changes in the same request, and says what it left.
func (j *judge) recorded(w write) {
	r, s := w.record, w.Set
	switch {
	case s.Record == w.before.Set.Record:
		j.broken(9, "%s left the record as it was", j.describe(w.index))
	case r.UID != s.UID, r.Gen != s.Generation, r.Partition != s.Partition, r.Replicas != s.Replicas, !j.run.notes(r.Op), len(r.Run) != 8:
		j.broken(9, "%s left a record that is not so: %s", j.describe(w.index), s.Record)
	}
}

// yields: what a write builds on is what the run left, or what it found.
func (j *judge) yields(w write) {
	left := j.before(j.from).Set
	if left == nil {
		return
	}
	for i := j.from; i < w.index; i++ {
		switch e := j.Events[i]; {
		case e.Set == nil || e.Set.sameSpec(left):
		case w.index == j.Writes(w.Agent)[0] && !e.Received.After(j.opened(w.Agent).Add(slack)):
			left = e.Set // the first sighting, which comes when all watches are open, may have had it
		default:
			j.broken(0, "%s after %s", j.describe(w.index), j.describe(i))
		}
	}
}

// sameSpec compares what a rollout stands on.
func (s *Set) sameSpec(other *Set) bool {
	return s.Template == other.Template && s.Partition == other.Partition && s.Replicas == other.Replicas &&
		s.Strategy == other.Strategy && s.Start == other.Start
}

// reverts says that a write is one of the way back.
func (w write) reverts() bool { return w.record.Op == "abort" && w.record.State == "open" }

// steady is law 1: when a further ordinal goes, all others stand. There must
// have been such a moment since the run's last write.
func (j *judge) steady(w write) {
	moved := j.moved(w)
	if len(moved) == 0 || w.reverts() {
		return
	}
	if why := j.ever(j.from, w.index, w.At); why != "" && !j.obstructed(w) {
		j.broken(1, "%s moves %v, and never since its last write did all stand; at the end, %s", j.describe(w.index), moved, why)
	}
}

// unsteady says which of the first stays ordinals does not stand; "" where all do.
func (s State) unsteady(stays int32, soak time.Duration) string {
	if s.Set.Observed < s.Set.Generation {
		return fmt.Sprintf("generation %d is not observed", s.Set.Generation)
	}
	for index := range stays {
		p, there := s.ordinal(index)
		switch {
		case !there:
			return fmt.Sprintf("index %d has no pod", index)
		case p.Terminating || !p.Ready:
			return p.Name + " is not Ready"
		case max(s.Set.MinReady, soak) > 0 && s.At.Before(p.ReadySince.Add(max(s.Set.MinReady, soak))):
			return fmt.Sprintf("%s is Ready only since %s", p.Name, p.ReadySince.Format(time.TimeOnly))
		case soak > 0 && s.At.Before(p.Started.Add(soak)):
			return fmt.Sprintf("%s runs only since %s", p.Name, p.Started.Format(time.TimeOnly))
		case index >= s.Set.Partition && s.Set.Strategy == "RollingUpdate" && p.Revision != s.Set.Update:
			return fmt.Sprintf("%s is on %s, not on %s", p.Name, p.Revision, s.Set.Update)
		}
	}
	for _, p := range s.Pods {
		if _, inRange := s.index(p); !inRange {
			return p.Name + " is still to go"
		}
	}
	return ""
}

// moved are the ordinals that a write lets go: those that come, those that go
// for good, and those that the controller may now replace and might not before.
func (j *judge) moved(w write) []int32 {
	before, after := w.before.Set, w.Set
	var moved []int32
	for i := min(before.Replicas, after.Replicas); i < max(before.Replicas, after.Replicas); i++ {
		moved = append(moved, i)
	}
	target := j.revisionAfter(w.index)
	for _, p := range w.before.Pods {
		i, inRange := w.after.index(p)
		released := inRange && after.Strategy == "RollingUpdate" && i >= after.Partition && p.Revision != target
		if released && (i < before.Partition || before.Template != after.Template) {
			moved = append(moved, i)
		}
	}
	slices.Sort(moved)
	return slices.Compact(moved)
}

// revisionAfter is the update revision that the controller makes of a write.
func (j *judge) revisionAfter(index int) string {
	generation := j.Events[index].Set.Generation
	for _, e := range j.Events[index:] {
		if e.Set != nil && e.Set.Observed >= generation {
			return e.Set.Update
		}
	}
	return ""
}

// stepwise is law 2: a write releases at most a step. The one that puts a
// template back releases what is off it, and leaves alone what is on it.
func (j *judge) stepwise(w write) {
	moved := j.moved(w)
	if !w.reverts() {
		if len(moved) > int(max(j.run.Step, 1)) && !j.passes(w) {
			j.broken(2, "%s moves %v, more than %d", j.describe(w.index), moved, j.run.Step)
		}
		return
	}
	target := j.revisionAfter(w.index)
	for name, p := range w.before.Pods {
		if p.Revision != target || !p.Ready || p.Terminating {
			continue
		}
		by, late := j.remover(w, p)
		if strings.Contains(by, "statefulset-controller") && (late || !w.letGo(p)) {
			j.broken(2, "%s restarts %s, which was on %s", j.describe(w.index), name, target)
		}
	}
}

// passes: a scale-down goes past an ordinal that the controller would wait for,
// down to it in one write.
func (j *judge) passes(w write) bool {
	if w.Set.Replicas >= w.before.Set.Replicas || !w.Set.OrderedReady {
		return false
	}
	if j.run.Verb == "delete" {
		return j.sometime(j.from, w.index, w.At, func(s State) bool { return s.Set != nil && !s.available(w.Set.Replicas) })
	}
	p, there := w.before.ordinal(w.Set.Replicas)
	return !there || !p.Ready
}

// letGo: a pod on the revision that the write goes back to was off the template
// that stood there, and the partition let it go. The controller, while it has
// not seen the write, may still act on that.
func (w write) letGo(p Pod) bool {
	index, inRange := w.before.index(p)
	return inRange && index >= w.before.Set.Partition && w.before.Set.Template != w.Set.Template
}

// remover is who removed a pod while a write was the last of the set's spec, and
// whether the controller had seen that write by then.
func (j *judge) remover(w write, p Pod) (agent string, seen bool) {
	for _, e := range j.Events[w.index+1:] {
		switch {
		case e.Set != nil && e.Set.Generation > w.Set.Generation:
			return "", false
		case e.Set != nil:
			seen = seen || e.Set.Observed >= w.Set.Generation
		case e.Pod.UID == p.UID && e.Verb == "delete":
			return e.Agent, seen
		}
	}
	return "", false
}

// within is law 3: never beyond what was asked, and the own partition comes back
// only when the controller says that the rollout is complete.
func (j *judge) within(w write) {
	before, after := w.before.Set, w.Set
	switch {
	case w.record.Op == "scale", w.record.Op == "delete":
		low, high := min(before.Replicas, j.run.To), max(before.Replicas, j.run.To)
		if after.Replicas < low || after.Replicas > high || after.Partition != before.Partition || after.Template != before.Template {
			j.broken(3, "%s goes to %d, asked were %d", j.describe(w.index), after.Replicas, j.run.To)
		}
		return
	case w.record.State == "open":
		if forward := j.run.Verb != "abort"; forward && after.Partition != before.Partition && after.Partition < after.Replicas-j.counts(w) {
			j.broken(3, "%s goes below the %d that were asked", j.describe(w.index), j.run.Count)
		}
	case before.Observed < before.Generation, before.Current != before.Update:
		j.broken(3, "%s although %s is not yet %s", j.describe(w.index), before.Current, before.Update)
	case after.Partition != j.run.Own && (j.run.Partition == nil || after.Partition != *j.run.Partition):
		j.broken(3, "%s, and its own partition was %d", j.describe(w.index), j.run.Own)
	}
	if after.Replicas != before.Replicas {
		j.broken(3, "%s changes replicas", j.describe(w.index))
	}
	if after.Template != before.Template && !strings.Contains(after.Template, fmt.Sprintf("%q", j.run.Image)) && j.run.Verb == "apply" {
		j.broken(3, "%s has a template that is not the file's", j.describe(w.index))
	}
}

// counts is how many ordinals may be on the new template: of an apply all, unless
// it says how many.
func (j *judge) counts(w write) int32 {
	if j.run.Verb == "apply" && j.run.Count == 0 {
		return w.Set.Replicas
	}
	return j.run.Count
}

// observed is law 5: no partition goes down before the controller has seen what
// was written last.
func (j *judge) observed(w write) {
	before, after := w.before.Set, w.Set
	if after.Partition < before.Partition && after.Template == before.Template && before.Observed < before.Generation {
		j.broken(5, "%s before generation %d was observed", j.describe(w.index), before.Generation)
	}
}

// removal is law 4. The precondition makes the state before it the one that was seen.
func (j *judge) removal(w write) {
	options, err := optionsOf(w.Request)
	if err != nil {
		j.broken(4, "%s: %v", j.describe(w.index), err)
		return
	}
	p, there := w.before.Pods[w.Pod.Name]
	set := w.before.Set
	_, inRange := w.before.index(p)
	switch {
	case options.GracePeriodSeconds != nil, options.Preconditions.UID != w.Pod.UID, options.Preconditions.ResourceVersion == "":
		j.broken(4, "%s: its options are %s", j.describe(w.index), w.Request)
	case !there, p.Terminating, p.Ready:
		j.broken(4, "%s, which was Ready or on its way out", j.describe(w.index))
	case set.Observed < set.Generation:
		j.broken(5, "%s before generation %d was observed", j.describe(w.index), set.Generation)
	case j.run.Verb == "abort" && (!inRange || p.Revision == set.Update):
		j.broken(4, "%s, which was on %s", j.describe(w.index), p.Revision)
	case slices.Contains([]string{"scale", "apply", "delete"}, j.run.Verb) && (inRange || !set.OrderedReady):
		j.broken(4, "%s, which was in range, or goes by itself", j.describe(w.index))
	case !slices.Contains([]string{"abort", "scale", "apply", "delete"}, j.run.Verb):
		j.broken(4, "%s", j.describe(w.index))
	}
}

// describe names an event by what it did.
func (j *judge) describe(index int) string {
	e := j.Events[index]
	if e.Set != nil && e.Set.Gone {
		return fmt.Sprintf("the end of the set by %.20s", e.Agent)
	}
	if e.Pod != nil {
		return fmt.Sprintf("%d (%s of %s by %.20s)", e.Version, e.Verb, e.Pod.Name, e.Agent)
	}
	return fmt.Sprintf("%d (%s by %.20s: generation %d, partition %d, replicas %d)", e.Version, e.Verb, e.Agent, e.Set.Generation, e.Set.Partition, e.Set.Replicas)
}
