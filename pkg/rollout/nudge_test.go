// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// promoting is a promote under way, whose next ordinal is the third.
func promoting(pods string) rollouttest.Sight {
	return half().Partition(2).Pods(pods).Record("promote", rollout.Open)
}

// TestNudges: a controller whose turn it is and that does nothing is brought back,
// ever more rarely, and that is no progress.
func TestNudges(t *testing.T) {
	ever := []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 320 * time.Second}
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		goal  rollout.Goal
		after []time.Duration
		grace time.Duration
	}{
		"to replace a pod":     {in: promoting("a a a b b"), goal: promote("", "1"), after: ever},
		"to make one":          {in: promoting("a a - b b"), goal: promote("", "1"), after: ever},
		"to make one of a new": {in: web().Pods("a - - - -"), goal: apply("a"), after: ever},
		"a denial was found":   {in: promoting("a a - b b").Glance(denied), goal: promote("", "1"), after: append([]time.Duration{time.Second}, ever...)},
		"a pod starts":         {in: promoting("a a b? b b"), goal: promote("", "1")},
		"one is going":         {in: promoting("a a a/ b b"), goal: promote("", "1"), grace: 30 * time.Second},
		"nothing is begun":     {in: half().Pods("a a a b a"), goal: promote("", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				var after []time.Duration
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					after = append(after, c.since().Round(time.Second))
					if !isNudge(change, tt.in.State().Set) {
						t.Errorf("%s is no nudge", change)
					}
					set := c.stored(change)
					c.show(renewed(tt.in, change).With(version(set.Version)))
					return set, nil
				}
				is(t, <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: 10 * time.Minute}), "failed: Stalled")
				if !slices.Equal(after, tt.after) {
					t.Errorf("nudged after %s, want %s", after, tt.after)
				}
				if took := c.since().Round(time.Second); took != 10*time.Minute+tt.grace {
					t.Errorf("it ended after %s: a nudge is no progress", took)
				}
			})
		})
	}
}

// denied is what an earlier run has met, and what may be mended by now.
func denied(g *rollout.Glance) {
	cause := rollout.Cause{ID: rollout.Quota, Message: "exceeded quota"}
	g.Denials = []rollout.Denial{{PodName: "web-2", Cause: cause, At: web().State().At}}
}

// renewed is a sighting after a nudge.
func renewed(in rollouttest.Sight, change rollout.Change) rollouttest.Sight {
	return in.Record("", "", func(r *rollout.Record) { *r = change.Set.Record })
}

// isNudge: what stands is what the record says of it, and one that is open stays so.
func isNudge(change rollout.Change, set rollout.Set) bool {
	want := rollout.Record{Op: "apply", State: rollout.Done}
	if set.Record != nil {
		want = *set.Record
	}
	p := change.Set
	return p != nil && p.Template == nil && p.Partition == nil && p.Replicas == nil && p.Retention == nil &&
		p.Record.Op == want.Op && p.Record.State == want.State && p.Record.Gen == set.Generation &&
		p.Record.Partition == set.Partition.Index && p.Record.Replicas == set.Replicas && p.Record.ToDigest == set.Template &&
		p.Record.Own != nil && p.Record.Own.Partition == 0
}

// TestNothingIsWrittenBeforeTheNudgeIsSeen: it makes no generation that would tell.
func TestNothingIsWrittenBeforeTheNudgeIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(promoting("a a a b b"))
		var nudged rollout.Change
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			nudged = change
			return c.stored(change), nil
		}
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
		c.pass(21 * time.Second)
		c.show(promoting("a a b b b")) // as it was before the nudge
		c.pass(5 * time.Second)
		if n := c.requests(); n != 1 || nudged.Set == nil {
			t.Fatalf("%d requests, want the nudge alone", n)
		}
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
			return rollout.Set{}, &rollout.Refusal{Reason: rollout.UnsafeRemoval}
		}
		c.show(renewed(promoting("a a b b b"), nudged).With(version("101")))
		<-ended
		if n := c.requests(); n != 2 {
			t.Errorf("%d requests, want the next write when the nudge is seen", n)
		}
	})
}
