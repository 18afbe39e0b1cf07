// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Model is the true state of one StatefulSet and all that belongs to it. Every
// change appends a [Moment], so that watches can lag and laws can look back.
type Model struct {
	now     time.Time
	set     set
	pods    []*pod   // ascending by ordinal; one an ordinal, as names are unique
	claims  []*claim // ascending by ordinal
	denials map[int32]denial
	fates   map[string]Fate // by a template's name; none is Good
	stamps  bool            // a webhook stamps each template that is stored

	revisions []revision // ascending by number
	moments   []Moment
	version   int64 // the last resourceVersion given
	born      int   // pods so far, for their uids

	controller controller

	// What package rollout makes of things, worked out once. Two runs may look at
	// the same instant.
	looking       sync.Mutex
	published     int // moments
	digests       map[Template]string
	looks         map[int64]rollout.Set // by resourceVersion
	revisionLooks map[revision]rollout.Revision
}

// set is the StatefulSet.
type set struct {
	uid        string
	version    int64
	generation int64

	template  Template
	partition rollout.Partition
	replicas  int32
	start     int32
	strategy  string
	record    string // the annotation
	nudged    time.Time
	writer    string // who wrote the spec last
	retention rollout.Retention
	claims    bool // it has a claim template
	gone      bool // it was deleted

	parallel       bool
	minReady       time.Duration
	maxUnavailable int
	historyLimit   int

	status status
}

// status is what the controller says of it.
type status struct {
	observed          int64
	current, update   string
	replicas          int
	readyReplicas     int
	availableReplicas int
	currentReplicas   int
	updatedReplicas   int
}

// revision is a ControllerRevision.
type revision struct {
	name     string
	number   int64
	template Template
	record   string // copied from the set when it was made
}

// denial is the FailedCreate event of one ordinal.
type denial struct {
	count     int32
	first, at time.Time
}

// Moment is the truth at one time. Nothing in it is ever changed.
type Moment struct {
	at        time.Time
	set       set
	pods      []*pod
	revisions []revision
	denials   map[int32]denial
	claims    []*claim
}

// setName is the name of every set here.
const setName = "web"

// index of an ordinal; false where it is out of range.
func (s set) index(ordinal int32) (int, bool) {
	i := int(ordinal - s.start)
	return i, i >= 0 && i < int(s.replicas)
}

// released says that the partition lets an index go.
func (s set) released(index int) bool {
	return s.partition.Nil || index >= int(s.partition.Index)
}

// replicaSlice is the in-range pods by index, nil where there is none.
func (m Moment) replicaSlice() []*pod {
	slots := make([]*pod, m.set.replicas)
	for _, p := range m.pods {
		if i, ok := m.set.index(p.ordinal); ok {
			slots[i] = p
		}
	}
	return slots
}

// condemned are the pods out of range, descending by ordinal.
func (m Moment) condemned() []*pod {
	var out []*pod
	for _, p := range m.pods {
		if _, ok := m.set.index(p.ordinal); !ok {
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	return out
}

// revisionNamed finds a revision.
func (m Moment) revisionNamed(name string) (revision, bool) {
	i := slices.IndexFunc(m.revisions, func(r revision) bool { return r.name == name })
	if i < 0 {
		return revision{}, false
	}
	return m.revisions[i], true
}

// What a watch compares: whether there is an event between two moments.
func sameSet(a, b Moment) bool { return a.set.version == b.set.version }

func samePods(a, b Moment) bool {
	return slices.Equal(a.pods, b.pods) && slices.Equal(a.claims, b.claims) && maps.Equal(a.denials, b.denials)
}
func sameRevisions(a, b Moment) bool { return slices.Equal(a.revisions, b.revisions) }

// truth is the newest moment.
func (m *Model) truth() Moment { return m.moments[len(m.moments)-1] }

// changed appends a moment.
func (m *Model) changed() {
	m.moments = append(m.moments, Moment{
		at: m.now, set: m.set, pods: slices.Clone(m.pods),
		revisions: slices.Clone(m.revisions), denials: maps.Clone(m.denials),
		claims: slices.Clone(m.claims),
	})
}

// nextVersion is a resourceVersion.
func (m *Model) nextVersion() int64 {
	m.version++
	return m.version
}

// create makes a pod; it has no node yet.
func (m *Model) create(ordinal int32, r revision) *pod {
	m.born++
	p := &pod{
		ordinal: ordinal, uid: fmt.Sprintf("pod-%d", m.born), version: m.nextVersion(),
		revision: r.name, template: r.template, fate: m.fate(r.template), stage: unplaced,
		created: m.now, since: m.now,
	}
	at, _ := slices.BinarySearchFunc(m.pods, ordinal, func(p *pod, o int32) int { return int(p.ordinal - o) })
	m.pods = slices.Insert(m.pods, at, p)
	m.changed()
	return p
}

func (m *Model) fate(t Template) Fate {
	if fate, ok := m.fates[t.Name]; ok {
		return fate
	}
	return Good
}

// newest is the pod as it is now; false where it is gone.
func (m *Model) newest(p *pod) (*pod, bool) {
	i := slices.IndexFunc(m.pods, func(other *pod) bool { return other.uid == p.uid })
	if i < 0 {
		return nil, false
	}
	return m.pods[i], true
}

// replace makes a new version of a pod.
func (m *Model) replace(p *pod, edit func(*pod)) {
	next := *p
	next.look = nil
	next.version = m.nextVersion()
	edit(&next)
	m.pods[slices.Index(m.pods, p)] = &next
	m.changed()
}

func (m *Model) remove(p *pod) {
	m.pods = slices.Delete(slices.Clone(m.pods), slices.Index(m.pods, p), slices.Index(m.pods, p)+1)
	m.nextVersion()
	m.changed()
}

// edit changes the spec: a new generation.
func (m *Model) edit(writer string, change func(*set)) {
	m.set.version = m.nextVersion()
	m.set.generation++
	m.set.writer = writer
	change(&m.set)
	m.changed()
}

// annotate writes the record; no new generation comes of it.
func (m *Model) annotate(record string) {
	m.set.version = m.nextVersion()
	m.set.record = record
	m.changed()
}

// digest of a template, computed once.
func (m *Model) digest(t Template) string {
	if _, ok := m.digests[t]; !ok {
		m.digests[t] = t.digest()
	}
	return m.digests[t]
}

// podNamed finds a pod of the truth.
func (m *Model) podNamed(name string) (*pod, bool) {
	for _, p := range m.pods {
		if podName(p.ordinal) == name {
			return p, true
		}
	}
	return nil, false
}

func podName(ordinal int32) string { return fmt.Sprintf("%s-%d", setName, ordinal) }
