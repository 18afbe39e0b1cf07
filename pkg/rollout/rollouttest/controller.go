// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"slices"
	"time"
)

// manyRounds is more than any set takes that comes to rest.
const manyRounds = 1000

// controller is the StatefulSet controller of 1.37. What it knows of the spec
// comes from a watch, which lags; what it knows of the pods is the truth, as its
// read-your-writes gate has it.
type controller struct {
	sees     set // the spec that its watch has brought
	synced   int // how many moments there were when it last found nothing to do
	syncedAt time.Time
	retryAt  time.Time // back-off after an error
	errors   int       // in a row
}

// watch brings the newest spec to the controller. It syncs at once, whatever
// back-off it is in (stateful_set.go: the UpdateFunc of its informer).
func (m *Model) watch() {
	m.controller.sees = m.set
	m.controller.synced = 0
	m.controller.retryAt = m.now
}

// behind says that the controller has not been told of the newest spec.
func (m *Model) behind() bool { return m.controller.sees.generation != m.set.generation }

// tick lets everybody do what there is to do now: every kubelet one stage, then
// the controller until it finds nothing more, or has gone round long enough.
func (m *Model) tick() {
	for _, p := range slices.Clone(m.pods) {
		if at, ok := p.due(); ok && !at.After(m.now) {
			m.advance(p)
		}
	}
	for slices.ContainsFunc(m.claims, m.collectable) {
		m.collect()
	}
	m.watch()
	for round := 0; m.wants() && round < manyRounds; round++ {
		m.sync()
	}
}

// sync is one pass, in the order of
// pkg/controller/statefulset/stateful_set_control.go: UpdateStatefulSet.
func (m *Model) sync() {
	before := len(m.moments)
	seen := m.controller.sees
	seen.status = m.set.status
	update, ok := m.choose(seen.template)
	if ok {
		ok = m.pass(seen, update)
	}
	m.controller.syncedAt = m.now
	if len(m.moments) == before {
		m.controller.synced = before
	}
	if ok {
		m.controller.errors = 0
		return
	}
	m.controller.errors++
	m.controller.retryAt = m.now.Add(time.Second << min(m.controller.errors, 6))
}

// pass is what follows once the revisions are known; false after an error.
func (m *Model) pass(seen set, update revision) bool {
	current, found := m.truth().revisionNamed(seen.status.current)
	if !found {
		current = update
	}
	s := &syncing{Model: m, set: seen, current: current, update: update, seen: m.truth()}
	s.seen.set = seen
	s.run()
	m.writeStatus(s.status())
	m.truncate(current.name, update.name)
	return !s.denied
}

// wants says that a sync may do something: a thing has changed since the last
// one that did nothing, an error is to be tried again, or a pod has become
// available by the clock.
func (m *Model) wants() bool {
	if m.set.gone {
		return false
	}
	if m.controller.errors > 0 {
		return !m.behind() && !m.now.Before(m.controller.retryAt)
	}
	if m.controller.synced != len(m.moments) {
		return true
	}
	for _, p := range m.pods {
		if at := p.readyAt.Add(m.set.minReady); p.isReady() && at.After(m.controller.syncedAt) && !at.After(m.now) {
			return true
		}
	}
	return false
}

// syncing is one pass over what was seen at its start.
type syncing struct {
	*Model
	set             set
	seen            Moment
	current, update revision
	deleted         int  // pods deleted for the update: they count no more for currentReplicas
	denied          bool // the server refused to make a pod
}

func (s *syncing) available(p *pod) bool { return p.available(s.set.minReady, s.now) }

// run is updateStatefulSet: replicas ascending, condemned descending, then the
// rolling update; whoever blocks ends the pass.
func (s *syncing) run() {
	replicas, condemned := s.seen.replicaSlice(), s.seen.condemned()
	if !s.processReplicas(replicas) {
		return
	}
	for _, p := range condemned {
		s.own(s.set, p)
	}
	if !s.processCondemned(replicas, condemned) {
		return
	}
	if s.set.strategy == "OnDelete" {
		return
	}
	s.update37(replicas)
}

// processReplicas is processReplica over all of them, ascending. Under Parallel
// nothing but an error ends the pass, and that only after its batch of 1, 2, 4
// and so on (slowStartBatch).
func (s *syncing) processReplicas(replicas []*pod) bool {
	for i, p := range replicas {
		goesOn := s.processReplica(replicas, i, p)
		lastOfBatch := (i+2)&(i+1) == 0 || i == len(replicas)-1
		if !s.set.parallel && !goesOn || s.denied && lastOfBatch {
			return false
		}
	}
	return true
}

func (s *syncing) processReplica(replicas []*pod, i int, p *pod) bool {
	switch {
	case p != nil && p.stage == failed:
		if !p.leaving() {
			s.deletePod(p)
		}
		return false
	case p == nil:
		replicas[i] = s.createReplica(i)
		return false
	case !s.available(p) && !s.set.parallel:
		return false
	default:
		s.own(s.set, p)
		return s.available(p)
	}
}

// createReplica makes the pod of an index, on the revision that
// newVersionedStatefulSetPod gives it; nil where the server refuses it.
func (s *syncing) createReplica(i int) *pod {
	r := s.update
	switch {
	case s.set.strategy == "OnDelete":
	case s.set.partition.Nil && i < s.set.status.currentReplicas,
		!s.set.partition.Nil && i < int(s.set.partition.Index):
		r = s.current
	}
	ordinal := s.set.start + int32(i)
	if s.fate(r.template) == Denied {
		d := s.denials[ordinal]
		if d.count == 0 {
			d.first = s.now
		}
		s.denials[ordinal] = denial{count: d.count + 1, first: d.first, at: s.now}
		s.denied = true
		s.changed()
		return nil
	}
	if !s.claimFor(ordinal) {
		return nil
	}
	p := s.create(ordinal, r)
	s.own(s.set, p)
	return p
}

// processCondemned deletes what is out of range: all of it under Parallel, one
// by one from the highest under OrderedReady, where an unavailable pod goes
// only if it is the first unavailable one of all.
func (s *syncing) processCondemned(replicas, condemned []*pod) bool {
	first := s.firstUnavailable(replicas, condemned)
	for _, p := range condemned {
		switch {
		case s.set.parallel:
			s.deletePod(p)
		case p.leaving(), !s.available(p) && p != first:
			return false
		default:
			s.deletePod(p)
			return false
		}
	}
	return true
}

// firstUnavailable is the lowest unavailable replica, else the lowest
// unavailable condemned pod.
func (s *syncing) firstUnavailable(replicas, condemned []*pod) *pod {
	for _, p := range replicas {
		if !s.available(p) {
			return p
		}
	}
	for i := len(condemned) - 1; i >= 0; i-- {
		if !s.available(condemned[i]) {
			return condemned[i]
		}
	}
	return nil
}

// update37 is updateStatefulSetAfterInvariantEstablished.
func (s *syncing) update37(replicas []*pod) {
	unavailable, stale := 0, 0
	for _, p := range replicas {
		if s.available(p) {
			continue
		}
		unavailable++
		if s.set.parallel && s.offUpdate(p) {
			stale++
		}
	}
	budget := max(s.set.maxUnavailable, 1)
	if s.set.partition.Nil {
		budget = 1
	}
	if unavailable >= budget && stale == 0 {
		return
	}
	if s.set.parallel {
		s.rollDown(replicas, len(replicas), func(p *pod) bool { return !s.available(p) })
		s.rollDown(replicas, budget-unavailable, s.available)
		return
	}
	s.rollDown(replicas, budget-unavailable, func(*pod) bool { return true })
}

// offUpdate says that a pod is to be replaced, even one that was made in this
// very pass: under Parallel and with no rollingUpdate block, a pod that comes on
// the current revision goes at once, and comes again, for ever.
func (s *syncing) offUpdate(p *pod) bool {
	return p != nil && p.revision != s.update.name && !p.leaving()
}

// rollDown deletes at most so many released pods off the update revision, from the top.
func (s *syncing) rollDown(replicas []*pod, budget int, which func(*pod) bool) {
	for i := len(replicas) - 1; i >= 0 && budget > 0; i-- {
		if p := replicas[i]; s.set.released(i) && s.offUpdate(p) && which(p) {
			s.deletePod(p)
			s.deleted++
			budget--
		}
	}
}

// status counts what was seen at the start of the pass, and completes the
// update where all of it agrees (completeUpdate): neither the partition nor
// availability is asked.
func (s *syncing) status() status {
	next := status{observed: s.set.generation, current: s.current.name, update: s.update.name}
	for _, p := range s.seen.pods {
		next.replicas++
		if p.isReady() {
			next.readyReplicas++
		}
		if p.countsAvailable(s.set.minReady, s.now) {
			next.availableReplicas++
		}
		if p.leaving() {
			continue
		}
		if p.revision == s.current.name {
			next.currentReplicas++
		}
		if p.revision == s.update.name {
			next.updatedReplicas++
		}
	}
	next.currentReplicas -= s.deleted
	all := int(s.set.replicas)
	if next.updatedReplicas == all && next.readyReplicas == all && next.replicas == all {
		next.currentReplicas, next.current = next.updatedReplicas, next.update
	}
	return next
}

// writeStatus writes only what differs (inconsistentStatus). The server refuses
// a count below zero, which comes of deleting pods of a third revision
// (pkg/apis/apps/validation/validation.go: ValidateStatefulSetStatus).
func (m *Model) writeStatus(next status) {
	next.observed = max(next.observed, m.set.status.observed)
	if next == m.set.status || next.currentReplicas < 0 {
		return
	}
	m.set.status = next
	m.set.version = m.nextVersion()
	m.changed()
}
