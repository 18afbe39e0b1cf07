// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
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

// NudgeKey is the annotation of the last nudge, with its time: a denied ordinal that no
// pod has come for since has failed. The controller does not read it.
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
	pods  uint64        // which there were; while they change, the controller is at work
	from  time.Duration // what the stall clock showed when they changed last
}

// left is how long until the next one; false where the controller is not the one
// who is awaited.
func (n *nudges) left(s State, blockers []Blocker, stalled time.Duration) (time.Duration, bool) {
	n.from = min(n.from, stalled)
	if pods := s.identities(); pods != n.pods {
		n.pods, n.from, n.made = pods, stalled, false
	}
	idle := stalled - n.from
	n.made = n.made && idle > 0
	if !s.isControllers(blockers) {
		return 0, false
	}
	if !n.made {
		n.after = s.firstNudge(blockers)
	}
	return max(n.after-idle, 0), true
}

// identities tells whether the same pods are there as before.
func (s State) identities() uint64 {
	h := fnv.New64a()
	for _, pod := range slices.Concat(s.Pods, s.Surplus) {
		h.Write([]byte(pod.UID + " ")) // a hash.Hash never fails
	}
	return h.Sum64()
}

// firstNudge comes soon after a denial of what the set is now. One that the controller
// has not observed yet was denied as it was before.
func (s State) firstNudge(blockers []Blocker) time.Duration {
	if s.Set.observed() && slices.ContainsFunc(blockers, isDenied) {
		return soonNudge
	}
	return firstNudge
}

// isDenied says that the server would not let the controller make the pod.
func isDenied(b Blocker) bool {
	return slices.Contains([]CauseID{
		Quota, Policy, WebhookDenied, WebhookFailed, LimitRange, ServiceAccount, PriorityClass, InvalidPod, Denied,
	}, b.Cause.ID)
}

// isControllers says that all that is awaited is for the controller to do.
func (s State) isControllers(blockers []Blocker) bool {
	others := func(b Blocker) bool { return !b.Controllers || b.Failed }
	return s.Blind == "" && len(blockers) > 0 && !slices.ContainsFunc(blockers, others)
}

// nudge writes the annotation. That is a courtesy: a server that does not take it is
// told of, and the run goes on without.
func (d *driver) nudge(ctx context.Context, s State, blockers []Blocker) error {
	why := idle(blockers, d.nudges.after)
	d.nudges.after, d.nudges.made, d.lease.Nudged = max(2*d.nudges.after, firstNudge), true, s.At
	change := Change{Nudge: &Nudge{At: s.At}, Why: why + ": a write of the set makes the controller try again"}
	switch set, err := d.cluster.Apply(ctx, s, change); {
	case err == nil:
		d.lease.Version, d.lease.Noted = set.Version, true
		d.tell(s, []Event{{Type: WriteEvent, At: s.At, Change: &change, Message: change.Why}})
		return rewritten(d.goal, s.Set, change, set)
	case errors.Is(err, ErrMoved):
	case errors.Is(err, ErrLost), ctx.Err() != nil:
		d.lease.Noted = true
	default:
		d.tell(s, []Event{{Type: WarningEvent, At: s.At, Message: fmt.Sprintf("%s, and the controller cannot be called back: %v", why, err)}})
	}
	return nil
}

// idle says what has not come, and for how long.
func idle(blockers []Blocker, waited time.Duration) string {
	if i := slices.IndexFunc(blockers, isDenied); i >= 0 {
		return fmt.Sprintf("%s was denied, and no pod has come for %s", blockers[i].PodName, waited)
	}
	return fmt.Sprintf("nothing has changed for %s", waited)
}
