// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package twin

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// orders is how many orders of events a step is tried in.
const orders = 6

// fates of the templates: a and b are good.
func fates() map[string]rollouttest.Fate {
	return map[string]rollouttest.Fate{"c": rollouttest.NeverPull, "d": rollouttest.Unready}
}

// image of a template, whose tag tells the played kubelet its fate.
func image(templateName string) string {
	return map[string]string{"a": "app:a", "b": "app:b", "c": "app:c-neverpull", "d": "app:d-unready"}[templateName]
}

// starts are the schedules of one policy: what stays as it is in each.
func starts(parallel bool) []rollouttest.Start {
	all := []rollouttest.Start{
		{Replicas: 3, MaxUnavailable: 1, HistoryLimit: 10},
		{Replicas: 4, MaxUnavailable: 2, HistoryLimit: 1, Ordinals: 3},
		{Replicas: 5, MaxUnavailable: 1, HistoryLimit: 0, Partition: rollout.Partition{Nil: true}},
		{Replicas: 6, MaxUnavailable: 3, HistoryLimit: 2, Ordinals: 3},
		{Replicas: 3, MaxUnavailable: 2, HistoryLimit: 10, MinReady: time.Second},
	}
	for i := range all {
		all[i].Parallel, all[i].Fates = parallel, fates()
	}
	return all
}

// spec is what the steps write.
type spec struct {
	template  string
	partition rollout.Partition
	replicas  int32
}

func (s spec) String() string {
	return fmt.Sprintf("template %s, partition %s, replicas %d", s.template, s.partition, s.replicas)
}

// step is one thing that somebody does.
type step struct {
	spec          spec // as it is after the step
	holds, leaves bool // delete a pod and hold it, or let it go
	ordinal       int32
}

func (s step) String() string {
	switch {
	case s.holds:
		return fmt.Sprintf("delete %d", s.ordinal)
	case s.leaves:
		return fmt.Sprintf("let go of %d", s.ordinal)
	default:
		return s.spec.String()
	}
}

// do it to the model.
func (s step) do(t *rollouttest.Twin) {
	switch {
	case s.holds:
		t.Hold(s.ordinal)
	case s.leaves:
		t.Release(s.ordinal)
	default:
		t.Write(s.spec.template, s.spec.partition, s.spec.replicas)
	}
}

// schedule is the model's part of the steps.
type schedule struct {
	*rand.Rand
	start   rollouttest.Start
	model   *rollouttest.Twin
	spec    spec
	before  rollouttest.Rest // of the model
	steps   []step
	untaken int // steps whose end cannot be foretold
}

func newSchedule(start rollouttest.Start, random *rand.Rand) *schedule {
	model := rollouttest.NewTwin(start)
	return &schedule{
		Rand: random, start: start, model: model, before: model.Look(),
		spec: spec{template: "a", partition: start.Partition, replicas: start.Replicas},
	}
}

// next draws a step, does it to the model, and returns what it comes to.
func (s *schedule) next() rollouttest.Rest {
	for {
		step, ok := s.draw()
		if !ok {
			continue
		}
		model, ok := s.try(step)
		if !ok {
			s.untaken++
			continue
		}
		s.model, s.spec, s.steps = model, step.spec, append(s.steps, step)
		return model.Look()
	}
}

// try a step in several orders of events; false where they do not all come to
// one end.
func (s *schedule) try(step step) (*rollouttest.Twin, bool) {
	var model *rollouttest.Twin
	var end string
	for range orders {
		model = s.model.Clone()
		step.do(model)
		if !model.Rest(rollouttest.NewSeeded(s.Uint64())) {
			return nil, false
		}
		this := line(step.spec, s.start, s.before, model.Look())
		if end != "" && end != this {
			return nil, false
		}
		end = this
	}
	return model, true
}

// draw a step; false where it would do nothing.
func (s *schedule) draw() (step, bool) {
	next := step{spec: s.spec}
	switch s.IntN(16) {
	case 0, 1, 2:
		next.spec.template = s.template()
	case 3, 4:
		next.spec.partition = s.partition()
	case 5, 6, 7:
		next.spec.template, next.spec.partition = s.template(), s.partition()
	case 8:
		next.spec.partition = rollout.Partition{Nil: true}
	case 9, 10:
		next.spec.replicas = s.Int32N(7)
	default:
		return s.drawPod()
	}
	return next, next.spec != s.spec
}

// drawPod deletes a pod, or lets go of one that was deleted before.
func (s *schedule) drawPod() (step, bool) {
	pods := s.model.Look().Pods
	if len(pods) == 0 {
		return step{}, false
	}
	p := pods[s.IntN(len(pods))]
	return step{spec: s.spec, ordinal: p.Ordinal, holds: !p.Leaving, leaves: p.Leaving}, true
}

func (s *schedule) template() string { return string("aaabbbcd"[s.IntN(8)]) }

func (s *schedule) partition() rollout.Partition {
	return rollout.Partition{Index: s.Int32N(s.spec.replicas + 2)}
}

// line is a rest in a line: revisions, history, counts, and the pods by ordinal,
// with ! where one is not Ready, ~ where it is on its way out, * where it was
// not there before, and + where it is out of range.
func line(s spec, start rollouttest.Start, before, r rollouttest.Rest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s>%s observed=%v one=%v history=%q %+v", r.Current, r.Update, r.Observed, r.One, r.History, r.Counts)
	known := map[string]bool{}
	for _, p := range before.Pods {
		known[p.UID] = true
	}
	at := start.Ordinals
	end := at + s.replicas
	missing := func(upTo int32) {
		for ; at < min(upTo, end); at++ {
			fmt.Fprintf(&b, " %d:-", at)
		}
	}
	for _, p := range r.Pods {
		missing(p.Ordinal)
		at = p.Ordinal + 1
		fmt.Fprintf(&b, " %d:%s", p.Ordinal, p.Template)
		for _, mark := range []struct {
			text string
			is   bool
		}{{"!", !p.Ready}, {"~", p.Leaving}, {"*", !known[p.UID]}, {"+", p.Ordinal >= end}} {
			if mark.is {
				b.WriteString(mark.text)
			}
		}
	}
	missing(end)
	return b.String()
}
