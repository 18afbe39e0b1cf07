// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// firstNudge is how long the controller may leave a set alone whose turn is its
	// own; each nudge after the first waits twice as long.
	firstNudge = 20 * time.Second
	// soonNudge is it where the server would not let it make a pod: whoever runs a
	// command again may have ended that.
	soonNudge = time.Second
)

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
		n.after = first(blockers)
	}
	if !s.isControllers(blockers) {
		return 0, false
	}
	return max(n.after-stalled, 0), true
}

func first(blockers []Blocker) time.Duration {
	denied := func(b Blocker) bool { return slices.Contains([]CauseID{Quota, Denied, InvalidPod}, b.Cause.ID) }
	if slices.ContainsFunc(blockers, denied) {
		return soonNudge
	}
	return firstNudge
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
	d.nudges.after = max(2*waited, firstNudge)
	record := d.lease.recall(s).renewed(d.goal.Op())
	record.Run = d.lease.Run
	return d.act(ctx, s, Change{
		Set:   s.patch(SetPatch{Record: record}),
		Why:   fmt.Sprintf("the controller has done nothing for %s, and any write brings it back", waited),
		Nudge: true,
	})
}

// renewed is the record of the operation that is under way, as of now. Where there
// is none, as on a set that an apply has just made, it is one of an operation that is
// done: it holds nobody to anything.
func (s State) renewed(op string) Record {
	if r := s.open(); r != nil {
		record := s.next(r.Op, Revision{Name: r.From, Digest: r.FromDigest})
		record.State, record.Args = r.State, r.Args
		return record
	}
	record := s.next(op, s.recorded())
	record.State = Done
	return record
}
