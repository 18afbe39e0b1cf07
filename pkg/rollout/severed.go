// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"strings"
)

// Severed is a delete or a scale that had more to write when somebody else wrote: no run
// goes on with it, and the set may be settled half way.
type Severed struct {
	Text   string // who wrote last, and when
	Words  string // the command that takes the replicas to where they were, or were to go
	Saved  string // of a delete: the file that it saved the manifest to
	Policy string // of a delete: the retention policy that it found, where that is not back
	Forget string // takes the record away, by which the set stays as it is

	does string // what Words do
}

// Severed is the operation of the set's record, where it is one.
func (s State) Severed() (Severed, bool) {
	r := s.severed()
	if r == nil {
		return Severed{}, false
	}
	severed := Severed{Text: s.wroteLast(r), Forget: s.forget(), does: "finishes it"}
	to, _ := r.TargetReplicas()
	if r.Op == opDelete {
		found := r.found(s)
		to, severed.Saved, severed.does = found.Replicas, r.Args[argSaved], "takes the replicas back"
		if found.Retention.normal() != s.Set.Retention.normal() {
			severed.Policy = found.Retention.normal().String()
		}
	}
	if to != s.Set.Replicas {
		severed.Words = fmt.Sprintf("scale %s --replicas=%d", s.Set.Name, to)
	}
	return severed, true
}

// Ways is how it goes on, by words alone; the last is the command that takes the record away.
func (v Severed) Ways() string {
	var ways []string
	if v.Words != "" {
		ways = append(ways, v.Words+" "+v.does)
	}
	if v.Policy != "" {
		ways = append(ways, "its retention policy was "+v.Policy)
	}
	if v.Saved != "" {
		ways = append(ways, "all is as it was by an apply of "+v.Saved, "to delete it all the same, run delete again with another file for --save")
	}
	return strings.Join(append(ways, "to leave it as it is: "+v.Forget), "; ")
}

// severed is its record. A scale is over where somebody else has scaled the set since, and
// a delete where somebody has put back what it changed.
func (s State) severed() *Record {
	r := s.answered(s.Set.Record)
	if !r.holds() || s.Set.Deleting || r.UID != s.Set.UID || r.Gen >= s.Set.Generation || len(s.Set.Spec.changes(r.spec())) == 0 {
		return nil
	}
	to, says := r.TargetReplicas()
	found := r.found(s)
	switch {
	case r.Op == opScale && says && r.Replicas == s.Set.Replicas && to != s.Set.Replicas:
		return r
	case r.Op == opDelete && (found.Replicas != s.Set.Replicas || found.Retention.normal() != s.Set.Retention.normal()):
		return r
	default:
		return nil
	}
}
