// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"

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
		want := []string{"nothing has changed for 20s, and the controller cannot be called back: change freeze"}
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

// TestARefusalAfterANudge is none: the annotation is there, or may be.
func TestARefusalAfterANudge(t *testing.T) {
	for name, answer := range map[string]error{"stored": nil, "its answer was lost": rollout.ErrLost} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(promoting("a a - b b"))
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) { return c.stored(change), answer }
				ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
				c.pass(21 * time.Second)
				onDelete := func(s *rollout.Set) { s.Strategy = rollout.OnDelete }
				ours := func(r *rollout.Record) { r.Strategy = rollout.OnDelete }
				c.show(half().Partition(2).Pods("a a - b b").Record("promote", rollout.Open, ours).With(onDelete, version("101")))
				if outcome := <-ended; c.requests() != 1 {
					t.Errorf("%d requests, want the nudge alone", c.requests())
				} else {
					is(t, outcome, "failed: WrongStrategy")
				}
			})
		})
	}
}

// oldDenial was there before the run, of a pod that somebody may be able to make by now.
func oldDenial(g *rollout.Glance) {
	denies(tries{"web-2", 10 * time.Minute, 9 * time.Minute, overQuota})(g)
}

// TestOldDenial: it is the cause from the first line on, the controller is called back
// once, and where still no pod comes, it is the verdict, though no new event tells it.
func TestOldDenial(t *testing.T) {
	gap := promoting("a a - b b").Glance(oldDenial)
	for name, tt := range map[string]struct {
		after rollouttest.Sight // what is seen once the nudge is
		kind  string
		took  time.Duration
	}{
		"it still holds":         {gap, "failed: OrdinalFailed", 6 * time.Second},
		"it was mended":          {promoting("a a b b b").Glance(oldDenial), "error: nobody answers", time.Second},
		"the pod is on its way":  {promoting("a a b? b b").Glance(oldDenial), "failed: Stalled", 10*time.Minute + time.Second},
		"now another one denies": {gap.Glance(denies(tries{"web-2", -time.Second, -time.Second, unknownQuota}), newestFirst), "failed: Stalled", 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(gap)
				var told []string
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					if change.Nudge == nil {
						return rollout.Set{}, errors.New("nobody answers")
					}
					set := c.stored(change)
					c.show(tt.after.With(version(set.Version), func(s *rollout.Set) { s.Nudged = change.Nudge.At.Truncate(time.Second) }))
					return set, nil
				}
				report := tellsTo(&told)
				is(t, <-c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute, Report: report}), tt.kind)
				if took := c.since().Round(time.Second); took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
				if len(told) == 0 || !strings.Contains(told[0], overQuota) {
					t.Errorf("the first line is %q", told)
				}
			})
		})
	}
}

// tellsTo keeps what a run tells.
func tellsTo(told *[]string) rollout.Report {
	return func(_ rollout.State, events []rollout.Event) {
		for _, e := range events {
			*told = append(*told, e.Message)
		}
	}
}

func newestFirst(g *rollout.Glance) {
	slices.SortFunc(g.Denials, func(a, b rollout.Denial) int { return b.At.Compare(a.At) })
}

// TestADenialOfAnother: a run that has not begun what is under way says of a denied
// ordinal what status says, at once, and calls nobody back.
func TestADenialOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(web().Pods("a a - a a").Glance(oldDenial))
		is(t, <-c.drive(t.Context(), rollout.Scale{To: 6, Step: 1}, rollout.Options{Stall: 10 * time.Minute}), "refused: BrokenPods")
		if c.since() != 0 || c.requests() != 0 {
			t.Errorf("after %s, %d requests", c.since(), c.requests())
		}
	})
}

// TestADenialThatHeals: the controller tries again within milliseconds.
func TestADenialThatHeals(t *testing.T) {
	for _, message := range []string{overQuota, unknownQuota} {
		synctest.Test(t, func(t *testing.T) {
			c := newStage(promoting("a a - b b").Glance(denies(tries{"web-2", 0, 0, message}), func(g *rollout.Glance) {
				g.Endings = map[int32]rollout.Ending{2: {At: ago(0)}}
			}))
			ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
			c.pass(10 * time.Millisecond)
			c.show(promoting("a a b b b").Glance(denies(tries{"web-2", 0, 0, message})))
			is(t, <-ended, "error: nobody answers")
		})
	}
}

// TestNoNudgeWhilePodsChange: a controller that makes and deletes pods is at work.
func TestNoNudgeWhilePodsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		again := func(uid string) rollouttest.Sight {
			return promoting("a a - b b").Glance(func(g *rollout.Glance) {
				g.Pods = append(g.Pods, rollout.Pod{Ordinal: 2, Name: "web-2", UID: types.UID(uid), Revision: "web-b", Phase: rollout.Starting, Since: g.At})
			})
		}
		c := newStage(again("0"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.drive(ctx, promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
		for i := range 20 {
			c.pass(6 * time.Second)
			c.show(promoting("a a - b b"))
			c.pass(6 * time.Second)
			c.show(again(fmt.Sprint(i + 1)))
		}
		if n := c.requests(); n != 0 {
			t.Errorf("%d requests", n)
		}
		c.show(promoting("a a - b b"))
		c.pass(21 * time.Second)
		if n := c.requests(); n != 1 {
			t.Errorf("%d requests, want one once it rests", n)
		}
		cancel()
		<-ended
	})
}
