// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	aSet   = "/apis/apps/v1/namespaces/a/statefulsets/web"
	aPod   = "/api/v1/namespaces/a/pods/web-0"
	aWatch = "/api/v1/namespaces/a/pods?watch=1"
)

// backend answers a watch with three lines, each a piece, and everything else
// with one word.
type backend struct {
	stored  atomic.Int32
	refuses int32 // so many requests at first
}

// RoundTrip implements http.RoundTripper.
func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.stored.Add(1) <= b.refuses {
		return &http.Response{StatusCode: http.StatusConflict, Header: http.Header{}, Body: &body{[]string{"refused"}}}, nil
	}
	pieces := []string{"answered"}
	if KindOf(r) == Watch {
		pieces = []string{"line 0\n", "line 1\n", "line 2\n"}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: &body{pieces}}, nil
}

// body is read a piece at a time.
type body struct{ pieces []string }

func (b *body) Read(into []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, io.EOF
	}
	piece := b.pieces[0]
	b.pieces = b.pieces[1:]
	return copy(into, piece), nil
}

func (b *body) Close() error { return nil }

// stand puts a proxy before a backend.
func stand(t *testing.T, s Schedule, tell func(string)) (*Server, *backend) {
	t.Helper()
	b := &backend{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	proxy := Serve(New(&url.URL{Scheme: "http", Host: "server"}, b), listener)
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	proxy.Play(s, tell)
	return proxy, b
}

// ask is what a client sees: a code, the body, and how it ended.
func ask(t *testing.T, p *Server, method, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "tester")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "no answer"
	}
	body, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); closed != nil {
		t.Error(closed)
	}
	end := ""
	if err != nil {
		end = " and the connection was cut"
	}
	if text, reason, ok := strings.Cut(string(body), `"reason":"`); ok {
		body = []byte(text[:min(len(text), 14)] + reason[:strings.Index(reason, `"`)])
	}
	return fmt.Sprintf("%d %q%s", response.StatusCode, body, end)
}

func TestDeeds(t *testing.T) {
	for name, test := range map[string]struct {
		fault  Fault
		method string
		path   string
		want   string
		stored int32
	}{
		"nothing":                  {Fault{On: Write, Nth: 2}, "PATCH", aSet, `200 "answered"`, 1},
		"an answer before":         {Fault{On: Write, Nth: 1, Do: Answer, Code: 409}, "PATCH", aSet, `409 "{\"kind\":\"StatuConflict"`, 0},
		"an answer after storing":  {Fault{On: Write, Nth: 1, Do: Answer, Code: 504, Moment: Stored}, "DELETE", aPod, `504 "{\"kind\":\"StatuTimeout"`, 1},
		"no answer, not stored":    {Fault{On: Write, Nth: 1, Do: HangUp}, "PATCH", aSet, "no answer", 0},
		"no answer, stored":        {Fault{On: Write, Nth: 1, Do: HangUp, Moment: Stored}, "PATCH", aSet, "no answer", 1},
		"half an answer":           {Fault{On: Write, Nth: 1, Do: Half}, "PATCH", aSet, `200 "answ" and the connection was cut`, 1},
		"a dry run is no write":    {Fault{On: Write, Nth: 1, Do: HangUp}, "PATCH", aSet + "?dryRun=All", `200 "answered"`, 1},
		"a watch cut":              {Fault{On: Watch, Nth: 1, Do: Cut, Pieces: 1}, "GET", aWatch, `200 "line 0\n" and the connection was cut`, 1},
		"a watch ended":            {Fault{On: Watch, Nth: 1, Do: End, Pieces: 2}, "GET", aWatch, `200 "line 0\nline 1\n"`, 1},
		"a watch cut in a piece":   {Fault{On: Watch, Nth: 1, Do: Half, Pieces: 1}, "GET", aWatch, `200 "line 0\nlin" and the connection was cut`, 1},
		"a watch expired":          {Fault{On: Watch, Nth: 1, Do: Expire}, "GET", aWatch, `200 "{\"type\":\"ERRORExpired"`, 1},
		"a signal, before":         {Fault{On: Write, Nth: 1, Do: Tell, Signal: "KILL"}, "PATCH", aSet, "no answer", 0},
		"a signal, stored":         {Fault{On: Write, Nth: 1, Do: Tell, Signal: "KILL", Moment: Stored}, "PATCH", aSet, "no answer", 1},
		"a signal, after":          {Fault{On: Write, Nth: 1, Do: Tell, Signal: "KILL", Moment: After}, "PATCH", aSet, `200 "answered"`, 1},
		"out of reach for a while": {Fault{On: Any, Nth: 1, Do: Down, For: Duration(time.Hour)}, "GET", aSet, "no answer", 0},
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan string, 1)
			proxy, b := stand(t, Schedule{test.fault}, func(signal string) { told <- signal })
			if got := ask(t, proxy, test.method, test.path); got != test.want {
				t.Errorf("the client sees %s, not %s", got, test.want)
			}
			if stored := b.stored.Load(); stored != test.stored {
				t.Errorf("the server got %d requests, not %d", stored, test.stored)
			}
			if test.fault.Do == Tell && <-told != "KILL" {
				t.Error("told something else")
			}
		})
	}
}

func TestWhatIsRefusedIsNotStored(t *testing.T) {
	for _, moment := range []Moment{Stored, After} {
		told := make(chan string, 1)
		proxy, b := stand(t, Schedule{{On: Write, Nth: 1, Do: Tell, Moment: moment}}, func(signal string) { told <- signal })
		b.refuses = 2
		for range 2 {
			if got := ask(t, proxy, "PATCH", aSet); got != `409 "refused"` || len(told) > 0 {
				t.Errorf("%s: the client sees %s", moment, got)
			}
		}
		ask(t, proxy, "PATCH", aSet)
		<-told
	}
}

func TestDown(t *testing.T) {
	proxy, _ := stand(t, nil, nil)
	proxy.Down()
	if got := ask(t, proxy, "GET", aSet); got != "no answer" {
		t.Errorf("down, it answers %s", got)
	}
	proxy.Up()
	if got := ask(t, proxy, "GET", aSet); got != `200 "answered"` {
		t.Errorf("up again, it answers %s", got)
	}
}

func TestCounts(t *testing.T) {
	proxy, _ := stand(t, Schedule{{On: Write, Nth: 2, Times: 2, Do: Answer, Code: 500}}, nil)
	var codes []string
	for range 4 {
		codes = append(codes, ask(t, proxy, "PATCH", aSet)[:3])
	}
	ask(t, proxy, "GET", aSet)
	ask(t, proxy, "GET", aWatch)
	if diff := cmp.Diff([]string{"200", "500", "500", "200"}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	want := map[string]map[Kind]int{"tester": {Write: 4, Read: 1, Watch: 1}}
	if diff := cmp.Diff(want, proxy.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if met := proxy.Met(); len(met) != 2 {
		t.Errorf("met: %q", met)
	}
}

func TestDelayInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(&url.URL{Scheme: "http", Host: "server"}, &backend{})
		p.Play(Schedule{{On: Read, Nth: 1, Delay: Duration(time.Hour)}}, nil)
		ring := time.After(time.Hour - time.Nanosecond)
		recorder := httptest.NewRecorder()
		p.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", aSet, nil))
		select {
		case <-ring:
		default:
			t.Error("it came too early")
		}
		if got := recorder.Body.String(); got != "answered" {
			t.Errorf("the answer is %q", got)
		}
	})
}

func TestSchedulesReadAsTheyAreWritten(t *testing.T) {
	for seed := range uint64(200) {
		drawn := Draw(rand.New(rand.NewPCG(seed, 1)), 5)
		again := Draw(rand.New(rand.NewPCG(seed, 1)), 5)
		parsed, err := Parse([]byte(drawn.String()))
		if err != nil {
			t.Fatalf("seed %d: %v: %s", seed, err, drawn)
		}
		if drawn.String() != again.String() || drawn.String() != parsed.String() {
			t.Fatalf("seed %d: %s, then %s, read %s", seed, drawn, again, parsed)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                                    "unexpected end of JSON input",
		`[{"on":"writes","nth":1}]`:            `there is no kind "writes" of requests`,
		`[{"on":"write"}]`:                     "nth is 0, and requests are counted from 1",
		`[{"on":"write","nth":1,"do":"burn"}]`: `there is no deed "burn"`,
		`[{"on":"write","nth":1,"do":"cut","moment":"stored"}]`: `"cut" cannot happen "stored"`,
		`[{"on":"write","nth":1,"do":"answer","code":200}]`:     "an answer of 200 is no fault",
		`[{"on":"write","nth":1,"delay":"1 second"}]`:           "unknown unit",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
}
