// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// restless is more events than come between any two rests.
const restless = 2000

// Twin is a model that goes from rest to rest, so that a real set can be held
// against it: both are given the same write, and both must come to the same end.
type Twin struct {
	*Model
	held map[string]bool // uids of pods that are not let go
}

// NewTwin is a set as the start has it, at rest.
func NewTwin(s Start) *Twin { return &Twin{Model: newModel(s, epoch()), held: map[string]bool{}} }

// Clone is a second twin, which can try what may come.
func (t *Twin) Clone() *Twin {
	m := &Model{
		now: t.now, set: t.set, pods: slices.Clone(t.pods), denials: maps.Clone(t.denials), fates: t.fates, stamps: t.stamps,
		claims: slices.Clone(t.claims), revisions: slices.Clone(t.revisions), moments: slices.Clip(t.moments), version: t.version, born: t.born,
		controller: t.controller,
		digests:    map[Template]string{}, looks: map[int64]rollout.Set{}, revisionLooks: map[revision]rollout.Revision{},
	}
	return &Twin{Model: m, held: maps.Clone(t.held)}
}

// Write is somebody's write of the spec.
func (t *Twin) Write(templateName string, partition rollout.Partition, replicas int32) {
	t.edit("twin", func(s *set) {
		s.template, s.partition, s.replicas = Template{Name: templateName}, partition, replicas
	})
}

// Hold deletes the pod of an ordinal, which then stays Terminating.
func (t *Twin) Hold(ordinal int32) {
	if p, ok := t.podNamed(podName(ordinal)); ok {
		t.held[p.uid] = true
		t.deletePod(p)
	}
}

// Release lets go of the pod of an ordinal.
func (t *Twin) Release(ordinal int32) {
	if p, ok := t.podNamed(podName(ordinal)); ok {
		delete(t.held, p.uid)
	}
}

// Rest lets things happen, in the order of the dice, until nothing is left that
// would; false where the set never rests.
func (t *Twin) Rest(dice Dice) bool {
	for range restless {
		actions := t.possible()
		if len(actions) > 0 {
			actions[dice.Pick("step", len(actions))]()
			continue
		}
		next, ok := t.next()
		if !ok {
			return true
		}
		t.now = next
	}
	return false
}

func (t *Twin) possible() []func() {
	var all []func()
	if t.wants() {
		all = append(all, t.sync)
	}
	if t.behind() {
		all = append(all, t.watch)
	}
	for _, p := range t.pods {
		if at, ok := t.due(p); ok && !at.After(t.now) {
			all = append(all, func() { t.advance(p) })
		}
	}
	return all
}

func (t *Twin) due(p *pod) (time.Time, bool) {
	if t.held[p.uid] {
		return time.Time{}, false
	}
	return p.due()
}

// next is when the clock alone makes something possible.
func (t *Twin) next() (time.Time, bool) {
	var times []time.Time
	for _, p := range t.pods {
		if at, ok := t.due(p); ok {
			times = append(times, at)
		}
		if p.isReady() {
			times = append(times, p.readyAt.Add(t.set.minReady))
		}
	}
	if t.controller.errors > 0 {
		times = append(times, t.controller.retryAt)
	}
	times = slices.DeleteFunc(times, func(at time.Time) bool { return !at.After(t.now) })
	if len(times) == 0 {
		return time.Time{}, false
	}
	return slices.MinFunc(times, time.Time.Compare), true
}

// Rest is what can be seen of a set that has come to rest, by the names of its
// templates.
type Rest struct {
	Observed        bool   // the newest generation
	Current, Update string // templates of the two revisions
	One             bool   // and whether they are one
	History         string // templates of all revisions, ascending
	Counts          Counts
	Pods            []RestingPod // ascending
}

// Counts are those of the status.
type Counts struct{ Replicas, Ready, Available, Current, Updated int }

// RestingPod is a pod of such a set.
type RestingPod struct {
	Ordinal        int32
	UID            string
	Template       string
	Ready, Leaving bool
}

// Look is what can be seen of the model.
func (t *Twin) Look() Rest {
	m := t.truth()
	s := m.set.status
	current, _ := m.revisionNamed(s.current)
	update, _ := m.revisionNamed(s.update)
	r := Rest{
		Observed: s.observed == m.set.generation, Current: current.template.Name, Update: update.template.Name, One: s.current == s.update,
		Counts: Counts{s.replicas, s.readyReplicas, s.availableReplicas, s.currentReplicas, s.updatedReplicas},
	}
	var names []string
	for _, revision := range m.revisions {
		names = append(names, revision.template.Name)
	}
	r.History = strings.Join(names, " ")
	for _, p := range m.pods {
		r.Pods = append(r.Pods, RestingPod{p.ordinal, p.uid, p.template.Name, p.isReady(), p.leaving()})
	}
	return r
}
