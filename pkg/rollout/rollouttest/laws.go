// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Law is the number of a law in package rollout's doc. Those below 1 are
// promises to the user that stand elsewhere.
type Law int

// What is promised beside the nine laws.
const (
	Truthful Law = 0  // what a run reports as reached is so
	Yields   Law = -1 // a run that sees a foreign write ends superseded, and writes no more
	Harmless Law = -2 // a refusal changes nothing
)

// Breach is a law that was broken, and how.
type Breach struct {
	Law  Law
	What string
}

// String is such as "law 3: promote: partition 1 is below 2".
func (b Breach) String() string {
	names := map[Law]string{Truthful: "truthful", Yields: "yields", Harmless: "harmless"}
	if name, ok := names[b.Law]; ok {
		return name + ": " + b.What
	}
	return fmt.Sprintf("law %d: %s", b.Law, b.What)
}

// Laws reads the history of every run and lists what was broken: all but 7 and
// 8, which take another run (see World.Again and SameEnd).
func (w *World) Laws() []Breach {
	var all []Breach
	for _, r := range w.runs {
		j := &judge{world: w, run: r}
		for i, write := range r.Writes {
			j.judgeWrite(write, r.Writes[:i])
		}
		j.judgeEnd()
		all = append(all, j.breaches...)
	}
	return all
}

// judge looks at one run.
type judge struct {
	world    *World
	run      *Run
	breaches []Breach
}

func (j *judge) broken(law Law, format string, args ...any) {
	j.breaches = append(j.breaches, Breach{law, fmt.Sprintf("%q run %s: ", j.run.Ask, j.run.Options.Run) + fmt.Sprintf(format, args...)})
}

func (j *judge) judgeWrite(w Write, earlier []Write) {
	seen := j.world.moment(w.Seen)
	j.law5(w, seen, earlier)
	j.yields(seen, earlier)
	switch {
	case w.Change.Pod != nil:
		j.law4(w, seen)
		return
	case w.Change.Claim != nil:
		j.law4Claim(w)
		return
	case w.Change.End != nil:
		j.law4End(w)
		return
	case w.Change.Nudge != nil:
		j.law9Nudge(w)
		return
	}
	j.law1(w, seen)
	j.law2(w, seen)
	j.law3(w)
	j.law9(w)
}

// law1: no write moves a further ordinal while any other in-range ordinal that is
// to stay is not Available (and has soaked), as of the sighting that it was
// decided on.
func (j *judge) law1(w Write, seen Moment) {
	moved := w.moved(seen.pods)
	if len(moved) == 0 || j.reverts(w) {
		return
	}
	for i, p := range seen.replicaSlice() {
		ordinal := seen.set.start + int32(i)
		made := p == nil && j.corrects(w, seen) && w.After.set.released(i) // of the template that is to replace it
		if moved[ordinal] || j.run.Ask.takes(int32(i)) || made {
			continue
		}
		if !p.available(seen.set.minReady, seen.at) {
			j.broken(1, "moves %v while %s is not Available", moved, podName(ordinal))
		} else if !p.soaked(j.run.Ask.Soak, seen.at) {
			j.broken(1, "moves %v while %s has not soaked", moved, podName(ordinal))
		}
	}
}

// law2: one write releases at most Step ordinals; one on the way back releases
// those that carry the bad template, and none below the lowest of them.
func (j *judge) law2(w Write, seen Moment) {
	moved := w.moved(w.Before.pods)
	if !j.reverts(w) {
		j.steps(w, seen, moved)
		return
	}
	lowest := w.lowestOff(seen.pods)
	for _, p := range w.Before.pods {
		if moved[p.ordinal] && p.ordinal < lowest && p.template.Name == w.After.set.template.Name {
			j.broken(2, "the way back restarts %s, which is on %q already", podName(p.ordinal), p.template.Name)
		}
	}
}

// steps is law 2 of a write that is not on the way back.
func (j *judge) steps(w Write, seen Moment, moved map[int32]bool) {
	if j.run.Ask.takes(w.After.set.replicas) && seen.waitsAt(w.After.set.replicas) {
		return
	}
	if j.corrects(w, seen) {
		moved = seen.standing(moved)
		if !seen.set.parallel && seen.waitsAt(w.After.set.partition.Index) {
			return
		}
	}
	if most := j.run.Ask.step(w.Before.set.replicas); len(moved) > most {
		j.broken(2, "moves %v, more than %d", moved, most)
	}
}

// corrects says that a write brings a template to the lowest broken ordinal before its
// turn: it was asked to replace broken ones, or promotes past one that cannot be made.
func (j *judge) corrects(w Write, seen Moment) bool {
	lowest := w.After.set.partition.Index
	if w.Change.Set.Partition == nil || lowest >= seen.set.replicas {
		return false
	}
	p := seen.replicaSlice()[lowest]
	return p == nil && j.run.Ask.Op == "promote" || j.run.Ask.Replaces && !p.available(seen.set.minReady, seen.at)
}

// standing are those of some ordinals whose pods are Ready.
func (m Moment) standing(ordinals map[int32]bool) map[int32]bool {
	standing := map[int32]bool{}
	for _, p := range m.pods {
		if ordinals[p.ordinal] && p.isReady() {
			standing[p.ordinal] = true
		}
	}
	return standing
}

func (m Moment) inRange(p *pod) bool {
	_, inRange := m.set.index(p.ordinal)
	return inRange
}

// waitsAt says that the controller would take nothing away above an index before
// its ordinal stands, or can be made.
func (m Moment) waitsAt(index int32) bool {
	if index >= m.set.replicas {
		return false
	}
	p := m.replicaSlice()[index]
	return p == nil || !m.set.parallel && !p.available(m.set.minReady, m.at)
}

// lowestOff is the lowest ordinal that is off the template that was written.
func (w Write) lowestOff(pods []*pod) int32 {
	for _, p := range pods {
		if p.template.Name != w.After.set.template.Name {
			return p.ordinal
		}
	}
	return math.MaxInt32
}

// law3: never below the asked count; the own partition comes back only when
// currentRevision equals updateRevision, by name.
func (j *judge) law3(w Write) {
	record := parse(w.After.set.record)
	if record == nil {
		return
	}
	moves := w.Before.set.partition != w.After.set.partition
	forward := j.run.Ask.Op == "canary" || j.run.Ask.Op == "promote"
	floor := j.run.Ask.floor(w.After.set.replicas)
	if record.State == rollout.Open {
		if forward && moves && w.After.set.partition.Index < floor {
			j.broken(3, "partition %s is below %d", w.After.set.partition, floor)
		}
		return
	}
	status := w.Before.set.status
	if moves && (status.observed < w.Before.set.generation || status.current != status.update) {
		j.broken(3, "partition back to %s while %q is not yet %q", w.After.set.partition, status.current, status.update)
	}
}

// law4: an abort removes a pod only when it is on the wrong revision, not Ready,
// not terminating, and next in line; a scale only surplus pods that block.
func (j *judge) law4(w Write, seen Moment) {
	var p *pod
	for _, other := range seen.pods {
		if podName(other.ordinal) == w.Change.Pod.PodName {
			p = other
		}
	}
	switch {
	case p == nil:
		j.broken(4, "removes %s, which it did not see", w.Change.Pod.PodName)
	case j.run.Ask.Op == "abort", j.run.Ask.Replaces && seen.inRange(p):
		j.law4Abort(p, seen)
	case j.run.Ask.Op == "scale", j.run.Ask.Op == "apply", j.run.Ask.Op == "delete":
		j.law4Scale(p, seen)
	default:
		j.broken(4, "removes %s", w.Change.Pod.PodName)
	}
}

func (j *judge) law4Abort(p *pod, seen Moment) {
	i, inRange := seen.set.index(p.ordinal)
	switch {
	case !inRange, p.revision == seen.set.status.update, p.isReady(), p.leaving():
		j.broken(4, "removes %s, which is %s on %q", podName(p.ordinal), p.stage, p.template.Name)
	case !seen.set.parallel:
		for k, lower := range seen.replicaSlice()[:i] {
			if !lower.available(seen.set.minReady, seen.at) {
				j.broken(4, "removes %s while index %d is not Available", podName(p.ordinal), k)
			}
		}
	}
}

func (j *judge) law4Scale(p *pod, seen Moment) {
	if _, inRange := seen.set.index(p.ordinal); inRange || p.leaving() || seen.set.parallel {
		j.broken(4, "removes %s, which is not surplus or goes by itself", podName(p.ordinal))
		return
	}
	lower := false
	for _, other := range seen.pods {
		unavailable := !other.available(seen.set.minReady, seen.at)
		_, inRange := seen.set.index(other.ordinal)
		if inRange && unavailable {
			j.broken(4, "removes %s while %s is not Available", podName(p.ordinal), podName(other.ordinal))
		}
		lower = lower || unavailable && !inRange && other.ordinal < p.ordinal
	}
	if !lower || p.available(seen.set.minReady, seen.at) {
		j.broken(4, "removes %s, which the controller would take away by itself", podName(p.ordinal))
	}
}

// law4Claim: a delete takes owners off claims, and deletes them only if told to,
// when no pod is left.
func (j *judge) law4Claim(w Write) {
	switch asked := j.run.Ask.Claims; {
	case j.run.Ask.Op != "delete":
		j.broken(4, "writes %s", w.Change)
	case w.Change.Claim.Frees == nil && (asked == "" || len(w.Before.pods) > 0):
		j.broken(4, "%s, asked %q, with %d pods left", w.Change, asked, len(w.Before.pods))
	}
}

// law4End: the set goes when nothing is left that would go with it.
func (j *judge) law4End(w Write) {
	for _, c := range w.Before.claims {
		if slices.Contains(c.owners, w.Before.set.uid) {
			j.broken(4, "deletes the set with the claim of ordinal %d", c.ordinal)
		}
	}
	if j.run.Ask.Op != "delete" || len(w.Before.pods) > 0 {
		j.broken(4, "deletes the set with %d pods", len(w.Before.pods))
	}
}

// law5: nothing is written while a watch is down or before the last write is
// seen; no pod is removed and no partition lowered while the controller has not
// observed the newest generation. A template going back may be written then.
func (j *judge) law5(w Write, seen Moment, earlier []Write) {
	if w.Seen.Blind != "" {
		j.broken(5, "writes %s while blind: %s", w.Change, w.Seen.Blind)
	}
	for _, e := range earlier {
		ofSet := e.Change.Set != nil || e.Change.End != nil || e.Change.Nudge != nil
		unseen := ofSet && w.Seen.set < e.index || !ofSet && w.Seen.pods < e.index
		if unseen && e.Told {
			j.broken(5, "writes %s before its own %s is seen", w.Change, e.Change)
		}
	}
	before, after := w.Before.set.partition, w.After.set.partition
	lowers := after.Index < before.Index && w.Before.set.template == w.After.set.template
	if (w.Change.Pod != nil || w.Change.Claim != nil || w.Change.End != nil || lowers) && seen.set.status.observed < seen.set.generation {
		j.broken(5, "writes %s before generation %d is observed", w.Change, seen.set.generation)
	}
}

// law9: the record changes in the same request as the partition, and says what
// the request left.
func (j *judge) law9(w Write) {
	after := w.After.set
	record := parse(after.record)
	switch {
	case record == nil, after.record == w.Before.set.record:
		j.broken(9, "writes %s and no record", w.Change)
	case record.Gen != after.generation, record.Partition != after.partition.Index, record.Replicas != after.replicas,
		record.Run != j.run.Options.Run, string(record.UID) != after.uid, record.ToDigest != j.world.digest(after.template):
		j.broken(9, "the record %s is not what %s left", after.record, w.Change)
	}
}

// law9Nudge: a nudge changes nothing that anybody goes by.
func (j *judge) law9Nudge(w Write) {
	before, after := w.Before.set, w.After.set
	if before.record != after.record || before.generation != after.generation {
		j.broken(9, "%s makes %s of %s", w.Change, after.record, before.record)
	}
}

// yields: a write that was decided on a sighting with a foreign change in it.
func (j *judge) yields(seen Moment, earlier []Write) {
	if !j.knows(seen.set, earlier) {
		j.broken(Yields, "writes although the spec is not what it left")
	}
}

// knows says that a spec is what the run left or found. Where an answer was lost,
// it is either what that write left or what stood there before.
func (j *judge) knows(seen set, writes []Write) bool {
	for len(writes) > 0 && !writes[len(writes)-1].Told {
		if sameFive(j.left(writes), seen) {
			return true
		}
		writes = writes[:len(writes)-1]
	}
	return sameFive(j.left(writes), seen)
}

// left is the spec as the run left it, or found it.
func (j *judge) left(writes []Write) set {
	left := j.run.first.set
	for _, w := range writes {
		if w.Change.Set != nil {
			left = w.After.set
		}
	}
	return left
}

// sameFive compares what a rollout stands on. No partition is a partition of 0.
func sameFive(a, b set) bool {
	return a.template.Name == b.template.Name && a.partition.Index == b.partition.Index &&
		a.replicas == b.replicas && a.strategy == b.strategy && a.start == b.start
}

// judgeEnd looks at how the run ended.
func (j *judge) judgeEnd() {
	r := j.run
	if !r.ended {
		j.broken(6, "has not ended after %s", j.world.now.Sub(r.first.at))
		return
	}
	var refused *rollout.Refusal
	if errors.As(r.Outcome.Err, &refused) && len(r.Writes) > 0 {
		j.broken(Harmless, "refused after %d writes: %v", len(r.Writes), refused)
	}
	last, left := j.world.moment(r.client.seen), j.left(r.Writes)
	var superseded *rollout.Superseded
	switch gaveUp := errors.As(r.Outcome.Err, &superseded); {
	case last.set.generation < left.generation: // it knew nothing of its own last write
	case !gaveUp && !j.knows(last.set, r.Writes):
		j.broken(Yields, "saw a foreign write and ended with %v", r.Outcome.Err)
	case last.set.gone: // by whoever
	case gaveUp && j.owns(last) && last.set.generation == left.generation && left.generation != r.first.set.generation:
		j.broken(Yields, "superseded by nobody: %v", superseded)
	}
	if r.Outcome.Err == nil {
		j.truthful(last)
	}
}

// owns says that the record is the run's.
func (j *judge) owns(m Moment) bool {
	record := parse(m.set.record)
	return record != nil && record.Run == j.run.Options.Run
}

// truthful: what was reported as reached is so.
func (j *judge) truthful(last Moment) {
	ask, slots := j.run.Ask, last.replicaSlice()
	from, name := int(ask.floor(last.set.replicas)), last.set.template.Name
	switch {
	case ask.Op == "delete":
		j.truthfulDelete()
		return
	case ask.Op == "abort" && (len(j.run.Writes) == 0 || last.set.strategy == rollout.OnDelete):
		return
	case ask.Op == "abort":
		from, name = 0, j.stable()
	case (ask.Op == "scale" || ask.To > 0) && (len(slots) != int(ask.To) || len(last.pods) != len(slots)):
		j.broken(Truthful, "%d ordinals and %d pods", len(slots), len(last.pods))
		return
	case ask.Op == "canary", ask.Op == "apply":
		name = ask.Template
	case ask.Op == "scale":
		name = ""
	}
	for i, p := range slots {
		switch {
		case !p.available(last.set.minReady, last.at):
			j.broken(Truthful, "index %d is not Available", i)
		case !p.soaked(ask.Soak, last.at):
			j.broken(Truthful, "index %d has not soaked", i)
		case i >= from && name != "" && p.template.Name != name:
			j.broken(Truthful, "index %d is on %q, not on %q", i, p.template.Name, name)
		}
	}
}

// truthfulDelete: the set is gone, and its pods; and its claims are where they
// were, or were given up.
func (j *judge) truthfulDelete() {
	w := j.world
	if !w.set.gone || len(w.pods) > 0 {
		j.broken(Truthful, "the set or one of %d pods is there", len(w.pods))
	}
	if len(j.run.Writes) == 0 {
		return
	}
	for _, c := range j.run.Writes[0].Before.claims {
		now := w.claimOf(c.ordinal)
		switch {
		case j.run.Ask.Claims != "" && now != nil:
			j.broken(Truthful, "the claim of ordinal %d is there", c.ordinal)
		case j.run.Ask.Claims == "" && j.run.Writes[0].Before.keeps(c) && (now == nil || now.uid != c.uid || w.collectable(now)):
			j.broken(Truthful, "the claim of ordinal %d is lost", c.ordinal)
		}
	}
}

// keeps says that a claim is not on its way out already: it belongs to nobody,
// to the set, or to a pod that is to stay for now. What somebody's scale-down
// gives up is lost once the controller has seen that.
func (m Moment) keeps(c *claim) bool {
	if _, inRange := m.set.index(c.ordinal); !inRange && m.set.retention.WhenScaled == deletes {
		return false
	}
	for _, owner := range c.owners {
		stays := func(p *pod) bool { return p.uid == owner && !p.leaving() }
		if owner != m.set.uid && !slices.ContainsFunc(m.pods, stays) {
			return false
		}
	}
	return true
}

// stable is the template that was stable when the run began.
func (j *judge) stable() string {
	first := j.run.first
	name := first.set.status.current
	if record := parse(first.set.record); record != nil && record.State == rollout.Open {
		name = record.From
	}
	r, _ := first.revisionNamed(name)
	return r.template.Name
}

// reverts says that a write is one of the way back: it puts the stable template
// back, or lets go an ordinal that was seen off it only afterwards.
func (j *judge) reverts(w Write) bool {
	record := parse(w.After.set.record)
	return j.run.Ask.Op == "abort" && w.Change.Set != nil && record != nil && record.State == rollout.Open
}

// moved are the ordinals that a write lets go: new ones, those that go for
// good, and those whose pod the controller may now replace and might not before.
func (w Write) moved(pods []*pod) map[int32]bool {
	before, after := w.Before.set, w.After.set
	moved := map[int32]bool{}
	for i := before.replicas; i < after.replicas; i++ {
		moved[after.start+i] = true
	}
	for i := after.replicas; i < before.replicas; i++ {
		moved[after.start+i] = true
	}
	target := w.After.comesTo(after.template)
	for _, p := range pods {
		i, inRange := after.index(p.ordinal)
		if !inRange || !after.released(i) || p.revision == target || after.strategy == rollout.OnDelete {
			continue
		}
		if before.template != after.template || !before.released(i) {
			moved[p.ordinal] = true
		}
	}
	return moved
}

// comesTo is the name of the revision that the controller will take for a
// template; "" for a new one.
func (m Moment) comesTo(t Template) string {
	name := ""
	for _, r := range m.revisions {
		if r.template == t {
			name = r.name
		}
	}
	newest := m.revisions[len(m.revisions)-1]
	if name == "" && newest.template.Name == t.Name {
		name = newest.name
	}
	return name
}

// Lively judges the run of a quiet story: where no pod can break, it is done or
// was refused; an abort is done whatever is broken, if there is anything to
// abort. Denied pods are left out: an event that a slow watch brings late tells
// of the template that was there before.
func (s Story) Lively(r *Run) []Breach {
	fate, err := s.Fates["b"], r.Outcome.Err
	healthy := fate == "" || fate == Good || fate == Slow
	var refused *rollout.Refusal
	declined := errors.As(err, &refused) && (s.Ask.Op != "abort" || refused.Reason == rollout.NothingToAbort)
	if err == nil || declined || !s.Quiet() || fate == Denied || !healthy && s.Ask.Op != "abort" && (s.Ask.Op != "delete" || fate == Unrevised) {
		return nil
	}
	return []Breach{{Truthful, fmt.Sprintf("%q in a quiet world ended with %v", s.Ask, err)}}
}

// Again types the finished command of a story once more, in the world as it is
// now and with nothing going wrong, and judges law 7. It says nothing of a run
// that is not finished, or of a world that has gone on since.
func (w *World) Again(ctx context.Context, s Story, first *Run, wrap Wrap) []Breach {
	w.Trouble = Trouble{}
	if w.set.gone || s.Rival.Op != "" || s.Fates["b"] == Flapping || first.Outcome.Err != nil || !sameFive(w.moment(first.client.seen).set, w.set) || len(w.broken()) > 0 || w.comesBroken() {
		return nil
	}
	again := w.Play(ctx, s.Ask, Cut{}, wrap)
	if len(again.Writes) > 0 {
		return []Breach{{7, fmt.Sprintf("%q again wrote %s", again.Ask, again.Writes[0].Change)}}
	}
	if again.Outcome.Err != nil {
		return []Breach{{7, fmt.Sprintf("%q again ended with %v", again.Ask, again.Outcome.Err)}}
	}
	return nil
}

// broken are the pods that are on their way nowhere.
func (w *World) broken() []*pod {
	var broken []*pod
	for _, p := range w.pods {
		if p.fate != Good && p.fate != Slow {
			broken = append(broken, p)
		}
	}
	return broken
}

// comesBroken says that an ordinal is to be made anew, as after an eviction at the very end,
// and that not all of the set's templates come up.
func (w *World) comesBroken() bool {
	bad := slices.ContainsFunc(w.revisions, func(r revision) bool { f := w.fate(r.template); return f != Good && f != Slow })
	anew := func(p *pod) bool { return p == nil || p.leaving() || p.stage == failed }
	return bad && slices.ContainsFunc(w.truth().replicaSlice(), anew)
}
