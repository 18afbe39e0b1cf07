// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestSoakHolds: whatever an ordinal comes by, it is there when it has soaked, and
// one that was restarted meanwhile soaks again.
func TestSoakHolds(t *testing.T) {
	const soak = 10 * time.Second
	started := func(after time.Duration, restarts int32) func(*rollout.Glance) {
		return func(g *rollout.Glance) {
			p := &g.Pods[len(g.Pods)-1]
			p.StartedAt, p.ReadyAt, p.Restarts = web().State().At.Add(after), web().State().At.Add(after), restarts
		}
	}
	one := intstr.FromInt32(1)
	live := rollouttest.Template{Name: "a"}.Patch()
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
	}{
		"a set that an apply has made":            {rollouttest.Set("web"), rollout.Apply{Template: live, Step: one, Soak: soak, Wrote: true}},
		"an apply, all as the file says":          {web(), rollout.Apply{Template: live, Step: one, Soak: soak}},
		"a scale that was cut in its soak":        {web(), rollout.Scale{To: 5, Step: 1, Soak: soak}},
		"a canary":                                {half(), rollout.Canary{Template: rollouttest.Template{Name: "b"}.Patch(), Count: intstr.FromInt32(2), Step: one, Soak: soak}},
		"a canary of what every ordinal has":      {web(), rollout.Canary{Template: live, Count: one, Step: one, Soak: soak}},
		"a promote to as many as are there":       {half(), promote("2", "1", func(g *rollout.Promote) { g.Soak = soak })},
		"a promote that kubectl has brought here": {web(), promote("", "1", func(g *rollout.Promote) { g.Soak = soak })},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in.Glance(started(0, 0)))
				ended := c.drive(t.Context(), tt.goal, rollout.Options{Stall: 10 * time.Minute})
				c.pass(9 * time.Second)
				c.show(tt.in.Glance(started(9*time.Second, 1)))
				is(t, <-ended, "done")
				if got := c.since().Round(time.Second); got != 19*time.Second {
					t.Errorf("it took %s, want 19s", got)
				}
			})
		})
	}
}

// TestScaleSoaks: an ordinal comes when the last one has soaked.
func TestScaleSoaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		young := func(g *rollout.Glance) { g.Pods[4].StartedAt, g.Pods[4].ReadyAt = web().State().At, web().State().At }
		c := newStage(web().Glance(young))
		outcome := <-c.drive(t.Context(), rollout.Scale{To: 7, Step: 1, Soak: 10 * time.Second}, rollout.Options{Stall: 10 * time.Minute})
		is(t, outcome, "error: nobody answers")
		if got := c.since().Round(time.Second); got != 10*time.Second {
			t.Errorf("its first write came after %s, want 10s", got)
		}
	})
}
