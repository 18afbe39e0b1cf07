// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestMends: what had failed before the run is waited for as long as its grace, and
// what fails under the run's own hands is not.
func TestMends(t *testing.T) {
	failed, begins := promoting("a a b! b b"), promoting("a a b? b b")
	written := failed.With(version("101"))
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		grace time.Duration
		after func(*stage) // a second later
		kind  string
		took  time.Duration
	}{
		"no grace":                 {failed, 0, nil, "failed: OrdinalFailed", 0},
		"it stays so":              {failed, 30 * time.Second, nil, "failed: OrdinalFailed", 30 * time.Second},
		"it mends":                 {failed, 30 * time.Second, func(c *stage) { c.show(begins) }, "failed: Stalled", 10 * time.Minute},
		"it fails once more, late": {begins, 30 * time.Second, func(c *stage) { c.pass(time.Minute); c.show(failed) }, "failed: OrdinalFailed", 61 * time.Second},
		"it fails of our write":    {promoting("a a b b b"), 30 * time.Second, func(c *stage) { c.show(written) }, "failed: OrdinalFailed", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					set := written.State().Set
					set.Spec = change.Set.Spec(set.Spec)
					return set, nil
				}
				ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute, Grace: tt.grace})
				if tt.after != nil {
					c.pass(time.Second)
					tt.after(c)
				}
				is(t, <-ended, tt.kind)
				if took := c.since().Round(time.Second); took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}
