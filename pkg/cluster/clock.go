// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"sync"
	"time"
)

// serverClock tells the server's time, by our own clock as long as that can be
// right. Each answer sets bounds: its Date header is the server's time with the
// fraction of a second cut off, at some moment between request and answer. Of
// several servers one may be wrong, and so may a proxy that answers in their place:
// the time is what most of the last answers agree on, and of two that as many agree
// on the earlier one. Where our clock is out of those bounds, it is moved to the
// nearest one; several answers take that to within a tenth of a second.
//
// Our own clock is read by its monotonic part alone, and the time that is told
// never goes back: an age that shrinks would be taken for another pod. Where it turns
// out to be ahead, it goes at half the pace until it is not.
type serverClock struct {
	now   func() time.Time
	start time.Time

	mu      sync.Mutex
	answers []bounds // the last ones
	ahead   time.Duration
	told    time.Time // what was told last; zero for nothing
	at      time.Time // and when, by our clock
}

// bounds of how far the server is ahead, by one answer.
type bounds struct{ low, high time.Duration }

func (b bounds) has(ahead time.Duration) bool { return b.low <= ahead && ahead <= b.high }

// mostAnswers are kept. A wrong one is outvoted by the next two, and forgotten after so many.
const mostAnswers = 16

func newServerClock(now func() time.Time) *serverClock {
	return &serverClock{now: now, start: now()}
}

// Now is the server's time; ours, until the server has answered.
func (c *serverClock) Now() time.Time {
	local := c.local()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) == 0 {
		return local
	}
	told := local.Add(c.ahead)
	if slow := c.told.Add(local.Sub(c.at) / 2); !c.told.IsZero() && slow.After(told) {
		told = slow
	}
	c.told, c.at = told, local
	return told
}

func (c *serverClock) local() time.Time {
	return c.start.Round(0).Add(c.now().Sub(c.start)).UTC()
}

// hear takes the date of an answer, and when by our clock its request went out.
func (c *serverClock) hear(date, asked time.Time) {
	answer := bounds{low: date.Sub(c.local()), high: date.Add(time.Second).Sub(asked)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, answer)
	c.answers = c.answers[max(len(c.answers)-mostAnswers, 0):]
	agreed := agreement(c.answers)
	c.ahead = max(min(0, agreed.high), agreed.low)
}

// agreement are the narrowest bounds within which most answers agree; the lowest of
// several such. They begin where those of some answer do.
func agreement(answers []bounds) bounds {
	var agreed bounds
	most := 0
	for _, from := range answers {
		within := from
		n := 0
		for _, other := range answers {
			if other.has(from.low) {
				n, within.high = n+1, min(within.high, other.high)
			}
		}
		if n > most || n == most && within.low < agreed.low {
			agreed, most = within, n
		}
	}
	return agreed
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
