// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestCourtesy: a write waits until the controller has counted the ordinal that
// it follows, and not for long.
func TestCourtesy(t *testing.T) {
	counted := half()
	behind := counted.Glance(func(g *rollout.Glance) { g.Set.AvailableReplicas-- })
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
