// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// sighting is one in which some ordinals have no pod.
func sighting(at time.Time, missing ...string) rollout.State {
	s := rollout.State{At: at}
	for _, podName := range missing {
		s.Pods = append(s.Pods, rollout.Pod{Name: podName, Phase: rollout.Absent})
	}
	return s
}

// asked is what a scout asks for now; "" for nothing.
func asked(s *scout) string {
	select {
	case podName := <-s.asks:
		return podName
	default:
		return ""
	}
}

func TestScoutAsksOnlyForWhatStaysAway(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	scout := newScout(nil, rollout.Set{}, newBell())
	for _, step := range []struct {
		after   time.Duration
		missing []string
		asks    string
	}{
		{0, []string{"web-1", "web-2"}, ""},
		{seekAfter - 1, []string{"web-1", "web-2"}, ""},
		{seekAfter, []string{"web-1", "web-2"}, "web-1"},
		{seekAfter, []string{"web-1", "web-2"}, ""}, // not all at once
		{seekAfter + seekPace, []string{"web-1", "web-2"}, "web-2"},
		{seekAgain, []string{"web-1", "web-2"}, ""},
		{seekAfter + seekAgain, []string{"web-1", "web-2"}, "web-1"},
		{time.Minute, []string{"web-2"}, "web-2"},
		{time.Minute + seekPace, []string{"web-1"}, ""}, // it was there in between
		{time.Minute + seekPace + seekAfter, []string{"web-1"}, "web-1"},
	} {
		scout.look(sighting(at.Add(step.after), step.missing...))
		if got := asked(scout); got != step.asks {
			t.Errorf("after %s asks for %q, not %q", step.after, got, step.asks)
		}
	}
}

func TestScoutLeavesAloneWhatIsExplainedOrOutOfSight(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	blind := sighting(at, "web-1")
	blind.Blind = "a watch is down"
	explained := sighting(at, "web-1")
	explained.Pods[0].Cause.ID = rollout.Quota
	present := sighting(at, "web-1")
	present.Pods[0].Phase = rollout.Pending
	for name, s := range map[string]rollout.State{"blind": blind, "explained": explained, "present": present} {
		scout := newScout(nil, rollout.Set{}, newBell())
		scout.look(s)
		s.At = at.Add(time.Hour)
		scout.look(s)
		if got := asked(scout); got != "" {
			t.Errorf("%s: asks for %q", name, got)
		}
	}
}

func TestScoutFindsASquatterAndSeesItGo(t *testing.T) {
	squatter := webPod("web-1", func(p *corev1.Pod) { p.OwnerReferences, p.Labels = nil, nil })
	server := newStub(t, webSet(), squatter)
	scout := newScout(server.client(t), rollout.Set{Name: "web", UID: setUID}, newBell())
	scout.look(sighting(time.Time{}, "web-1"))
	scout.seek(t.Context(), "web-1")
	if found := scout.found(); len(found) != 1 || found[0].PodName != "web-1" {
		t.Fatalf("found %v", found)
	}
	select {
	case <-scout.bell:
	default:
		t.Error("found something, and did not ring")
	}
	server.remove(squatter)
	scout.seek(t.Context(), "web-1")
	if found := scout.found(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// What cannot be asked is as it was.
func TestScoutKeepsWhatItKnowsWithoutAnAnswer(t *testing.T) {
	server := newStub(t)
	server.answers(func(request) any { return failure(403, "Forbidden", "no") })
	scout := newScout(server.client(t), rollout.Set{Name: "web", UID: setUID}, newBell())
	scout.sought["web-1"] = search{why: "in the way"}
	scout.seek(t.Context(), "web-1")
	if !slices.Equal(scout.found(), []rollout.Stray{{PodName: "web-1", Why: "in the way"}}) {
		t.Errorf("found %v", scout.found())
	}
}
