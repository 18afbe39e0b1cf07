// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestIntentsSoak: what lets an ordinal come or go waits until it has soaked; with
// nothing to promote there is nothing to wait for.
func TestIntentsSoak(t *testing.T) {
	five := rollouttest.Set("web").Replicas(5)
	half := five.Revisions("a", "b").Partition(3)
	for name, tt := range map[string]struct {
		intent Intent
		in     rollouttest.Sight
		want   time.Duration
	}{
		"scale up":                    {Scale{To: 6, Step: 1, Current: -1}, five, 10 * time.Second},
		"a scale that is there":       {Scale{To: 5, Step: 1, Current: -1}, five, 10 * time.Second},
		"promote a canary":            {Promote{Step: "1"}, half, 10 * time.Second},
		"one on its way":              {Promote{Step: "1"}, five.Pods("a a a a a?"), 10 * time.Second},
		"a promote that was cut":      {Promote{Step: "1", Count: "2"}, half.Record("promote", rollout.Open), 10 * time.Second},
		"to as many as there are":     {Promote{Step: "1", Count: "2"}, half, 0},
		"nothing to promote":          {Promote{Step: "1"}, five, 0},
		"apply, a new template":       {Apply{Bundle: bundled(t, "{}"), Step: "1"}, half, 10 * time.Second},
		"apply, as it is in the file": {Apply{Bundle: bundled(t, "{}"), Step: "1"}, five, 10 * time.Second},
	} {
		o := Opening{
			State:   tt.in.State(),
			Soak:    func([]byte, int32) (time.Duration, error) { return 10 * time.Second, nil },
			Foresee: func(context.Context, rollout.Scale) error { return nil },
			Note:    t.Logf,
		}
		goal, err := tt.intent.Goal(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := soakOf(goal); got != tt.want {
			t.Errorf("%s: it soaks for %s, want %s", name, got, tt.want)
		}
	}
}

func soakOf(g rollout.Goal) time.Duration {
	switch g := g.(type) {
	case rollout.Scale:
		return g.Soak
	case rollout.Promote:
		return g.Soak
	case rollout.Apply:
		return g.Soak
	default:
		return 0
	}
}
