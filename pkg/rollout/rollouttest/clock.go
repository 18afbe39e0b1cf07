// SPDX-License-Identifier: Apache-2.0

package rollouttest

import "time"

// Clock is the server's. It runs with the bubble's virtual time.
type Clock struct {
	epoch time.Time
	start time.Time // when the bubble's clock showed the epoch
}

// epoch is when every story begins.
func epoch() time.Time { return time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC) }

// NewClock begins at the epoch. It must be called inside a bubble.
func NewClock() Clock {
	return Clock{epoch: epoch(), start: <-time.After(time.Nanosecond)}
}

// Now is the time.
func (c Clock) Now() time.Time { return c.epoch.Add(time.Since(c.start)) }

// pass lets virtual time go by.
func (c Clock) pass(d time.Duration) { <-time.After(d) }
