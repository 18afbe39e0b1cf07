// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestCourtesyOfEachWrite: not of the first alone.
func TestCourtesyOfEachWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half().Glance(uncounted))
		answer := c.answer
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			c.show(half().Glance(uncounted).With(func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 }))
			c.answer = answer
			set := half().With(func(s *rollout.Set) { s.Generation = 8 }).State().Set
			set.Spec = change.Set.Spec(set.Spec)
			return set, nil
		}
		is(t, <-c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: time.Minute}), "error: nobody answers")
		if got := c.since(); got != 100*time.Millisecond {
			t.Errorf("it wrote twice in %s, want 100ms", got)
		}
	})
}

// uncounted: the controller has not counted the last ordinal yet.
func uncounted(g *rollout.Glance) { g.Set.AvailableReplicas-- }

// TestCourtesy: a write waits until the controller has counted the ordinal that
// it follows, and not for long.
func TestCourtesy(t *testing.T) {
	counted := half()
	behind := counted.Glance(uncounted)
	for name, tt := range map[string]struct {
		counts time.Duration // when the controller does; 0 for never
		goes   time.Duration
	}{
		"the controller counts it":     {20 * time.Millisecond, 20 * time.Millisecond},
		"the controller takes no note": {0, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(behind)
				ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: time.Minute})
				if c.requests() != 0 {
					t.Error("it wrote before the controller")
				}
				if tt.counts > 0 {
					c.pass(tt.counts)
					c.show(counted)
				}
				is(t, <-ended, "error: nobody answers")
				if got := c.since(); got != tt.goes {
					t.Errorf("it wrote after %s, want %s", got, tt.goes)
				}
			})
		})
	}
}
