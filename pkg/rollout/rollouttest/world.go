// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"slices"
	"testing/synctest"
	"time"
)

// World is a model in motion, with the runs that act on it. It lives inside a
// bubble of testing/synctest, and only the bubble's first goroutine moves it.
type World struct {
	*Model
	Clock    Clock
	Patience time.Duration
	Trouble  Trouble       // what may still go wrong
	MaxLag   time.Duration // an event older than this has reached every watch that is up

	dice  Dice
	runs  []*Run
	steps int
}

// NewWorld begins a world. It must be called inside a bubble.
func NewWorld(s Start, dice Dice) *World {
	clock := NewClock()
	return &World{
		Model: newModel(s, clock.Now()), Clock: clock, dice: dice,
		Patience: 30 * time.Second, MaxLag: 3 * time.Second,
	}
}

// Trouble is how often each thing may still happen that nobody needs.
type Trouble struct {
	Evictions int // a pod ends
	Sickness  int // a pod breaks, and stays so until it is made anew
	Edits     int // somebody else writes the spec
	Strips    int // somebody else takes the record away
	Touches   int // somebody else writes what does not matter
	Blinds    int // the watches of a run go down for a while
	Losses    int // a request goes astray
	Errors    int // the server answers a request with an error of its own
}

// action is one thing that may happen now.
type action struct {
	name   string
	weight int
	do     func()
}

// Step lets one thing happen and some time go by.
func (w *World) Step() {
	w.settle()
	w.steps++
	actions := w.actions()
	if len(actions) == 0 {
		w.pass(w.idle())
		return
	}
	w.choose(actions).do()
	w.pass(w.moment2moment())
}

// pass lets time go by. What was done so far is published first, under the lock
// that runs look under: a run may wake up by a timer of its own.
func (w *World) pass(d time.Duration) {
	w.looking.Lock()
	w.published = len(w.moments)
	w.looking.Unlock()
	w.Clock.pass(d)
}

// settle waits until every run waits, and takes the time and their requests.
func (w *World) settle() {
	synctest.Wait()
	w.now = w.Clock.Now()
	for _, r := range w.runs {
		r.take()
	}
	for _, r := range w.runs {
		if !r.ended && r.client.blind == "" && r.client.lag(w.now) > w.MaxLag {
			r.client.catchUp()
			synctest.Wait()
		}
	}
}

func (w *World) choose(actions []action) action {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	at := w.dice.Pick("step", total)
	for _, a := range actions {
		if at < a.weight {
			return a
		}
		at -= a.weight
	}
	return actions[0]
}

// moment2moment is how long until the next thing happens.
func (w *World) moment2moment() time.Duration {
	lengths := []time.Duration{time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second}
	return lengths[w.dice.Pick("time", len(lengths))]
}

// idle is how long a quiet world lasts: until a kubelet or the controller has
// something to do by the clock, and not so long that a run's timers are missed.
func (w *World) idle() time.Duration {
	next := 15 * time.Second
	for _, p := range w.pods {
		if at, ok := p.due(); ok && at.After(w.now) {
			next = min(next, at.Sub(w.now))
		}
	}
	return max(next, time.Millisecond)
}

// actions are the things that may happen now, the harmless first.
func (w *World) actions() []action {
	var all []action
	add := func(possible int, name string, weight int, do func()) {
		if possible > 0 {
			all = append(all, action{name, weight, do})
		}
	}
	if w.wants() {
		add(1, "controller syncs", 6, w.sync)
	}
	if w.behind() {
		add(1, "controller's watch", 4, w.watch)
	}
	for _, p := range w.pods {
		if at, ok := p.due(); ok && !at.After(w.now) {
			add(1, "kubelet", 3, func() { w.advance(p) })
		}
	}
	for _, r := range w.runs {
		if !r.ended {
			all = append(all, w.actionsOn(r)...)
		}
	}
	if slices.ContainsFunc(w.claims, w.collectable) {
		add(1, "garbage collector", 3, w.collect)
	}
	if w.set.gone {
		return all
	}
	add(min(w.Trouble.Touches, 1), "touch", 1, w.touch)
	add(min(w.Trouble.Evictions, len(w.pods)), "evict", 1, w.evictOne)
	add(min(w.Trouble.Sickness, len(w.pods)), "sicken", 1, func() {
		w.Trouble.Sickness--
		w.sicken(w.dice.Pick("which pod", len(w.pods)))
	})
	add(min(w.Trouble.Edits, 1), "foreign edit", 1, w.foreignEdit)
	add(min(w.Trouble.Strips, 1), "strip", 1, w.strip)
	return all
}

// actionsOn are the things that may happen to a run.
func (w *World) actionsOn(r *Run) []action {
	c, newest := r.client, len(w.moments)-1
	var all []action
	if r.pending != nil {
		all = append(all, action{"answer", 5, func() { w.answer(r, w.reply()) }})
	}
	if c.blind != "" {
		return append(all, action{"see again", 1, func() { c.blind = ""; c.ring() }})
	}
	watches := []struct {
		name  string
		at    *int
		same  func(a, b Moment) bool
		bring func(int)
	}{
		{"watch of the set", &c.set, sameSet, c.bringSet},
		{"watch of the pods", &c.pods, samePods, c.bringPods},
		{"watch of the revisions", &c.revisions, sameRevisions, c.bringRevisions},
	}
	for _, watch := range watches {
		*watch.at = w.skip(*watch.at, watch.same)
		if *watch.at < newest {
			all = append(all, action{watch.name, 4, func() { watch.bring(w.upTo(*watch.at, newest)) }})
		}
	}
	if w.Trouble.Blinds > 0 {
		all = append(all, action{"go blind", 1, func() {
			w.Trouble.Blinds--
			c.blind = "the watch of pods is down"
			c.ring()
		}})
	}
	return all
}

// skip passes over the moments that a watch has no event for.
func (w *World) skip(at int, same func(a, b Moment) bool) int {
	for at < len(w.moments)-1 && same(w.moments[at], w.moments[at+1]) {
		at++
	}
	return at
}

// upTo is how far a watch comes with one delivery: all the way, or a step.
func (w *World) upTo(from, newest int) int {
	if w.dice.Pick("lag", 2) == 0 {
		return newest
	}
	return from + 1
}

func (w *World) reply() Reply {
	replies := []Reply{Answered, Answered, Answered}
	if w.Trouble.Losses > 0 {
		replies = append(replies, LostStored, Lost)
	}
	if w.Trouble.Errors > 0 {
		replies = append(replies, Broken)
	}
	reply := replies[w.dice.Pick("reply", len(replies))]
	switch reply {
	case Lost, LostStored:
		w.Trouble.Losses--
	case Broken:
		w.Trouble.Errors--
	}
	return reply
}

// evictOne ends a pod, by a kubelet or by the API.
func (w *World) evictOne() {
	w.Trouble.Evictions--
	p := w.pods[w.dice.Pick("which pod", len(w.pods))]
	if p.leaving() || w.dice.Pick("how", 2) == 0 {
		w.deletePod(p)
		return
	}
	w.evict(p)
}

// sicken breaks a pod, or the next one below that is well.
func (w *World) sicken(from int) {
	for i := from; i >= 0; i-- {
		if p := w.pods[i]; p.isReady() && !p.leaving() && p.fate == Good {
			w.breakPod(p)
			return
		}
	}
}

// breakPod makes a pod unready, for as long as it lives.
func (m *Model) breakPod(p *pod) {
	m.replace(p, func(next *pod) { next.stage, next.fate, next.since, next.readyAt = running, Unready, m.now, m.now })
}

// foreignEdit is somebody else's write of the spec.
func (w *World) foreignEdit() {
	w.Trouble.Edits--
	edits := []func(*set){
		func(s *set) { s.template = Template{Name: "z"} },
		func(s *set) { s.template = Template{Name: "a"} },
		func(s *set) { s.steer(0) },
		func(s *set) { s.steer(s.replicas) },
		func(s *set) { s.replicas++ },
		func(s *set) { s.replicas = max(s.replicas-1, 0) },
	}
	edit := edits[w.dice.Pick("edit", len(edits))]
	after := w.set
	edit(&after)
	if after != w.set {
		w.edit("kubectl-edit", edit)
	}
}

// strip takes the record away, as a GitOps replace does.
func (w *World) strip() {
	w.Trouble.Strips--
	w.annotate("")
}

// touch writes what does not matter to a rollout: a new version, and at times a
// new generation.
func (w *World) touch() {
	w.Trouble.Touches--
	if w.dice.Pick("touch", 2) == 0 {
		w.annotate(w.set.record)
		return
	}
	w.edit("kubectl-label", func(*set) {})
}
