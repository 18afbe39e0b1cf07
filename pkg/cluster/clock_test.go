// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"testing"
	"time"
)

// aClock is a clock of this machine that a test sets.
type aClock struct{ time.Time }

func (c *aClock) now() time.Time { return c.Time }

func (c *aClock) pass(d time.Duration) { c.Time = c.Add(d) }

// answering is a server that is ahead, or has no clock, and takes its time.
type answering struct {
	clock *aClock
	ahead time.Duration
	none  bool
	takes time.Duration
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	a.clock.pass(a.takes)
	header := http.Header{}
	if !a.none {
		header.Set("Date", a.clock.Add(a.ahead).UTC().Format(http.TimeFormat))
	}
	a.clock.pass(a.takes)
	return &http.Response{Header: header}, nil
}

func TestClockIsTheServers(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead    time.Duration
		none     bool
		low, off time.Duration // told minus the server's time is from low to off
	}{
		"the same":             {0, false, 0, 0},
		"a little apart":       {400 * time.Millisecond, false, -400 * time.Millisecond, 0},
		"we are late":          {time.Hour, false, -150 * time.Millisecond, 0},
		"we are early":         {-time.Hour, false, 0, 150 * time.Millisecond},
		"no date in any of it": {time.Hour, true, -time.Hour, -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			ours := &aClock{time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}
			server := &answering{ours, tt.ahead, tt.none, 50 * time.Millisecond}
			clock := newServerClock(ours.now)
			last := asking(t, clock, server, 40)
			if off := last.Sub(ours.Add(tt.ahead)); off < tt.low || off > tt.off {
				t.Errorf("off by %s, not from %s to %s", off, tt.low, tt.off)
			}
		})
	}
}

// asking asks a server some times, and returns the time that is told then. It
// must never go back.
func asking(t *testing.T, clock *serverClock, server *answering, times int) time.Time {
	t.Helper()
	last := clock.told
	for range times {
		server.clock.pass(37 * time.Millisecond)
		if _, err := clock.wrap(server).RoundTrip(&http.Request{}); err != nil {
			t.Fatal(err)
		}
		now := clock.Now()
		if now.Before(last) {
			t.Fatalf("the time went back from %s to %s", last, now)
		}
		last = now
	}
	return last
}

// A proxy that answers once in the server's place, with another clock, is outvoted, and
// what it has moved comes back without going back.
func TestClockForgetsAWrongAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		before, after int           // right answers
		passes        time.Duration // then
		off           time.Duration
	}{
		"after many":                    {5, 0, 0, 0},
		"after many, and more":          {5, 20, time.Minute, 0},
		"at first":                      {0, 0, 0, time.Minute},
		"at first, and then right ones": {0, 2, time.Minute, 30 * time.Second},
		"and for long":                  {0, 2, 3 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ours := &aClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			clock := newServerClock(ours.now)
			asking(t, clock, &answering{clock: ours}, tt.before)
			asking(t, clock, &answering{clock: ours, ahead: time.Minute}, 1)
			asking(t, clock, &answering{clock: ours}, tt.after)
			ours.pass(tt.passes)
			if off := clock.Now().Sub(ours.Time); off < tt.off-time.Second || off > tt.off+time.Second {
				t.Errorf("off by %s, want %s", off, tt.off)
			}
		})
	}
}

// Of several servers behind one address one may be wrong, and one slow.
func TestClockNeverGoesBack(t *testing.T) {
	ours := &aClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	clock := newServerClock(ours.now)
	for _, ahead := range []time.Duration{-time.Hour, -time.Hour, -time.Minute, time.Minute, -time.Hour, 0, time.Second} {
		for _, takes := range []time.Duration{5 * time.Second, time.Millisecond} {
			asking(t, clock, &answering{clock: ours, ahead: ahead, takes: takes}, 3)
		}
	}
}
