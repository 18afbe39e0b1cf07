// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// heldBack is the delay of every request on a wire: much longer than what a
// client needs between the answers of one round trip and the next requests.
const heldBack = 100 * time.Millisecond

// wire writes down what a command asks for, and when.
type wire struct {
	next http.RoundTripper

	mu    sync.Mutex
	asked []request
}

// request is one that came by.
type request struct {
	what string // such as "list pods"
	at   time.Time
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, request{what: nameOf(r), at: time.Now()})
	w.mu.Unlock()
	return w.next.RoundTrip(r)
}

// nameOf is such as "GET pods", or the path where it leads to no resource.
func nameOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	from := slices.Index(parts, "namespaces") + 2
	if from < 2 {
		from = map[string]int{"api": 2, "apis": 3}[parts[0]]
	}
	if from == 0 || from >= len(parts) {
		return r.Method + " " + r.URL.Path
	}
	words := r.Method + " " + parts[from]
	if len(parts) > from+2 {
		words += "/" + parts[from+2]
	}
	if r.URL.Query().Has("continue") {
		words += " (next page)"
	}
	return words
}

// listen runs a command in a plot over a wire, and returns what it asked for.
func (p *plot) listen(ctx context.Context, args ...string) (asked asking, err error) {
	w := &wire{}
	config := rest.CopyConfig(p.config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		w.next = next
		return w
	})
	server, err := faultproxy.Listen(config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	server.Play(faultproxy.Schedule{{On: faultproxy.Any, Nth: 1, Times: 1000, Delay: faultproxy.Duration(heldBack)}}, nil)
	over := *p
	over.kubeconfig = filepath.Join(p.folder, "wire")
	if err := server.WriteKubeconfig(over.kubeconfig, p.namespaceName); err != nil {
		return nil, err
	}
	err = over.do(ctx, args...)
	return w.asked, err
}

// asking is what a command asked for, in order of time.
type asking []request

// trips counts the round trips: requests that arrive together are one.
func (a asking) trips() int {
	trips := 0
	var last time.Time
	for _, r := range a {
		if r.at.Sub(last) > heldBack/2 {
			trips++
		}
		last = r.at
	}
	return trips
}

// String is such as "2 GET events, 1 GET pods".
func (a asking) String() string {
	counts := map[string]int{}
	for _, r := range a {
		counts[r.what]++
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%d %s", counts[what], what))
	}
	return strings.Join(words, ", ")
}

// of counts those whose name has a word in it.
func (a asking) of(words ...string) int {
	count := 0
	for _, r := range a {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(r.what, word) }) {
			count++
		}
	}
	return count
}
