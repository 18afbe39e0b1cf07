// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// send is a request of the run that has no record of its own; what it is bound
// to is filled in.
func (s *tale) send(body string, change func(*Set)) {
	body = fmt.Sprintf(body, s.before(len(s.Events)).Version)
	change(&s.set)
	version := s.set
	s.add(Event{Agent: runner, Verb: "patch", Set: &version, Request: json.RawMessage(body)})
}

const (
	whole = `{"kind":"StatefulSet","metadata":{"uid":"u","resourceVersion":"%d"}}`
	fold  = `[{"op":"replace","path":"/metadata/managedFields","value":[]},{"op":"replace","path":"/metadata/resourceVersion","value":"%d"}]`
)

func nothing(*Set) {}

// template is the first write of an apply: a new template for the last ordinal.
func (s *tale) template() {
	s.write("promote", "open", func(set *Set) { set.Template, set.Partition = `"b"`, 2 })
	s.observe("b")
	s.replace(2, "a", "b")
}

// roll is an apply of a template, as it should be, down to the partition.
func (s *tale) roll() {
	s.template()
	s.send(fold, nothing)
	s.send(whole, nothing)
	for _, at := range []int32{1, 0} {
		s.promote(at)
		s.observe("b")
		s.replace(at, "a", "b")
	}
	s.status(func(set *Set) { set.Current = "b" })
	s.write("scale", "open", func(set *Set) { set.Replicas = 4 })
	s.observe("b")
	s.up(3, "b")
	s.write("apply", "done", to(2))
	s.observe("b")
}

// calls is a write of something else.
func (s *tale) call(verb, resource, body string) {
	s.Calls = append(s.Calls, Call{Resource: resource, Name: "x", Agent: runner, Verb: verb, Request: json.RawMessage(body), Received: s.now})
}

// fresh has no set yet, and makes one.
func (s *tale) fresh(body string, forced bool) {
	s.Events = nil
	version := s.set
	version.Template = `"b"`
	s.add(Event{Agent: runner, Verb: "patch", Forced: forced, Set: &version, Request: json.RawMessage(body)})
}

// asSeen are the tests of a patch, and nudge one that has them.
const asSeen = `{"op":"test","path":"/metadata/uid","value":"u"},{"op":"test","path":"/metadata/generation","value":1},`

func (s *tale) nudge(tests string, change func(*Set)) {
	s.template()
	change(&s.set)
	version := s.set
	body := "[" + tests + `{"op":"add","path":"/metadata/annotations/kubectl-sts~1nudged-at","value":"now"}]`
	s.add(Event{Agent: runner, Verb: "patch", Set: &version, Request: json.RawMessage(body)})
}

// returned gives fields back, bound to a version and to uid u.
const returned = `[{"op":"test","path":"/metadata/uid","value":"u"},{"op":"replace","path":"/metadata/managedFields","value":[]},{"op":"replace","path":"/metadata/resourceVersion","value":"%d"}]`

func TestLawsOfGivingBack(t *testing.T) {
	promote := Run{Verb: "promote", Count: 3, Exit: 3}
	for name, test := range map[string]struct {
		run  Run
		tell func(*tale)
		want string
	}{
		"it is over":          {promote, func(s *tale) { s.send(returned, nothing) }, ""},
		"bound to nothing":    {promote, func(s *tale) { s.send(strings.ReplaceAll(returned, `"u"`, `"v"`), nothing) }, "law 5"},
		"moving something":    {promote, func(s *tale) { s.send(returned, func(set *Set) { set.Generation++ }) }, "law 9"},
		"taking the record":   {promote, func(s *tale) { s.send(returned, func(set *Set) { set.Record = "x" }) }, "law 9"},
		"it is under way":     {promote, func(s *tale) { s.write("canary", "open", nothing); s.send(returned, nothing) }, "law 9"},
		"before its writes":   {promote, func(s *tale) { s.send(returned, nothing); s.write("promote", "promoted", nothing) }, "law 9"},
		"a canary gives none": {Run{Verb: "canary", Count: 3, Exit: 3}, func(s *tale) { s.send(returned, nothing) }, "law 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin()
			test.tell(s)
			s.pod("other", "update", pod(9, "b"))
			s.expect(t, test.run, test.want)
		})
	}
}

func TestLawsOfApply(t *testing.T) {
	apply := Run{Verb: "apply", Step: 1, To: 4, Partition: new(int32(2)), Image: "b", Exit: 3}
	reached, three := apply, apply
	reached.Exit, three.To = 0, 3
	for name, test := range map[string]struct {
		run  Run
		tell func(*tale)
		want string
	}{
		"an apply": {reached, (*tale).roll, ""},
		"two at first": {apply, func(s *tale) {
			s.write("promote", "open", func(set *Set) { set.Template, set.Partition = `"b"`, 1 })
			s.observe("b")
		}, "law 2"},
		"too early": {apply, func(s *tale) { s.template(); s.promote(1); s.observe("b"); s.promote(0); s.observe("b") }, "law 1"},
		"another template": {apply, func(s *tale) {
			s.write("promote", "open", func(set *Set) { set.Template, set.Partition = `"c"`, 2 })
			s.observe("c")
		}, "law 3"},
		"too many":            {apply, func(s *tale) { s.write("scale", "open", func(set *Set) { set.Replicas = 5 }); s.observe("a") }, "law 2"},
		"more than the file":  {three, func(s *tale) { s.write("scale", "open", func(set *Set) { set.Replicas = 4 }) }, "law 3"},
		"another partition":   {apply, func(s *tale) { s.write("apply", "done", to(1)) }, "law 3"},
		"its partition early": {apply, func(s *tale) { s.template(); s.write("apply", "done", func(set *Set) { set.Partition = 2 }) }, "law 3"},
		"the partition falls": {apply, func(s *tale) { s.template(); s.send(whole, to(0)) }, "law 9"},
		"the record goes":     {apply, func(s *tale) { s.template(); s.send(whole, func(set *Set) { set.Record = "" }) }, "law 9"},
		"bound to nothing":    {apply, func(s *tale) { s.send(`{"kind":"StatefulSet","metadata":{"name":"%d"}}`, nothing) }, "law 5"},
		"bound to another":    {apply, func(s *tale) { s.send(`{"metadata":{"uid":"v","resourceVersion":"%d"}}`, nothing) }, "law 5"},
		"a fold of anything":  {apply, func(s *tale) { s.send(`[{"op":"replace","path":"/metadata/managedFields","value":[%d]}]`, nothing) }, "law 5"},
		"nobody asked":        {Run{Verb: "promote", Count: 3, Exit: 3}, func(s *tale) { s.send(whole, nothing) }, "law 0"},
		"after another hand": {apply, func(s *tale) {
			s.template()
			s.status(func(set *Set) { set.Generation, set.Observed, set.Template = 9, 9, "c" })
			s.send(whole, nothing)
		}, "law 0"},
		"a nudge":                {apply, func(s *tale) { s.nudge(asSeen, nothing) }, ""},
		"a nudge of anything":    {apply, func(s *tale) { s.nudge("", nothing) }, "law 5"},
		"a nudge of the record":  {apply, func(s *tale) { s.nudge(asSeen, func(set *Set) { set.Record = "" }) }, "law 9"},
		"a set is made":          {three, func(s *tale) { s.fresh(`{"metadata":{"resourceVersion":"1"}}`, false) }, ""},
		"made, or changed":       {three, func(s *tale) { s.fresh(`{}`, false) }, "law 5"},
		"made by force":          {three, func(s *tale) { s.fresh(`{"metadata":{"resourceVersion":"1"}}`, true) }, "law 5"},
		"made as if it were":     {three, func(s *tale) { s.fresh(`{"metadata":{"uid":"u"}}`, false) }, "law 5"},
		"made with other counts": {apply, func(s *tale) { s.fresh(`{"metadata":{"resourceVersion":"1"}}`, false) }, "law 3"},
		"a Service of anybody":   {apply, func(s *tale) { s.call("patch", "services", `{"metadata":{}}`) }, "law 5"},
		"a Service, made and asked for again": {apply, func(s *tale) {
			s.call("patch", "services", `{"metadata":{}}`)
			s.Calls[0].Made = true
			s.call("patch", "services", `{"metadata":{}}`)
		}, ""},
		"a Service, made and changed": {apply, func(s *tale) {
			s.call("patch", "services", `{"metadata":{}}`)
			s.Calls[0].Made = true
			s.call("patch", "services", `{"metadata":{},"spec":{}}`)
		}, "law 5"},
		"a Service": {apply, func(s *tale) { s.call("patch", "services", `{"metadata":{"uid":"v","resourceVersion":"7"}}`) }, ""},
		"a claim":   {apply, func(s *tale) { s.call("delete", "persistentvolumeclaims", `{}`) }, "law 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin()
			test.tell(s)
			s.pod("other", "update", pod(9, "b"))
			s.expect(t, test.run, test.want)
		})
	}
}
