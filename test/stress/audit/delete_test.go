// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"testing"
)

func count(replicas int32) func(*Set) { return func(set *Set) { set.Replicas = replicas } }

// goes is what the controller does to an ordinal that was let go.
func (s *tale) goes(i int32) {
	p := pod(i, "a")
	p.Gone = true
	s.pod(controller, "delete", p)
}

// away takes the ordinals away, as a delete should, down to a count.
func (s *tale) away(left int32) {
	for at := s.set.Replicas - 1; at >= left; at-- {
		s.write("delete", "open", count(at))
		s.observe("a")
		s.goes(at)
	}
}

// over ends the set, with options that name its version.
func (s *tale) over(options string) {
	s.add(Event{
		Agent: runner, Verb: "delete", Set: &Set{Name: "web", UID: "u", Gone: true},
		Request: json.RawMessage(fmt.Sprintf(options, s.before(len(s.Events)).Version)),
	})
}

const seen = `{"preconditions":{"uid":"u","resourceVersion":"%d"}}`

// sick is an ordinal that is not Ready any more.
func (s *tale) sick(i int32) { s.pod("kubelet", "update", pod(i, "a")) }

func TestLawsOfDelete(t *testing.T) {
	run := Run{Verb: "delete", Exit: 3}
	reached, destroys := Run{Verb: "delete"}, Run{Verb: "delete", Exit: 3, Claims: true}
	loses := func(set *Set) { set.WhenDeleted, set.WhenScaled = "Delete", "Retain" }
	keeps := func(set *Set) { set.WhenDeleted, set.WhenScaled = "Retain", "Retain" }
	const bond = `{"preconditions":{"uid":"c","resourceVersion":"9"}}`
	for name, test := range map[string]struct {
		run  Run
		tell func(*tale)
		want string
	}{
		"a delete":       {reached, func(s *tale) { s.away(0); s.over(seen) }, ""},
		"it did not end": {reached, func(s *tale) { s.away(0) }, "law 0"},
		"two at a time":  {run, func(s *tale) { s.write("delete", "open", count(1)); s.observe("a") }, "law 2"},
		"before the last was gone": {run, func(s *tale) {
			s.write("delete", "open", count(2))
			s.observe("a")
			s.write("delete", "open", count(1))
		}, "law 1"},
		"down to a sick one":         {run, func(s *tale) { s.sick(1); s.write("delete", "open", count(1)); s.observe("a") }, ""},
		"past a sick one":            {run, func(s *tale) { s.sick(1); s.write("delete", "open", count(0)); s.observe("a") }, "law 2"},
		"a good one removed":         {run, func(s *tale) { s.remove(pod(0, "a"), bound) }, "law 4"},
		"more replicas":              {run, func(s *tale) { s.write("delete", "open", count(4)); s.observe("a") }, "law 3"},
		"another partition":          {run, func(s *tale) { s.write("delete", "open", to(2)) }, "law 3"},
		"the set before its pods":    {run, func(s *tale) { s.away(1); s.over(seen) }, "law 1"},
		"the set of another version": {run, func(s *tale) { s.away(0); s.over(`{"preconditions":{"uid":"u","resourceVersion":"%d0"}}`) }, "law 5"},
		"the set of a scale":         {Run{Verb: "scale", Exit: 3}, func(s *tale) { s.away(0); s.another(); s.over(seen) }, "law 4"},
		"ordinals with their claims": {run, func(s *tale) { s.status(loses); s.another(); s.away(2) }, "law 4"},
		"the policy first": {run, func(s *tale) {
			s.status(loses)
			s.another()
			s.write("delete", "open", keeps)
			s.observe("a")
			s.away(2)
		}, ""},
		"a policy that destroys": {run, func(s *tale) { s.write("delete", "open", loses) }, "law 4"},
		"no watch of the claims": {run, func(s *tale) { s.Watches = s.Watches[:3]; s.away(2) }, "law 5"},
		"a claim set free": {run, func(s *tale) {
			s.call("patch", "persistentvolumeclaims", `{"metadata":{"uid":"c","resourceVersion":"9"}}`)
		}, ""},
		"a claim, bound to nothing":     {run, func(s *tale) { s.call("patch", "persistentvolumeclaims", `{"metadata":{}}`) }, "law 5"},
		"a claim destroyed":             {run, func(s *tale) { s.away(0); s.call("delete", "persistentvolumeclaims", bond) }, "law 4"},
		"a claim, asked for":            {destroys, func(s *tale) { s.away(0); s.call("delete", "persistentvolumeclaims", bond) }, ""},
		"a claim, asked for, too early": {destroys, func(s *tale) { s.away(1); s.call("delete", "persistentvolumeclaims", bond) }, "law 4"},
		"a claim of anybody":            {destroys, func(s *tale) { s.away(0); s.call("delete", "persistentvolumeclaims", `{}`) }, "law 5"},
		"a volume":                      {run, func(s *tale) { s.call("patch", "persistentvolumes", bond) }, "law 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin()
			test.tell(s)
			s.expect(t, test.run, test.want)
		})
	}
}

// A claim that the garbage collector takes is nobody's breach but the story's.
func TestLost(t *testing.T) {
	s := begin()
	s.call("delete", "persistentvolumeclaims", `{}`)
	if lost := s.Lost(); len(lost) > 0 {
		t.Errorf("the run's own: %v", lost)
	}
	s.Calls[0].Agent = "kube-controller-manager/generic-garbage-collector"
	if lost := s.Lost(); len(lost) != 1 {
		t.Errorf("lost is %v", lost)
	}
}
