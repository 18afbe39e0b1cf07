// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"context"
	"errors"
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

// NudgeKey is the annotation of the last nudge, with its time. Neither this program
// nor the controller reads it.
const NudgeKey = "kubectl-sts/nudged-at"

// Nudge is a write of [NudgeKey] alone: it makes no generation and moves nothing.
type Nudge struct{ At time.Time }

// nudges bring a controller back to the set. After an error it comes by itself, but
// by a backoff that grows to 1000 s
// (client-go/util/workqueue: DefaultTypedControllerRateLimiter), and nothing tells
// it that a quota was raised or a webhook mended. Any write of the set does
// (pkg/controller/statefulset/stateful_set.go: UpdateFunc).
type nudges struct {
	after time.Duration // when the next is due, in a row without progress
	made  bool          // one was made in this row
}

// left is how long until the next one; false where the controller is not the one
// who is awaited.
func (n *nudges) left(s State, blockers []Blocker, stalled time.Duration) (time.Duration, bool) {
	n.made = n.made && stalled > 0
	if !s.isControllers(blockers) {
		return 0, false
	}
	if !n.made {
		n.after = first(blockers)
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

// isControllers says that all that is awaited is for the controller to do.
func (s State) isControllers(blockers []Blocker) bool {
	others := func(b Blocker) bool { return !b.Controllers || b.Failed }
	return s.Blind == "" && len(blockers) > 0 && !slices.ContainsFunc(blockers, others)
}

// nudge writes the annotation. That is a courtesy: a server that does not take it is
// told of, and the run goes on without.
func (d *driver) nudge(ctx context.Context, s State) {
	waited := d.nudges.after
	d.nudges = nudges{after: max(2*waited, firstNudge), made: true}
	change := Change{
		Nudge: &Nudge{At: s.At},
		Why:   fmt.Sprintf("the controller has done nothing for %s, and any write brings it back", waited),
	}
	switch set, err := d.cluster.Apply(ctx, s, change); {
	case err == nil:
		d.lease.Version = set.Version
		d.tell(s, []Event{{Type: WriteEvent, At: s.At, Change: &change, Message: change.Why}})
	case errors.Is(err, ErrMoved), errors.Is(err, ErrLost), ctx.Err() != nil:
	default:
		d.tell(s, []Event{{Type: WarningEvent, At: s.At, Message: fmt.Sprintf("the controller, which has done nothing for %s, cannot be called back: %v", waited, err)}})
	}
}
