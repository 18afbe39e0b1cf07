// SPDX-License-Identifier: Apache-2.0

package render

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// scenes are states worth a look.
func settled(t *testing.T) rollout.State { t.Helper(); return newScene(t, 3).state() }

func canaryOn(t *testing.T) rollout.State {
	t.Helper()
	s := newScene(t, 5).canary(3)
	set := &s.glance.Set
	set.Record = &rollout.Record{
		V: 1, UID: set.UID, Op: "canary", State: rollout.Open, Run: "1a2b3c4d", From: stableRevision,
		FromDigest: digest(t, stableTemplate), ToDigest: set.Template, Gen: 7, Partition: 3, Replicas: 5,
		Own: &rollout.OwnPartition{}, At: noon().Add(-10 * time.Minute), Args: map[string]string{"target": "3"},
	}
	set.Hands = []rollout.Hand{{Kind: rollout.TemplateHand, Name: "Argo CD", Meaning: "put this image into Git before promote, or it will be taken back"}}
	s.glance.Around.Budgets = []rollout.Budget{{Name: "web-pdb", Allowed: 1}}
	return s.state()
}

func failed(t *testing.T) rollout.State {
	t.Helper()
	s := newScene(t, 5).canary(2)
	s.starting(2, badImage(), time.Minute)
	s.starting(4, crashing(), 5*time.Minute)
	s.glance.Pods[4].Restarts = 3
	return s.state()
}

func fromThree(t *testing.T) rollout.State {
	t.Helper()
	s := newScene(t, 0)
	s.glance.Set.Start, s.glance.Set.Replicas = 3, 4
	s.glance.Set.MinReadySeconds = 10
	s.add(0, stableRevision)
	s.add(1, stableRevision)
	s.glance.Pods[1].Phase, s.glance.Pods[1].GraceEnds = rollout.Terminating, noon().Add(20*time.Second)
	s.add(-3, stableRevision)
	s.glance.Around.Claims["data-web-4"] = rollout.Claim{Phase: "Pending"}
	s.glance.Endings = map[int32]rollout.Ending{5: {UID: "gone", At: noon().Add(-time.Minute), Reason: "Evicted", Message: "The node was low on memory"}}
	s.glance.Set.OrderedReady = false
	s.glance.Set.Finalizers, s.glance.Around.Ungoverned = []string{"example.com/protection"}, true
	s.glance.Strays = []rollout.Stray{{PodName: "web-6", Why: `it belongs to "other"`}}
	return s.state()
}

func onDelete(t *testing.T) rollout.State {
	t.Helper()
	s := newScene(t, 2).canary(1)
	s.glance.Set.Strategy = rollout.OnDelete
	s.glance.Set.Partition = rollout.Partition{Nil: true}
	s.glance.Blind = "the watch of pods is down: connection refused"
	return s.state()
}

func TestStatusOne(t *testing.T) {
	for fileName, c := range map[string]struct {
		state   rollout.State
		style   Style
		columns Columns
	}{
		"settled.txt":        {settled(t), Style{}, Narrow},
		"canary.txt":         {canaryOn(t), Style{}, Narrow},
		"canary-wide.txt":    {canaryOn(t), Style{}, Wide},
		"failing.txt":        {failed(t), Style{}, Narrow},
		"failing-color.txt":  {failed(t), Style{Color: Colored}, Narrow},
		"failing-narrow.txt": {failed(t), terminal(40, 24), Narrow},
		"from-three.txt":     {fromThree(t), Style{}, Narrow},
		"on-delete.txt":      {onDelete(t), Style{}, Narrow},
		"none.txt":           {newScene(t, 0).state(), Style{}, Narrow},
	} {
		t.Run(fileName, func(t *testing.T) {
			var b strings.Builder
			if err := StatusOne(&b, c.style, c.state, c.columns); err != nil {
				t.Fatal(err)
			}
			golden(t, "status-"+fileName, b.String())
		})
	}
}

func TestStatusMany(t *testing.T) {
	queue := settled(t)
	queue.Set.Name, queue.Set.Namespace = "queue", "shop"
	sets := []rollout.State{settled(t), canaryOn(t), failed(t), fromThree(t), onDelete(t), queue}
	for fileName, columns := range map[string]Columns{"many.txt": Narrow, "many-wide.txt": Wide | Namespaced} {
		t.Run(fileName, func(t *testing.T) {
			var b strings.Builder
			if err := StatusMany(&b, Style{}, sets, columns); err != nil {
				t.Fatal(err)
			}
			golden(t, "status-"+fileName, b.String())
		})
	}
}

// A record that an earlier set of the same name left behind is none of this one's.
func TestStatusOfAnotherSetsRecord(t *testing.T) {
	s := canaryOn(t)
	s.Set.Record.UID = "earlier"
	if text := recordText(s); text != "" {
		t.Errorf("got %q", text)
	}
}

// A scale that was cut is to be gone on with: its record says what it comes to.
func TestStatusOfACutScale(t *testing.T) {
	s := settled(t)
	s.Set.Record = &rollout.Record{V: 1, UID: s.Set.UID, Op: "scale", State: rollout.Open, Replicas: 3, Args: map[string]string{"replicas": "5"}, At: noon().Add(-time.Minute)}
	if text := recordText(s); text != "scale, open for 60s, to 5 replicas" {
		t.Errorf("it says %q", text)
	}
	if d := recordStatus(s); d.TargetReplicas == nil || *d.TargetReplicas != 5 || d.TargetOrdinals != nil {
		t.Errorf("a script gets %+v", d)
	}
	s.Set.Record.State = rollout.Done
	if text := recordText(s); text != "scale, done for 60s" {
		t.Errorf("when it has ended, it says %q", text)
	}
}

// A claim that is Lost has no volume any more, and its pod, which runs, none to come back with.
func TestStatusOfALostClaim(t *testing.T) {
	s := newScene(t, 2)
	lost := s.glance.Around.Claims["data-web-1"]
	lost.Phase = "Lost"
	s.glance.Around.Claims["data-web-1"] = lost
	var b strings.Builder
	if err := StatusOne(&b, Style{}, s.state(), Narrow); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"data-web-0 -> pv000", "data-web-1 (Lost)", "claim-lost: data-web-1: a new pod would never start"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestAge(t *testing.T) {
	for want, from := range map[string]time.Time{none: {}, "5m": noon().Add(-5 * time.Minute), "0s": noon().Add(20 * time.Second)} {
		if got := age(from, noon()); got != want {
			t.Errorf("the age of %s is %q, want %q", from, got, want)
		}
	}
}

// Many ordinals that nothing distinguishes do not hide the few that matter,
// and their explanations end somewhere.
func TestStatusOfAThousand(t *testing.T) {
	s := newScene(t, 1000).canary(900)
	for i := int32(900); i < 1000; i++ {
		s.starting(i, crashing(), time.Minute)
	}
	var b strings.Builder
	if err := StatusOne(&b, Style{}, s.state(), Narrow); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(b.String(), "\nweb-"); rows != 1000+mostTold {
		t.Errorf("%d lines begin with a pod, want one for each and %d explanations", rows, mostTold)
	}
}

func TestStatusOfABrokenPipe(t *testing.T) {
	if err := StatusOne(broken{}, Style{}, settled(t), Narrow); err == nil {
		t.Error("a write that was lost is no error")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func BenchmarkStatusOne(b *testing.B) {
	s := newScene(&testing.T{}, 5000).canary(2500).state()
	for b.Loop() {
		if err := StatusOne(io.Discard, Style{}, s, Narrow); err != nil {
			b.Fatal(err)
		}
	}
}
