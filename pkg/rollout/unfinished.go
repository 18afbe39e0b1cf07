// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Unfinished is an operation that has more to write. Whether a run of it is still there,
// nothing in the cluster tells: a run leaves no more than its record, and may wait for
// long before its next write.
type Unfinished struct {
	Text string // who wrote last, when, and what it takes the set to
	// Words are the command that finishes it, without the flags that it was given.
	Words string
	// Rests says that a run of it would have written by now, unless it soaks.
	Rests bool
	First bool // nothing else is let through before it is finished
}

// Unfinished is the operation whose record is open and which has not come to its end;
// none where somebody else had a hand in it, which has other ways on.
func (s State) Unfinished() (Unfinished, bool) {
	r := s.open()
	if r == nil || s.Set.Deleting || s.ForeignChange() != "" || len(s.broken()) > 0 {
		return Unfinished{}, false
	}
	u := Unfinished{Text: s.wroteLast(r), Rests: s.rests(r), First: r.Op == opAbort}
	switch r.Op {
	case opScale:
		u.Words = s.restOfScale(r)
	case opCanary, opPromote:
		u.Words = s.restOfRollout(r)
	case opAbort:
		u.Words = s.restOfAbort(r)
	}
	return u, u.Words != ""
}

// rests says that nothing moves, and that the last write is not recent.
func (s State) rests(r *Record) bool {
	word := s.staying()
	return s.At.Sub(r.At) >= recordRests && word != WordRolling && word != WordScaling
}

// wroteLast is such as "a scale to 5 replicas (run 0000aaaa) wrote 40s ago". The record
// of an apply is that of a promote.
func (s State) wroteLast(r *Record) string {
	who := withArticle(r.Op)
	if r.Op == opPromote && r.target() == 0 {
		who += " or an apply"
	}
	if to := r.Target(); to != "" {
		who += " " + to
	}
	return fmt.Sprintf("%s (run %s) wrote %s ago", who, r.Run, duration.HumanDuration(s.At.Sub(r.At)))
}

// Target is what an operation that is open takes the set to; "" where the record does
// not say.
func (r *Record) Target() string {
	if n, ok := r.TargetReplicas(); ok {
		return fmt.Sprintf("to %d replicas", n)
	}
	if n, ok := r.TargetOrdinals(); ok {
		return fmt.Sprintf("to %d of %d ordinals", n, r.Replicas)
	}
	return ""
}

// TargetReplicas is what a scale that is open takes the replicas to.
func (r *Record) TargetReplicas() (int32, bool) {
	n, err := strconv.ParseInt(r.Args[argReplicas], 10, 32)
	return int32(n), err == nil && r.holds() && r.Op == opScale
}

// TargetOrdinals is how many of the top ordinals an open canary or promote takes the
// template to.
func (r *Record) TargetOrdinals() (int32, bool) {
	_, says := r.Args[argTarget]
	return max(r.Replicas-r.target(), 0), says && r.holds() && (r.Op == opCanary || r.Op == opPromote)
}

// restOfScale is the scale that has replicas to write; "" where somebody else has
// written them since.
func (s State) restOfScale(r *Record) string {
	to, says := r.TargetReplicas()
	if !says || to == s.Set.Replicas || r.Replicas != s.Set.Replicas {
		return ""
	}
	return fmt.Sprintf("scale %s --replicas=%d", s.Set.Name, to)
}

// restOfRollout is the promote that takes a canary, or a promote, as far as it was to
// go; "" where it is there. One to all ends its record besides: as long as that is open,
// an apply may have its replicas still to write.
func (s State) restOfRollout(r *Record) string {
	_, aims := r.TargetOrdinals()
	goal := Promote{Step: intstr.FromInt32(1), Revision: s.Live()}
	switch target := r.target(); {
	case target > 0 && target >= s.Set.Replicas: // its ordinals were taken away
		return ""
	case r.ToDigest != s.Set.Template, r.Op == opCanary && !aims, goal.Revision == "":
		return ""
	case target > 0 && target < s.Set.Replicas:
		count := intstr.FromInt32(s.Set.Replicas - target)
		goal.Count = &count
	}
	plan, err := goal.Plan(s)
	if err != nil || len(plan.Steps) == 0 {
		return ""
	}
	return goal.words(s)
}

// restOfAbort is an abort whose ordinals are not all back, or that has the own partition
// still to put back.
func (s State) restOfAbort(r *Record) string {
	if s.held() == nil && s.owes() == nil || s.abortedInVain(r) {
		return ""
	}
	return "abort " + s.Set.Name
}
