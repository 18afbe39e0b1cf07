// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"errors"
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
		"finalizers are kept":  {in: none().Record("delete", rollout.Open).With(lingering), goal: rollout.Delete{}},
		"nothing is begun":     {in: half().Pods("a a a b a"), goal: promote("", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				var after []time.Duration
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					after = append(after, c.since().Round(time.Second))
					if change.Nudge == nil {
						t.Errorf("%s is no nudge", change)
					}
					set := c.stored(change)
					c.show(tt.in.With(version(set.Version)))
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

func lingering(s *rollout.Set) { s.Deleting, s.Finalizers = true, []string{"shop/backup"} }

// denied is what an earlier run has met, and what may be mended by now.
func denied(g *rollout.Glance) {
	cause := rollout.Cause{ID: rollout.Quota, Message: "exceeded quota"}
	g.Denials = []rollout.Denial{{PodName: "web-2", Cause: cause, At: web().State().At}}
}

// TestARefusedNudge is told of, and the run goes on without it.
func TestARefusedNudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(promoting("a a a b b"))
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
			return rollout.Set{}, errors.New("change freeze")
		}
		var told []string
		report := func(_ rollout.State, events []rollout.Event) {
			for _, e := range events {
				if e.Type == rollout.WarningEvent {
					told = append(told, e.Message)
				}
			}
		}
		ended := c.drive(t.Context(), promote("", "3"), rollout.Options{Stall: 10 * time.Minute, Report: report})
		c.pass(30 * time.Second)
		c.show(web().Revisions("a", "b").Partition(2).Pods("a a b b b"))
		if outcome := <-ended; outcome.Writes > 0 {
			t.Errorf("%d writes", outcome.Writes)
		}
		want := []string{"the controller, which has done nothing for 20s, cannot be called back: change freeze"}
		if !slices.Equal(told, want) {
			t.Errorf("told is %q, want %q", told, want)
		}
	})
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
		if n := c.requests(); n != 1 || nudged.Nudge == nil {
			t.Fatalf("%d requests, want the nudge alone", n)
		}
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
			return rollout.Set{}, &rollout.Refusal{Reason: rollout.UnsafeRemoval}
		}
		c.show(promoting("a a b b b").With(version("101")))
		<-ended
		if n := c.requests(); n != 2 {
			t.Errorf("%d requests, want the next write when the nudge is seen", n)
		}
	})
}
