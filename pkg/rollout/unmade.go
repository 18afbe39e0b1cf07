// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"
	"strconv"
)

// Where the server denies the top ordinals their pods for what is around the set, such as
// a quota, neither another template nor the one before makes them: only who gives way
// does, or fewer replicas. A scale to these takes nothing away that is there, and so it is
// let through during an abort, a canary and a promote too, whose record stays open.

// made is the number of replicas without the top ordinals that have no pod and are denied
// one; false where there is none, or nothing else.
func (s State) made() (to int32, unmade bool) {
	if !s.Set.observed() {
		return 0, false
	}
	to = s.Set.Replicas
	for to > 0 {
		pod := s.Pods[to-1]
		if pod.UID != "" || !pod.deniedForGood() && pod.Cause.ID != LowerOrdinal {
			break
		}
		to--
	}
	return to, 0 < to && to < s.Set.Replicas && s.Pods[to].deniedForGood()
}

// deniedForGood says that an ordinal has no pod, and has failed since the server denies it one.
func (p Pod) deniedForGood() bool { return p.UID == "" && p.Phase == Failing && !p.Denied.IsZero() }

// DropsUnmade is the command line of the scale that takes away the top ordinals which
// cannot be made, whatever their template, without the name of the program; "" where that
// is not the way, as for a goal that asks for them. Of what an abort cannot make, the
// template may be at fault as well: there is no other one to go to.
func (s State) DropsUnmade(g Goal) string {
	to, unmade := s.made()
	scale := Scale{To: to, Step: 1}
	switch {
	case !unmade || asksFor(g) > to:
		return ""
	case !notOfTemplate[s.Pods[to].Cause.ID] && !s.abortedUnmade():
		return ""
	case s.changing() != nil && !scale.dropsUnmade(s), !acts(scale, s):
		return ""
	default:
		return s.scaleTo(to)
	}
}

// asksFor is how many replicas a goal comes to; 0 where it leaves them as they are.
func asksFor(g Goal) int32 {
	switch asks := g.(type) {
	case Scale:
		return asks.To
	case Apply:
		if asks.Replicas != nil {
			return *asks.Replicas
		}
	}
	return 0
}

// abortedUnmade says that an abort has put its template back, and that nothing has failed
// but top ordinals which cannot be made: no abort helps these.
func (s State) abortedUnmade() bool {
	to, unmade := s.made()
	r := s.changing()
	if !unmade || r == nil || r.Op != opAbort {
		return false
	}
	for _, pod := range s.Pods[:to] {
		if pod.Broken() {
			return false
		}
	}
	return true
}

// changing is the open record of an abort, a canary or a promote of the live template.
func (s State) changing() *Record {
	r := s.open()
	if r == nil || r.Op == opScale || r.Op == opDelete || r.ToDigest != s.Set.Template {
		return nil
	}
	return r
}

// dropsUnmade says that the scale takes nothing away but ordinals which cannot be made,
// while something else is under way.
func (g Scale) dropsUnmade(s State) bool {
	to, unmade := s.made()
	return unmade && !g.Applies && to <= g.To && g.To < s.Set.Replicas && s.changing() != nil
}

// dropped says that it has done so.
func (g Scale) dropped(s State) bool {
	r := s.changing()
	return r != nil && !g.Applies && s.Set.Replicas == g.To && r.Replicas == g.To && r.Args[argReplicas] == strconv.Itoa(int(g.To))
}

// drop is the one write of it. The record stays that of what is under way, with the
// replicas that are left.
func (g Scale) drop(s State) Step {
	record := *s.changing()
	record.Args = maps.Clone(record.Args)
	if record.Args == nil {
		record.Args = map[string]string{}
	}
	record.Args[argReplicas], record.At = strconv.Itoa(int(g.To)), s.At
	return Step{
		Change: Change{
			Why: "take " + s.span(g.To, s.Set.Replicas) + " away, which cannot be made",
			Set: s.patch(SetPatch{Replicas: &g.To, Record: record}),
		},
		Until: s.span(g.To, s.Set.Replicas) + " is gone",
	}
}
