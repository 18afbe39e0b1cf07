// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func blind(s rollout.State) bool  { return s.Blind != "" }
func seeing(s rollout.State) bool { return s.Blind == "" }

// A run whose connection is cut knows that it knows nothing, for as long as no
// stream is open again, and then knows what it missed.
func TestACutConnectionMakesBlind(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	server.cut()
	s := until(t, run, blind)
	if !strings.Contains(s.Blind, "down since") {
		t.Errorf("blind: %q", s.Blind)
	}
	server.put(webPod("web-1", func(p *corev1.Pod) { p.UID = "missed" }))
	if s := run.Observe(); s.Blind == "" || s.Pods[1].UID == "missed" {
		t.Errorf("saw %q through a cut connection, blind %q", s.Pods[1].UID, s.Blind)
	}
	server.mend()
	if s := until(t, run, seeing); s.Pods[1].UID != "missed" {
		t.Errorf("in sight again, and still sees %q", s.Pods[1].UID)
	}
}

// A server ends each stream after a while. That is no reason to list again.
func TestAStreamThatEndsInPeaceIsResumed(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	server.put(webPod("web-0", func(p *corev1.Pod) { p.UID = "first" }))
	until(t, run, func(s rollout.State) bool { return s.Pods[0].UID == "first" })
	server.endStreams()
	server.put(webPod("web-0", func(p *corev1.Pod) { p.UID = "second" }))
	until(t, run, func(s rollout.State) bool { return s.Pods[0].UID == "second" && s.Blind == "" })
	lists := slices.DeleteFunc(server.asked(), func(asked string) bool { return asked != "LIST pods" })
	if len(lists) != 1 {
		t.Errorf("pods were listed %d times", len(lists))
	}
}

// Open observes as soon as a feed has told it how it is: by then the sight knows.
func TestTheSightKnowsBeforeOpen(t *testing.T) {
	first := make(chan error, 1)
	var told int
	clock := newServerClock(func() time.Time { told += len(first); return time.Time{} })
	r := &Run{client: &Client{clock: clock}, sight: &sight{clock: clock, bell: newBell()}}
	r.reporter(t.Context(), &feed{name: "pods"}, first)(apierrors.NewBadRequest("no"))
	if r.sight.blind() == "" || len(first) != 1 || told != 0 {
		t.Errorf("blind %q, told Open %d times, %d before the sight", r.sight.blind(), len(first), told)
	}
}
