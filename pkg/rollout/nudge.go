// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// firstNudge is how long the controller may leave a set alone whose turn is its
// own; each nudge after the first waits twice as long.
const firstNudge = 20 * time.Second

// nudges bring a controller back to the set. After an error it comes by itself, but
// by a backoff that grows to 1000 s
// (client-go/util/workqueue: DefaultTypedControllerRateLimiter), and nothing tells
// it that a quota was raised or a webhook mended. Any write of the set does
// (pkg/controller/statefulset/stateful_set.go: UpdateFunc); one of the record alone
// makes no generation and moves nothing.
type nudges struct{ after time.Duration } // the next; 0 for the first

// left is how long until the next one; false where the controller is not the one
// who is awaited.
func (n *nudges) left(s State, blockers []Blocker, stalled time.Duration) (time.Duration, bool) {
	if stalled == 0 || n.after == 0 {
		n.after = firstNudge
	}
	if !s.isNoted() || !s.isControllers(blockers) {
		return 0, false
	}
	return max(n.after-stalled, 0), true
}

// isControllers says that all that is awaited is for the controller to do: to make a
// pod, to replace or take away one that stands, or to see a spec.
func (s State) isControllers(blockers []Blocker) bool {
	others := func(b Blocker) bool {
		return b.Rests || b.Failed || slices.Contains([]Phase{Pending, Starting, Failing, Terminating, Ready}, b.Phase)
	}
	return s.Blind == "" && len(blockers) > 0 && !slices.ContainsFunc(blockers, others)
}

// nudge writes the record once more.
func (d *driver) nudge(ctx context.Context, s State) error {
	waited := d.nudges.after
	d.nudges.after *= 2
	record := *s.record()
	record.Run, record.At = d.lease.Run, s.At
	return d.act(ctx, s, Change{
		Set: &SetPatch{Record: record},
		Why: fmt.Sprintf("the controller has done nothing for %s, and any write brings it back", waited),
	})
}

// isNoted says that there is an open record of just this generation.
func (s State) isNoted() bool {
	r := s.record()
	return r.holds() && r.Gen == s.Set.Generation
}

// nudges says that the change moves nothing: it writes an open record, and that alone.
func (c Change) nudges() bool {
	return c.Set != nil && !c.Set.writesSpec() && c.Set.Record.holds()
}
