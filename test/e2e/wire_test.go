// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"k8s.io/client-go/rest"
)

// wire is a way to the API server that can be cut: by and large, as a network
// that is down, or at one write, to kill who made it there.
type wire struct {
	server *httptest.Server
	proxy  *httputil.ReverseProxy

	mu    sync.Mutex
	down  bool
	knife *knife
}

// knife kills a process at its nth write.
type knife struct {
	moment string // before, stored, after
	nth    int
	writes int
	victim *process
	struck atomic.Bool
}

func openWire(config *rest.Config) (*wire, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	w := &wire{proxy: httputil.NewSingleHostReverseProxy(target)}
	w.proxy.Transport = transport
	w.proxy.FlushInterval = -1 // a watch is answered event by event
	w.proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { hangUp(rw) }
	w.server = httptest.NewServer(w)
	return w, nil
}

func (w *wire) url() string { return w.server.URL }

func (w *wire) close() {
	w.server.CloseClientConnections()
	w.server.Close()
}

// ServeHTTP implements http.Handler.
func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if w.isDown() {
		hangUp(rw)
		return
	}
	knife := w.knifeFor(r)
	switch {
	case knife == nil:
		w.proxy.ServeHTTP(rw, r)
	case knife.moment == "before":
		knife.strike()
	default:
		w.cutAfterwards(knife, rw, r)
	}
}

// cutAfterwards strikes where the write was stored; one that the server refused
// is answered, and the knife waits for the next.
func (w *wire) cutAfterwards(knife *knife, rw http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	w.proxy.ServeHTTP(answer, r)
	stored := answer.Code < http.StatusMultipleChoices
	if stored && knife.moment == "stored" {
		knife.strike()
		return
	}
	// What cannot be answered was not read either.
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(answer.Body.Bytes())
	_ = http.NewResponseController(rw).Flush()
	if stored {
		knife.strike()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	knife.writes--
}

// hangUp ends the connection without an answer.
func hangUp(rw http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(rw).Hijack(); err == nil {
		_ = connection.Close()
	}
}

func (w *wire) isDown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// knifeFor counts the writes, and returns the knife at the one that it waits for.
func (w *wire) knifeFor(r *http.Request) *knife {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.knife == nil || !writes(r) {
		return nil
	}
	w.knife.writes++
	if w.knife.writes != w.knife.nth {
		return nil
	}
	return w.knife
}

// writes says whether a request is one that a rollout is made of, or a volume.
func writes(r *http.Request) bool {
	if r.URL.Query().Has("dryRun") {
		return false
	}
	patches := r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/statefulsets/")
	removes := r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/pods/")
	volumes := r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/persistentvolumes")
	return patches || removes || volumes
}

// strike kills, and returns when the process is no more.
func (k *knife) strike() {
	k.struck.Store(true)
	if err := k.victim.command.Process.Kill(); err == nil {
		<-k.victim.ended
	}
}

func cut(p play, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: cut before|stored|after N COMMAND ...")
	}
	nth, err := strconv.Atoi(args[1])
	if err != nil || nth < 1 {
		return fmt.Errorf("%q is no number of a write", args[1])
	}
	blade := &knife{moment: args[0], nth: nth}
	p.wire.mu.Lock()
	p.wire.knife = blade
	blade.victim, err = p.run(args[2:], "KUBECONFIG="+p.Getenv("WIRE"))
	p.wire.mu.Unlock()
	if err != nil {
		return err
	}
	code, err := blade.victim.code()
	p.wire.mu.Lock()
	count := blade.writes
	p.wire.knife = nil
	p.wire.mu.Unlock()
	if err := errors.Join(err, p.show(blade.victim)); err != nil {
		return err
	}
	if !blade.struck.Load() || code != killed {
		return fmt.Errorf("it was not killed %s write %d: exit code %d after %d writes", blade.moment, nth, code, count)
	}
	return nil
}

// killed is the exit code of SIGKILL.
const killed = 137

func wireCmd(p play, args []string) error {
	if len(args) != 1 || args[0] != "down" && args[0] != "up" {
		return errors.New("usage: wire down|up")
	}
	p.wire.mu.Lock()
	p.wire.down = args[0] == "down"
	p.wire.mu.Unlock()
	if args[0] == "down" {
		p.wire.server.CloseClientConnections()
	}
	return nil
}
