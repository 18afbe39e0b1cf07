// SPDX-License-Identifier: Apache-2.0

package rollout

import "time"

// mostCourtesy is how long a write lets the controller go first. It only saves
// time: the write would be as safe without.
const mostCourtesy = 50 * time.Millisecond

// courtesy keeps a write from coming between the event by which an ordinal is
// Available and the status that counts it. There, the controller's own write
// meets a set that has changed (409), and it comes back to the set later than
// if it had been let go first (pkg/controller/statefulset/stateful_set.go:
// processNextWorkItem, AddRateLimited).
type courtesy struct{ since time.Time }

// left is how long the write may still wait for the controller.
func (c *courtesy) left(s State, act Change) time.Duration {
	if act.Set == nil || s.available() <= int(s.Set.AvailableReplicas) {
		return 0
	}
	if c.since.IsZero() {
		c.since = s.At
	}
	return mostCourtesy - s.At.Sub(c.since)
}
