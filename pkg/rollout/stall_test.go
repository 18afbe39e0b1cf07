// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
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
