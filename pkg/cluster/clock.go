// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"math"
	"net/http"
	"sync"
	"time"
)

// serverClock tells the server's time, by our own clock as long as that can be
// right. Each answer sets bounds: its Date header is the server's time with the
// fraction of a second cut off, at some moment between request and answer. Where
// our clock is out of bounds, it is moved to the nearest one; many answers take
// that to within a few milliseconds.
//
// Our own clock is read by its monotonic part alone, and the time that is told
// never goes back: an age that shrinks would be taken for another pod.
type serverClock struct {
	now   func() time.Time
	start time.Time

	mu       sync.Mutex
	low      time.Duration // the server is ahead by at least this
	high     time.Duration // and by at most this, unless servers differ
	lastTold time.Time
}

func newServerClock(now func() time.Time) *serverClock {
	return &serverClock{now: now, start: now(), low: math.MinInt64, high: math.MaxInt64}
}

// Now is the server's time; ours, until the server has answered.
func (c *serverClock) Now() time.Time {
	local := c.local()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.low == math.MinInt64 {
		return local
	}
	// Of two servers that differ, the one that is ahead wins.
	ahead := max(min(0, c.high), c.low)
	if told := local.Add(ahead); told.After(c.lastTold) {
		c.lastTold = told
	}
	return c.lastTold
}

func (c *serverClock) local() time.Time {
	return c.start.Round(0).Add(c.now().Sub(c.start)).UTC()
}

// hear takes the date of an answer, and when by our clock its request went out.
func (c *serverClock) hear(date, asked time.Time) {
	low, high := date.Sub(c.local()), date.Add(time.Second).Sub(asked)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.low, c.high = max(c.low, low), min(c.high, high)
}

// wrap makes a transport tell the clock what every answer says of the time.
func (c *serverClock) wrap(next http.RoundTripper) http.RoundTripper {
	return listener{next: next, clock: c}
}

type listener struct {
	next  http.RoundTripper
	clock *serverClock
}

// RoundTrip implements http.RoundTripper.
func (l listener) RoundTrip(request *http.Request) (*http.Response, error) {
	asked := l.clock.local()
	response, err := l.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	// A server without a clock sends no date, and then ours must do.
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		l.clock.hear(date, asked)
	}
	return response, nil
}

// WrappedRoundTripper lets client-go find the transport below.
func (l listener) WrappedRoundTripper() http.RoundTripper { return l.next }
