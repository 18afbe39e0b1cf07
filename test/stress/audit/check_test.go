// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	runner     = "kubectl-sts/1"
	controller = "kube-controller-manager/system:statefulset-controller"
)

// tale writes a history, a second an event.
type tale struct {
	History

	now     time.Time
	version int64
	set     Set
}

// begin is a set of three on revision a, whose run has its watches up.
func begin() *tale {
	s := &tale{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), set: Set{
		Name: "web", UID: "u", Generation: 1, Observed: 1, Replicas: 3, Strategy: "RollingUpdate", Template: "a", OrderedReady: true, Current: "a", Update: "a",
	}}
	s.status(func(*Set) {})
	for i := range int32(3) {
		s.up(i, "a")
	}
	for _, resource := range []string{"statefulsets", "pods", "controllerrevisions", "persistentvolumeclaims"} {
		s.Watches = append(s.Watches, &Stream{Agent: runner, Resource: resource, From: s.now, To: s.now.Add(time.Hour)})
	}
	s.now = s.now.Add(time.Second)
	return s
}

func (s *tale) add(e Event) {
	s.version++
	s.now = s.now.Add(time.Second)
	e.Version, e.Received, e.At = s.version, s.now, s.now
	s.Events = append(s.Events, e)
}

func (s *tale) status(change func(*Set)) {
	change(&s.set)
	version := s.set
	s.add(Event{Agent: controller, Verb: "update", Status: true, Set: &version})
}

func (s *tale) pod(agent, verb string, p Pod) { s.add(Event{Agent: agent, Verb: verb, Pod: &p}) }

func pod(i int32, revision string) Pod {
	return Pod{Name: fmt.Sprintf("web-%d", i), UID: fmt.Sprintf("%d%s", i, revision), Ordinal: i, Revision: revision}
}

// up makes a pod that is ready.
func (s *tale) up(i int32, revision string) {
	p := pod(i, revision)
	p.Ready, p.ReadySince, p.Started = true, s.now, s.now
	s.pod(controller, "create", p)
}

// replace is what the controller does to an ordinal.
func (s *tale) replace(i int32, from, to string) {
	p := pod(i, from)
	p.Gone = true
	s.pod(controller, "delete", p)
	s.up(i, to)
}

// write is one of the run's, bound to what is there, with a record that is so.
func (s *tale) write(op, state string, change func(*Set)) {
	before := s.set
	change(&s.set)
	s.set.Generation++
	s.set.Record = fmt.Sprintf(`{"run":"01234567","state":%q,"op":%q,"uid":"u","gen":%d,"partition":%d,"replicas":%d}`,
		state, op, s.set.Generation, s.set.Partition, s.set.Replicas)
	version := s.set
	request := fmt.Sprintf(`[{"op":"test","path":"/metadata/uid","value":"u"},{"op":"test","path":"/metadata/generation","value":%d}]`, before.Generation)
	s.add(Event{Agent: runner, Verb: "patch", Set: &version, Request: json.RawMessage(request)})
}

func (s *tale) observe(update string) {
	s.status(func(set *Set) { set.Observed, set.Update = set.Generation, update })
}

// canary is one on the last ordinal, as it should be.
func (s *tale) canary() {
	s.write("canary", "open", func(set *Set) { set.Template, set.Partition = "b", 2 })
	s.observe("b")
	s.replace(2, "a", "b")
}

// broken is a canary whose pod never becomes ready.
func (s *tale) broken() {
	s.write("canary", "open", func(set *Set) { set.Template, set.Partition = "b", 2 })
	s.observe("b")
	p := pod(2, "a")
	p.Gone = true
	s.pod(controller, "delete", p)
	s.pod(controller, "create", pod(2, "b"))
}

func to(partition int32) func(*Set) { return func(set *Set) { set.Partition = partition } }

// promote is one write of it.
func (s *tale) promote(partition int32) { s.write("promote", "open", to(partition)) }

// remove is a removal by the run.
func (s *tale) remove(p Pod, options string) {
	p.Terminating = true
	s.add(Event{Agent: runner, Verb: "delete", Pod: &p, Request: json.RawMessage(options)})
}

const bound = `{"preconditions":{"uid":"2b","resourceVersion":"9"}}`

// The runs of most stories.
func canaryOfOne() Run  { return Run{Verb: "canary", Count: 1, Step: 1} }
func promoteOfAll() Run { return Run{Verb: "promote", Count: 3, Step: 1, Exit: 3} }
func abortOfAll() Run   { return Run{Verb: "abort", Exit: 3} }
func scaleToTwo() Run   { return Run{Verb: "scale", To: 2, Step: 1, Exit: 3} }

// plot is a story, and what the checker is to say of its run.
type plot struct {
	run  Run
	tell func(*tale)
	want string // the beginning of the first breach; "" for none
}

func forEach(t *testing.T, plots map[string]plot) {
	t.Helper()
	for name, plot := range plots {
		t.Run(name, func(t *testing.T) {
			s := begin()
			plot.tell(s)
			s.pod("other", "update", pod(9, "a"))
			s.expect(t, plot.run, plot.want)
		})
	}
}

// Which ordinal may go, when, and how far.
func TestLawsOfSteps(t *testing.T) {
	forEach(t, map[string]plot{
		"a canary":                {canaryOfOne(), (*tale).canary, ""},
		"a further one too early": {promoteOfAll(), func(s *tale) { s.broken(); s.another(); s.promote(1) }, "law 1"},
		"a further one unseen": {promoteOfAll(), func(s *tale) {
			s.canary()
			s.another()
			s.promote(1)
			s.promote(0)
		}, "law 1"},
		"before it has soaked": {Run{Verb: "promote", Count: 3, Soak: time.Hour, Exit: 3}, func(s *tale) { s.canary(); s.another(); s.promote(1) }, "law 1"},
		"two at a time":        {promoteOfAll(), func(s *tale) { s.canary(); s.another(); s.promote(0); s.observe("b") }, "law 2"},
		"a canary of all":      {canaryOfOne(), func(s *tale) { s.write("canary", "open", func(set *Set) { set.Template = "b" }); s.observe("b") }, "law 2"},
		"an abort that restarts the stable": {abortOfAll(), func(s *tale) {
			s.canary()
			s.another()
			s.write("abort", "open", func(set *Set) { set.Template, set.Partition = "a", 0 })
			s.observe("a")
			s.replace(0, "a", "a2")
		}, "law 2"},
		"an abort that overtakes the controller": {abortOfAll(), func(s *tale) {
			s.overtake()
			s.replace(1, "a", "a")
			s.observe("a")
		}, ""},
		"an abort that restarts what had been let go": {abortOfAll(), func(s *tale) {
			s.overtake()
			s.observe("a")
			s.replace(1, "a", "a")
		}, "law 2"},
		"an abort that restarts what nobody had let go": {abortOfAll(), func(s *tale) { s.overtake(); s.replace(0, "a", "a"); s.observe("a") }, "law 2"},
		"below what was asked":                          {Run{Verb: "promote", Count: 1, Step: 1, Exit: 3}, func(s *tale) { s.canary(); s.another(); s.promote(1); s.observe("b") }, "law 3"},
		"the own partition too early": {promoteOfAll(), func(s *tale) {
			s.canary()
			s.another()
			s.write("promote", "promoted", to(0))
		}, "law 2"},
		"another partition than its own": {Run{Verb: "promote", Count: 3, Own: 1, Exit: 3}, func(s *tale) {
			s.another()
			s.write("promote", "promoted", to(2))
		}, "law 3"},
		"beyond the replicas": {scaleToTwo(), func(s *tale) { s.another(); s.write("scale", "open", func(set *Set) { set.Replicas = 4 }) }, "law 3"},
	})
}

// Which pod may be taken away.
func TestLawsOfRemovals(t *testing.T) {
	forEach(t, map[string]plot{
		"a stuck canary taken away": {abortOfAll(), func(s *tale) {
			s.broken()
			s.another()
			s.write("abort", "open", func(set *Set) { set.Template = "a" })
			s.observe("a")
			s.remove(pod(2, "b"), bound)
		}, ""},
		"removed by force": {abortOfAll(), func(s *tale) {
			s.broken()
			s.another()
			s.write("abort", "open", func(set *Set) { set.Template = "a" })
			s.observe("a")
			s.remove(pod(2, "b"), `{"gracePeriodSeconds":0,"preconditions":{"uid":"2b","resourceVersion":"9"}}`)
		}, "law 4"},
		"a good one removed":                {abortOfAll(), func(s *tale) { s.canary(); s.another(); s.remove(pod(2, "b"), bound) }, "law 4"},
		"one on the right revision removed": {abortOfAll(), func(s *tale) { s.broken(); s.another(); s.remove(pod(2, "b"), bound) }, "law 4"},
		"removed by a promote":              {promoteOfAll(), func(s *tale) { s.broken(); s.another(); s.remove(pod(2, "b"), bound) }, "law 4"},
		"an ordinal removed by a scale":     {scaleToTwo(), func(s *tale) { s.broken(); s.another(); s.remove(pod(2, "b"), bound) }, "law 4"},
		"removed before it is observed": {abortOfAll(), func(s *tale) {
			s.broken()
			s.another()
			s.write("abort", "open", func(set *Set) { set.Template = "a" })
			s.remove(pod(2, "b"), bound)
		}, "law 5"},
	})
}

// What a write stands on, and what is told of it.
func TestLawsOfGround(t *testing.T) {
	forEach(t, map[string]plot{
		"refused and written": {Run{Verb: "canary", Count: 1, Exit: 4}, (*tale).canary, "law 0"},
		"written again":       {Run{Verb: "canary", Count: 1, Again: true}, (*tale).canary, "law 7"},
		"not what was reported": {canaryOfOne(), func(s *tale) {
			s.write("canary", "open", func(set *Set) { set.Template, set.Partition = "b", 2 })
			s.observe("b")
		}, "law 0"},
		"written while a watch is down": {canaryOfOne(), func(s *tale) { s.Watches[1].To = s.now.Add(-time.Minute); s.canary() }, "law 5"},
		"bound to nothing": {canaryOfOne(), func(s *tale) {
			s.canary()
			s.Events[4].Request = json.RawMessage(`[{"op":"replace","path":"/spec/replicas","value":1}]`)
		}, "law 5"},
		"no record": {canaryOfOne(), func(s *tale) { s.canary(); s.Events[4].Set.Record = "" }, "law 9"},
		"the record as it was": {promoteOfAll(), func(s *tale) {
			s.canary()
			s.another()
			s.promote(1)
			s.Events[len(s.Events)-1].Set.Record = s.Events[4].Set.Record
		}, "law 9"},
		"after another hand": {canaryOfOne(), func(s *tale) {
			s.status(func(set *Set) { set.Generation, set.Observed, set.Template = 2, 2, "c" })
			s.canary()
		}, "law 0"},
	})
}

// expect checks the first breach, by how it begins; "" for none.
func (s *tale) expect(t *testing.T, run Run, want string) {
	t.Helper()
	run.Agent = runner
	breaches := s.Check(run)
	switch {
	case want == "" && len(breaches) > 0:
		t.Errorf("%v", breaches)
	case want != "" && (len(breaches) == 0 || !strings.HasPrefix(breaches[0].String(), want)):
		t.Errorf("want %s, got %v", want, breaches)
	}
}

// overtake is an abort before the controller has seen the last write of a promote.
func (s *tale) overtake() {
	s.canary()
	s.promote(1)
	s.another()
	s.write("abort", "open", func(set *Set) { set.Template, set.Partition = "a", 0 })
}

// another makes what was before another run's.
func (s *tale) another() {
	for i := range s.Events {
		if s.Events[i].Agent == runner {
			s.Events[i].Agent = "kubectl-sts/0"
		}
	}
	for _, w := range s.Watches {
		w.From = s.now
	}
	s.now = s.now.Add(time.Second)
}
