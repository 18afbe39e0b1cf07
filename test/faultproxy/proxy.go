// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Proxy passes requests on, but for those that its schedule has something for.
type Proxy struct {
	reverse *httputil.ReverseProxy

	mu       sync.Mutex
	schedule Schedule
	tell     func(signal string)
	nth      map[Kind]int            // since the schedule began
	counts   map[string]map[Kind]int // by user agent, since ever
	met      []string
	down     bool
	drop     func() // ends what connections there are
}

// New is a proxy of what answers at target through next.
func New(target *url.URL, next http.RoundTripper) *Proxy {
	p := &Proxy{
		reverse: httputil.NewSingleHostReverseProxy(target),
		nth:     map[Kind]int{}, counts: map[string]map[Kind]int{},
		tell: func(string) {}, drop: func() {},
	}
	p.reverse.Transport = next
	p.reverse.FlushInterval = -1 // a watch is answered event by event
	p.reverse.ErrorLog = log.New(io.Discard, "", 0)
	p.reverse.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { hangUp(rw) }
	return p
}

// Play begins a schedule, and the counting of requests anew. What tell is told
// are the signals of the schedule; the request that one stands at is over when
// tell returns.
func (p *Proxy) Play(s Schedule, tell func(signal string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.schedule, p.nth, p.met, p.tell = s, map[Kind]int{}, nil, tell
}

// Down takes the server away: no request gets an answer, and no stream goes on.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.drop()
}

// Up ends Down.
func (p *Proxy) Up() {
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
}

// Counts are the requests of each user agent so far, by kind.
func (p *Proxy) Counts() map[string]map[Kind]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]map[Kind]int{}
	for agent, kinds := range p.counts {
		counts[agent] = maps.Clone(kinds)
	}
	return counts
}

// Met are the faults that have met a request since the schedule began.
func (p *Proxy) Met() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.met...)
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	// While a body is not read, the server does not see that its client is gone.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		hangUp(rw)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fault, ok := p.meet(r)
	if !ok || !wait(r.Context(), time.Duration(fault.Delay)) || p.isDown() {
		hangUp(rw)
		return
	}
	switch {
	case fault.Do == Pass:
		p.reverse.ServeHTTP(rw, r)
	case KindOf(r) == Watch && fault.streams():
		p.serveStream(rw, r, fault)
	default:
		p.happen(rw, r, fault)
	}
}

func (p *Proxy) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

// meet counts a request, and finds the fault that waits for it; false where the
// server is down.
func (p *Proxy) meet(r *http.Request) (Fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return Fault{}, false
	}
	kind, agent := KindOf(r), r.UserAgent()
	if p.counts[agent] == nil {
		p.counts[agent] = map[Kind]int{}
	}
	p.counts[agent][kind]++
	p.nth[kind]++
	p.nth[Any]++
	for _, f := range p.schedule {
		if (f.On == kind || f.On == Any) && f.meets(p.nth[f.On]) {
			p.met = append(p.met, fmt.Sprintf("%s %d (%s %s): %s", f.On, p.nth[f.On], r.Method, r.URL.Path, f))
			return f, true
		}
	}
	return Fault{}, true
}

// happen makes of a request what the fault makes of it.
func (p *Proxy) happen(rw http.ResponseWriter, r *http.Request, f Fault) {
	if f.moment() == Before && f.Do != Half {
		p.do(rw, f, nil)
		return
	}
	answer := httptest.NewRecorder()
	p.reverse.ServeHTTP(answer, r)
	if answer.Code >= http.StatusMultipleChoices {
		p.miss(f)
		pass(rw, answer)
		return
	}
	if f.moment() == After {
		pass(rw, answer)
	}
	p.do(rw, f, answer)
}

// miss: nothing was stored, so that the fault waits for the next request.
func (p *Proxy) miss(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nth[f.On]--
}

func (p *Proxy) do(rw http.ResponseWriter, f Fault, answer *httptest.ResponseRecorder) {
	switch f.Do {
	case Answer:
		writeStatus(rw, f)
		return
	case Half:
		writeHalf(rw, answer)
		return
	case Tell:
		p.told()(f.Signal)
	case Down:
		p.Down()
		time.AfterFunc(time.Duration(f.For), p.Up)
	}
	if f.moment() != After {
		hangUp(rw)
	}
}

// pass gives an answer to the client, who has it when this returns.
func pass(rw http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	// An answer that could not be written was not read either.
	_, _ = rw.Write(answer.Body.Bytes())
	_ = http.NewResponseController(rw).Flush()
}

func (p *Proxy) told() func(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tell
}

// writeHalf gives the first half of an answer that says how long it is.
func writeHalf(rw http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(rw.Header(), answer.Header())
	body := answer.Body.Bytes()
	rw.Header().Set("Content-Length", fmt.Sprint(max(len(body), 1)))
	rw.WriteHeader(answer.Code)
	// A client that is gone does not miss it.
	_, _ = rw.Write(body[:len(body)/2])
}

// hangUp ends the connection without an answer.
func hangUp(rw http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(rw).Hijack(); err == nil {
		_ = connection.Close()
	}
}

// wait says whether the time was over before the client had enough.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
