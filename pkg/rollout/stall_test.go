// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// stopped is a cluster of a process that is stopped for a while after its first looks.
type stopped struct {
	*stage
	gap time.Duration
}

func (c *stopped) Observe() rollout.State {
	s := c.stage.Observe()
	if c.looked() > 2 {
		s.At = s.At.Add(c.gap)
	}
	return s
}

// TestStoppedProcess: what went by while nobody could look is no lack of progress.
func TestStoppedProcess(t *testing.T) {
	for name, tt := range map[string]struct {
		gap  time.Duration
		took time.Duration
	}{
		"for an hour":  {time.Hour, 20 * time.Minute},
		"for a moment": {4 * time.Second, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half().Pods("a a a b b?"))
				outcome := rollout.Drive(t.Context(), &stopped{c, tt.gap}, promote("", "1"), rollout.Options{Run: "0000bbbb", Stall: 10 * time.Minute})
				is(t, outcome, "failed: Stalled")
				if got := c.since().Round(time.Minute); got != tt.took {
					t.Errorf("it took %s, want %s", got, tt.took)
				}
			})
		})
	}
}

// TestANodesClockAhead: what its pods tell lies in the future, for which no run waits for
// longer than the progress timeout; without a soak none waits at all.
func TestANodesClockAhead(t *testing.T) {
	ahead := func(minReady int32) rollouttest.Sight {
		in := half().With(func(s *rollout.Set) { s.MinReadySeconds = minReady })
		return in.Glance(func(g *rollout.Glance) {
			p := &g.Pods[len(g.Pods)-1]
			p.ReadyAt, p.StartedAt, p.Node = g.At.Add(2*time.Hour), g.At.Add(2*time.Hour), "node-1"
		})
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		soak time.Duration
		want string // of the failure
	}{
		"a soak":          {ahead(0), 10 * time.Second, "waiting for web-4 to soak: undetermined: the clock of its node \"node-1\" is 1h49m50s ahead"},
		"minReadySeconds": {ahead(10), 0, "waiting for web-4 to be Ready for minReadySeconds: undetermined: the clock of its node \"node-1\" is 1h49m50s ahead"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				goal := promote("", "1", func(g *rollout.Promote) { g.Soak = tt.soak })
				outcome := rollout.Drive(t.Context(), newStage(tt.in), goal, rollout.Options{Run: "0000bbbb", Stall: 10 * time.Minute})
				is(t, outcome, "failed: Stalled")
				if !strings.Contains(outcome.Err.Error(), tt.want) {
					t.Errorf("%v, want %s", outcome.Err, tt.want)
				}
			})
		})
	}
	goal := promote("", "1")
	s := ahead(0).State()
	if decision := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "")); decision.Act == nil {
		t.Errorf("without a soak: %+v", decision)
	}
}
