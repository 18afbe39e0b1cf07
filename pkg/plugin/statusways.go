// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// ways is what a status says of how to go on.
type ways struct {
	next []string // commands; of several, either
	note string   // what the first goes on with, and how the other calls that off
	back string   // that other command
	hint string   // what may help, where the user has to complete it or to know more

	barred bool // a command would be named, but it would be refused: the hint says why
}

// unbarred are the ways on whose commands would not be refused for a claim that is being
// deleted; what has to be done first is the hint.
func (s session) unbarred(state rollout.State, commands []string) ways {
	var w ways
	for _, words := range commands {
		if why := state.Barred(words); why != "" {
			w.hint, w.barred = why, true
			continue
		}
		w.next = append(w.next, s.command(state.Set.Namespace, strings.Fields(words)))
	}
	return w
}

// waysOn is how to go on from a set.
func (s session) waysOn(state rollout.State) ways {
	if goal, begun := rollout.Deleting(state); begun && !state.Set.Deleting {
		return s.waysOfDelete(state, goal)
	}
	if severed, is := state.Severed(); is && state.Word() != rollout.WordFailing {
		return s.waysOfSevered(state, severed)
	}
	w := s.waysOfUnfinished(state, s.unbarred(state, s.nextOf(state)))
	way, _ := state.Volumeless()
	switch {
	case state.Word() != rollout.WordFailing || len(w.next) > 0 || w.barred:
	case way != "":
		w.hint = "give the claims volumes: " + s.hint(way, state.Set)
	case state.MakesRoom() != "":
		w.hint = fmt.Sprintf("%s: %s", roomForAnother, s.hint(state.MakesRoom(), state.Set))
	case state.DropsUnmade(nil) != "":
		w.hint = "what cannot be made is taken away by a scale: " + s.hint(state.DropsUnmade(nil), state.Set)
	case state.Correctable():
		w.hint = s.correction(state)
	}
	return w
}

// waysOfUnfinished adds the command that finishes an operation which has more to write.
// That no run of it is there any more, only the user knows.
func (s session) waysOfUnfinished(state rollout.State, w ways) ways {
	u, is := state.Unfinished()
	if !is {
		return w
	}
	if why := state.Barred(u.Words); why != "" {
		w.hint, w.barred = why, true
		return w
	}
	command := s.command(state.Set.Namespace, strings.Fields(u.Words))
	w.hint = u.Text + ": if it no longer runs, this command finishes it"
	switch {
	case !u.Rests:
		w.hint += ": " + command
		w.next = nil
	case u.First:
		w.next = []string{command}
	case !slices.Contains(w.next, command): // it was not to go on to all, and may all the same
		w.next = append([]string{command}, w.next...)
	}
	return w
}

// waysOfSevered are both ways out of a delete or a scale that somebody else has cut in
// two: what is written next has to wait until the set is settled.
func (s session) waysOfSevered(state rollout.State, severed rollout.Severed) ways {
	w := ways{hint: severed.Text + ", and no run goes on with it since somebody else wrote"}
	if !state.Settled() {
		w.hint += "; once the set is settled"
	}
	w.hint += ": " + severed.Ways()
	if severed.Words != "" && state.Settled() {
		w.next = []string{s.command(state.Set.Namespace, strings.Fields(severed.Words))}
	}
	return w
}

// correction is the way forward where every template that there is may be at fault.
func (s session) correction(state rollout.State) string {
	return "if the template is at fault, correct it: " + s.command(state.Set.Namespace, []string{"apply", "-f", "FILE", "--" + replaceBroken})
}

// nextOf is what a canary waits for, or what takes it back where it is broken, or has
// been taken back in part; both ways where somebody else had a hand in it. It is the words
// of command lines.
func (session) nextOf(state rollout.State) []string {
	set := state.Set
	back := "abort " + set.Name
	on := fmt.Sprintf("promote %s --revision=%s", set.Name, state.Live())
	_, left := state.Leftover()
	forward := state.PromoteMends()
	switch word := state.Word(); {
	case word == rollout.WordFailing && state.AbortMends(), left:
		return []string{back}
	case word == rollout.WordFailing && forward != "":
		return []string{forward}
	case state.BothWays():
		return []string{back, on} // no run goes on from there by itself
	case (word == rollout.WordCanary || word == rollout.WordPaused) && state.Live() != "":
		return []string{on}
	default:
		return nil
	}
}

// waysOfDelete are both ways out of a delete that was begun: on with its own
// command line, which its record knows, or back.
func (s session) waysOfDelete(state rollout.State, goal rollout.Delete) ways {
	set := state.Set
	intent := Delete{Save: goal.Saved, Claims: goal.Claims}
	back := s.command(set.Namespace, intent.Next(state))
	if intent.findsStopped(state) {
		back = s.command(set.Namespace, intent.checks(state)) + " && " + back
	}
	w := s.unbarred(state, []string{strings.Join(intent.words(set), " ")})
	w.back = back
	w.note = fmt.Sprintf("a delete of %s was begun, and the same delete goes on with it; to call it off, apply the manifest that it saved: %s", set, back)
	return w
}

func (s session) tellWays(w ways) {
	if w.note != "" {
		s.voice.note("%s", w.note)
	}
	if w.hint != "" {
		s.voice.say("hint: %s", w.hint)
	}
	s.tellNext(w.next)
}

// tellNext tells the command that goes on, and those that do so in its place.
func (s session) tellNext(commands []string) {
	for i, command := range commands {
		word := "next"
		if i > 0 {
			word = "or"
		}
		s.voice.say("%s: %s", word, command)
	}
}

// document is the same for a script.
func (w ways) document() render.Onward {
	on := render.Onward{Next: w.next, Hint: cmp.Or(w.hint, w.note)}
	if w.back != "" {
		on.Next = append(on.Next, w.back)
	}
	return on
}
