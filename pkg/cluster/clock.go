// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"sync"
	"time"
)

// serverClock tells the server's time. A Date header is the server's time with
// its fraction of a second cut off, and older by the time that it travelled, so
// the server is at least so far ahead as the header that is furthest ahead of
// our clock says. That bound only ever grows, and our own clock is read by its
// monotonic part alone: so the time never goes back, whatever is done to the
// clock of this machine.
type serverClock struct {
	now   func() time.Time
	start time.Time

	mu    sync.Mutex
	heard bool
	ahead time.Duration
}

func newServerClock(now func() time.Time) *serverClock {
	return &serverClock{now: now, start: now()}
}

// Now is the server's time; ours, until the server has answered once.
func (c *serverClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local().Add(c.ahead)
}

func (c *serverClock) local() time.Time {
	return c.start.Round(0).Add(c.now().Sub(c.start)).UTC()
}

func (c *serverClock) hear(date time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead := date.Sub(c.local()); !c.heard || ahead > c.ahead {
		c.ahead, c.heard = ahead, true
	}
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
	response, err := l.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	// A server without a clock sends no date, and then ours must do.
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		l.clock.hear(date)
	}
	return response, nil
}

// WrappedRoundTripper lets client-go find the transport below, for its debug output.
func (l listener) WrappedRoundTripper() http.RoundTripper { return l.next }
