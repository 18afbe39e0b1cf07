// SPDX-License-Identifier: Apache-2.0

package rollouttest

import "time"

const (
	grace    = 30 * time.Second // terminationGracePeriodSeconds
	backOff  = 10 * time.Second // of a container that crashed
	flapFor  = time.Second      // a flapping pod is Ready for this long at each start
	slowFor  = 18               // failures of ten seconds each that a slow pod's startup probe takes
	slowness = 150 * time.Second
)

// due is when the kubelet (for a pod without a node, the scheduler) has
// something to do for the pod; false for never.
func (p *pod) due() (time.Time, bool) {
	switch {
	case p.leaving():
		return p.since, true
	case p.stage == failed:
		return time.Time{}, false
	}
	switch p.stage {
	case unplaced:
		return p.since, p.fate != Unplaced
	case placed:
		return p.since, true
	case waiting:
		return p.since.Add(backOff), p.fate == Unpulled && p.reason == "ErrImagePull"
	case running:
		if p.fate == Slow {
			return p.since.Add(slowness), true
		}
		return p.since, p.fate != Unready
	case ready:
		return p.since.Add(flapFor), p.fate == Flapping
	case crashed:
		if p.restarts == 0 {
			return p.since, true
		}
		return p.since.Add(backOff << min(p.restarts-1, 5)), true
	default:
		return time.Time{}, false
	}
}

// advance takes the pod one stage further, or, if it is leaving, away.
func (m *Model) advance(p *pod) {
	if p.leaving() {
		m.remove(p)
		return
	}
	m.replace(p, func(next *pod) {
		next.stage = p.next()
		next.since = m.now
		switch next.stage {
		case waiting:
			next.reason = p.whyWaiting()
		case running:
			next.startedAt = m.now
			if p.stage == crashed {
				next.restarts++
			}
		}
		if next.isReady() != p.isReady() || p.stage == unplaced {
			next.readyAt = m.now
		}
	})
}

func (p *pod) next() stage {
	switch p.stage {
	case unplaced:
		return placed
	case placed:
		if p.fate == Unpulled || p.fate == NeverPull {
			return waiting
		}
		return running
	case running:
		if p.fate == Crashing {
			return crashed
		}
		return ready
	case ready:
		return crashed
	case waiting:
		return waiting
	default:
		return running
	}
}

func (p *pod) whyWaiting() string {
	switch {
	case p.fate == NeverPull:
		return "ErrImageNeverPull"
	case p.stage == waiting:
		return "ImagePullBackOff"
	default:
		return "ErrImagePull"
	}
}

// evict ends a pod as a kubelet short of memory does: its object stays, Failed,
// until the controller deletes it.
func (m *Model) evict(p *pod) {
	m.replace(p, func(next *pod) { next.stage, next.since = failed, m.now })
}

// deletePod is what the API server does at a delete: a pod that is on no node,
// or Failed, is gone at once (pkg/registry/core/pod/strategy.go: CheckGracefulDelete).
func (m *Model) deletePod(p *pod) {
	p, ok := m.newest(p)
	switch {
	case !ok || p.leaving():
	case p.stage == unplaced || p.stage == failed:
		m.remove(p)
	default:
		m.replace(p, func(next *pod) { next.leaves, next.since = m.now.Add(grace), m.now })
	}
}
