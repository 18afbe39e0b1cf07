// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// ordinalIs edits the pod of an ordinal.
func ordinalIs(ordinal int32, edits ...func(p *rollout.Pod, at time.Time)) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		i := slices.IndexFunc(g.Pods, func(p rollout.Pod) bool { return p.Ordinal == ordinal })
		for _, edit := range edits {
			edit(&g.Pods[i], g.At)
		}
	}
}

// changesIn is how long it takes until the clock alone changes a sighting; 0 for never.
func changesIn(s rollout.State) time.Duration {
	if s.Again().IsZero() {
		return 0
	}
	return s.Again().Sub(s.At)
}

// TestWordWaitsForTheSoak: what is Available for a moment only is not there yet.
func TestWordWaitsForTheSoak(t *testing.T) {
	unprobed := func(s *rollout.Set) { s.Soak = 10 * time.Second }
	started := func(ago time.Duration) func(*rollout.Pod, time.Time) {
		return func(p *rollout.Pod, at time.Time) { p.StartedAt = at.Add(-ago) }
	}
	ran := func(d time.Duration) func(*rollout.Pod, time.Time) {
		return func(p *rollout.Pod, _ time.Time) { p.LastRun = d }
	}
	seen := func(ago time.Duration) func(*rollout.Pod, time.Time) {
		return func(p *rollout.Pod, at time.Time) { p.SteadySeen = at.Add(-ago) }
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want rollout.Word
		left time.Duration
	}{
		"for long":                         {web().With(unprobed), rollout.WordSettled, 0},
		"a container started just now":     {web().With(unprobed).Glance(ordinalIs(0, started(2*time.Second))), rollout.WordRolling, 8 * time.Second},
		"long enough ago":                  {web().With(unprobed).Glance(ordinalIs(0, started(10*time.Second))), rollout.WordSettled, 0},
		"there is a probe":                 {web().Glance(ordinalIs(0, started(2*time.Second), ran(15*time.Second))), rollout.WordSettled, 0},
		"after a short run":                {web().With(unprobed).Glance(ordinalIs(0, started(12*time.Second), ran(15*time.Second))), rollout.WordRolling, 13 * time.Second},
		"it has outlived that":             {web().With(unprobed).Glance(ordinalIs(0, started(25*time.Second), ran(15*time.Second))), rollout.WordSettled, 0},
		"seen by the run":                  {web().With(unprobed).Glance(ordinalIs(0, seen(time.Second))), rollout.WordRolling, 9 * time.Second},
		"its node's clock is hours ahead":  {web().With(unprobed).Glance(ordinalIs(0, started(-2*time.Hour))), rollout.WordSettled, 0},
		"a canary":                         {half().With(unprobed).Glance(ordinalIs(4, started(time.Second))), rollout.WordRolling, 9 * time.Second},
		"a canary, a stable one restarted": {half().With(unprobed).Glance(ordinalIs(0, started(time.Second))), rollout.WordCanary, 9 * time.Second},
		"an own partition, one below":      {web().Partition(4).With(unprobed).Glance(ordinalIs(0, started(time.Second))), rollout.WordRolling, 9 * time.Second},
		"the pod before ended by itself":   {half().Glance(inRow(1)), rollout.WordRolling, time.Second},
		"on delete":                        {web().With(unprobed, func(s *rollout.Set) { s.Strategy = rollout.OnDelete }).Glance(ordinalIs(0, started(time.Second))), rollout.WordRolling, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			if got := s.Word(); got != tt.want {
				t.Errorf("it is %s, want %s", got, tt.want)
			}
			if left := changesIn(s); left != tt.left {
				t.Errorf("it may change in %s, want %s", left, tt.left)
			}
			if want := s.Set.Current == s.Set.Update; s.Settled() != want {
				t.Errorf("for a command it is settled: %v, want %v", s.Settled(), want)
			}
		})
	}
}

// TestAwaitedSoakRests: the progress timeout does not run while the word waits for it.
func TestAwaitedSoakRests(t *testing.T) {
	s := web().With(func(s *rollout.Set) { s.Soak = 10 * time.Second }).Glance(func(g *rollout.Glance) { g.Pods[0].StartedAt = g.At }).State()
	awaited := s.Awaited()
	if len(awaited) != 1 || awaited[0].Rests != 10*time.Second {
		t.Errorf("awaited: %+v", awaited)
	}
}

func TestSoaked(t *testing.T) {
	s := half().Glance(func(g *rollout.Glance) { g.Pods[4].StartedAt = g.At.Add(-5 * time.Second) }).State()
	for soak, want := range map[time.Duration]int32{0: 2, 5 * time.Second: 2, 10 * time.Second: 1} {
		if got := s.Soaked(soak); got != want {
			t.Errorf("%d have soaked for %s, want %d", got, soak, want)
		}
	}
}

func TestLastRun(t *testing.T) {
	after := func(run time.Duration) func(*corev1.ContainerStatus) {
		return func(s *corev1.ContainerStatus) {
			runs(s)
			s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
				StartedAt: metav1.NewTime(noon().Add(-run)), FinishedAt: metav1.NewTime(noon()),
			}
		}
	}
	unstarted := func(s *corev1.ContainerStatus) {
		after(0)(s)
		s.LastTerminationState.Terminated.StartedAt = metav1.NewTime(time.Unix(0, 0))
	}
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want time.Duration
	}{
		"its first":            {pod(container(runs)), 0},
		"a short one before":   {pod(container(after(15 * time.Second))), 15 * time.Second},
		"a long one before":    {pod(container(after(10 * time.Minute))), 0},
		"one that never began": {pod(container(unstarted)), 0},
		"of several":           {pod(container(after(time.Second)), container(after(15*time.Second), called("side"))), 15 * time.Second},
		"an init container's":  {pod(initContainer(after(15*time.Second)), container(runs)), 0},
	} {
		if got := rollout.LookPod(tt.in, 0).LastRun; got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
