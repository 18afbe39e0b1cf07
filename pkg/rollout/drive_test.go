// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// stage is a cluster with one sighting, which the test changes.
type stage struct {
	mu      sync.Mutex
	sight   rollouttest.Sight
	clock   rollouttest.Clock
	looks   int
	asked   []rollout.Change
	answer  func(context.Context, rollout.Change) (rollout.Set, error)
	changed chan struct{}
}

// newStage must be called inside a bubble.
func newStage(sight rollouttest.Sight) *stage {
	return &stage{
		sight: sight, clock: rollouttest.NewClock(), changed: make(chan struct{}, 1),
		answer: func(context.Context, rollout.Change) (rollout.Set, error) {
			return rollout.Set{}, errors.New("nobody answers")
		},
	}
}

func (c *stage) Observe() rollout.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return c.sight.Glance(func(g *rollout.Glance) { g.At = c.clock.Now() }).State()
}

func (c *stage) Changed() <-chan struct{} { return c.changed }

func (c *stage) Apply(ctx context.Context, _ rollout.State, change rollout.Change) (rollout.Set, error) {
	c.mu.Lock()
	c.asked = append(c.asked, change)
	answer := c.answer
	c.mu.Unlock()
	return answer(ctx, change)
}

// requests that were made so far.
func (c *stage) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

func (c *stage) looked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looks
}

// show changes the sighting and rings.
func (c *stage) show(sight rollouttest.Sight) {
	c.mu.Lock()
	c.sight = sight
	c.mu.Unlock()
	c.ring()
}

func (c *stage) ring() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// drive runs a goal beside the test.
func (c *stage) drive(ctx context.Context, g rollout.Goal, o rollout.Options) <-chan rollout.Outcome {
	ended := make(chan rollout.Outcome, 1)
	o.Run = "0000bbbb"
	go func() { ended <- rollout.Drive(ctx, c, g, o) }()
	synctest.Wait()
	return ended
}

// since is how much of the bubble's time has gone by.
func (c *stage) since() time.Duration { return c.clock.Now().Sub(web().State().At) }

func (c *stage) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func is(t *testing.T, outcome rollout.Outcome, kind string) {
	t.Helper()
	if got := rollouttest.Kind(outcome.Err); got != kind {
		t.Errorf("it ended with %s (%v), want %s", got, outcome.Err, kind)
	}
}

// TestStallClock: the clock runs while nothing comes nearer to the goal, and
// stands still where a blocker takes its time by rule.
func TestStallClock(t *testing.T) {
	slow := func(s *rollout.Set) { s.MinReadySeconds = 1800 }
	pod := func(edit func(*rollout.Pod, time.Time)) func(*rollout.Glance) {
		return func(g *rollout.Glance) { edit(&g.Pods[4], web().State().At) }
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		kind string
		took time.Duration
	}{
		"nothing moves":  {half().Pods("a a a b b?"), promote("", "1"), "failed: Stalled", 10 * time.Minute},
		"to be replaced": {half().Pods("a a a b a"), promote("", "1"), "failed: Stalled", 10 * time.Minute},
		"not observed":   {half().Unobserved(), promote("", "1"), "failed: Stalled", 10 * time.Minute},
		"a broken image, after patience": {half().Pods("a a a b b?").Glance(pod(func(p *rollout.Pod, now time.Time) {
			p.Cause, p.Since = rollout.Cause{ID: rollout.ImagePull}, now
		})), promote("", "1"), "refused: BrokenPods", 30 * time.Second},
		"it terminates for an hour": {half().Pods("a a a b b/").Glance(pod(func(p *rollout.Pod, now time.Time) {
			p.GraceEnds = now.Add(time.Hour)
		})), promote("", "1"), "refused: BrokenPods", 70 * time.Minute},
		"minReadySeconds, and then another step": {half().Pods("a a a b b~").With(slow), promote("", "1"), "error: nobody answers", 30 * time.Minute},
		"a startup probe's budget": {half().Pods("a a a b b?").Glance(pod(func(p *rollout.Pod, now time.Time) {
			p.ProbeUntil, p.ProbeFor = now.Add(20*time.Minute), 20*time.Minute
		})), promote("", "1"), "failed: Stalled", 30 * time.Minute},
		"soak": {half().Glance(pod(func(p *rollout.Pod, now time.Time) {
			p.ReadyAt = now
		})), promote("", "1", func(g *rollout.Promote) { g.Soak = 40 * time.Minute }), "error: nobody answers", 40 * time.Minute},
		"out of sight": {half().Glance(func(g *rollout.Glance) { g.Blind = "down" }), promote("", "1"), "unreachable", 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				outcome := <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: 10 * time.Minute})
				is(t, outcome, tt.kind)
				if got := c.since().Round(time.Second); got != tt.took {
					t.Errorf("it took %s, want %s", got, tt.took)
				}
				if n := c.looked(); n > 20 {
					t.Errorf("it looked %d times, though nothing changed", n)
				}
			})
		})
	}
}

// TestProgressStartsTheStallClockAnew, and going back and forth does not.
func TestProgressStartsTheStallClockAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half().Pods("a a a b b."))
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
		c.pass(9 * time.Minute)
		c.show(half().Pods("a a a b b?")) // nearer
		for range 3 {
			c.pass(3 * time.Minute)
			c.show(half().Pods("a a a b b."))
			synctest.Wait()
			c.show(half().Pods("a a a b b?"))
		}
		is(t, <-ended, "failed: Stalled")
		if got := c.since().Round(time.Second); got != 19*time.Minute {
			t.Errorf("it took %s, want 19m0s", got)
		}
	})
}

// TestSilent: an ordinal that nobody made, and of which no event tells, says at the end
// what may be the matter.
func TestSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outcome := <-newStage(half().Pods("a a a b -")).drive(t.Context(), promote("", "1"), rollout.Options{Stall: time.Minute})
		var failure *rollout.Failure
		if !errors.As(outcome.Err, &failure) || failure.Blockers[0].Cause.ID != rollout.Silent || failure.Blockers[0].Cause.Try == "" {
			t.Errorf("it ended with %v", outcome.Err)
		}
	})
}

// TestBlindTimeDoesNotCount for the stall clock, nor the other way round.
func TestBlindTimeDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := half().Pods("a a a b b?")
		blind := stuck.Glance(func(g *rollout.Glance) { g.Blind = "the watch of pods is down" })
		c := newStage(stuck)
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
		for range 3 {
			c.pass(3 * time.Minute)
			c.show(blind)
			c.pass(9 * time.Minute)
			c.show(stuck)
		}
		is(t, <-ended, "failed: Stalled")
		if got := c.since().Round(time.Second); got != 37*time.Minute {
			t.Errorf("it took %s, want 37m0s: ten in sight, 27 blind", got)
		}
	})
}

// TestWithoutTimers: no progress timeout and no heartbeat, so only a change or
// the end of the context wakes the run.
func TestWithoutTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := newStage(half().Pods("a a a b b?"))
		ended := c.drive(ctx, promote("", "1"), rollout.Options{})
		c.pass(24 * time.Hour)
		if n := c.looked(); n != 2 { // the first sighting, and the first decision
			t.Errorf("it looked %d times in a quiet day", n)
		}
		interrupted := errors.New("interrupted")
		cancel(interrupted)
		if outcome := <-ended; !errors.Is(outcome.Err, interrupted) {
			t.Errorf("it ended with %v", outcome.Err)
		}
	})
}

// TestBeat: a run reports that it lives though nothing has changed.
func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reports := 0
		c := newStage(half().Pods("a a a b b?"))
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{
			Stall: 10 * time.Minute, Beat: 30 * time.Second, Report: func(rollout.State, []rollout.Event) { reports++ },
		})
		<-ended
		if reports < 20 || reports > 25 {
			t.Errorf("%d reports in ten minutes, want one in thirty seconds", reports)
		}
	})
}

// TestEventsAreToldOnce, waits only when they change.
func TestEventsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		c := newStage(half().Pods("a a a b b."))
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{
			Stall: time.Minute, Beat: time.Second,
			Report: func(_ rollout.State, events []rollout.Event) {
				for _, e := range events {
					told = append(told, fmt.Sprintf("%s %s", e.Type, e.Phase))
				}
			},
		})
		c.pass(10 * time.Second)
		c.show(half().Pods("a a a b b?"))
		<-ended
		if want := []string{"Wait ", "Ordinal Starting"}; !slices.Equal(told, want) {
			t.Errorf("it told %q, want %q", told, want)
		}
	})
}

// stored answers a write as a server does.
func (c *stage) stored(change rollout.Change) rollout.Set {
	set := c.Observe().Set
	if change.Set != nil {
		set.Spec = change.Set.Spec(set.Spec)
		set.Generation = change.Set.Record.Gen
	}
	if change.Set != nil || change.Nudge != nil {
		set.Version = fmt.Sprint(100 + len(c.asked))
	}
	return set
}

// TestNoDoubleWrite: between a write and the cache that shows it, nothing is
// written, whatever else changes.
func TestNoDoubleWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) { return c.stored(change), nil }
		ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
		for range 50 {
			c.pass(time.Second)
			c.ring()
		}
		if n := c.requests(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		is(t, <-ended, "failed: Stalled")
	})
}

// TestMovedLimit: a write whose precondition never holds is given up, and not in
// the blink of an eye.
func TestMovedLimit(t *testing.T) {
	for name, err := range map[string]error{"moved": rollout.ErrMoved, "lost": rollout.ErrLost, "unserved": rollout.ErrUnserved} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half())
				c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
					c.ring()
					return rollout.Set{}, err
				}
				outcome := <-c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
				if !errors.Is(outcome.Err, err) || outcome.Writes != 0 {
					t.Errorf("it ended with %v after %d writes", outcome.Err, outcome.Writes)
				}
				if n := c.requests(); n != 11 || c.since().Round(time.Second) != 10*time.Second {
					t.Errorf("%d requests in %s, want 11 in 10s", n, c.since())
				}
			})
		})
	}
}

// counting are options that count the writes which are followed.
func counting(followed *int) rollout.Options {
	return rollout.Options{Stall: time.Minute, Stored: func(context.Context, rollout.Change) (string, error) {
		*followed++
		return "", nil
	}}
}

// TestWritesBesideTheLoop: nothing is decided before they are seen, those from before
// the run and those that follow a write of it.
func TestWritesBesideTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) { return c.stored(change), nil }
		o := rollout.Options{Stall: time.Hour, Version: "200", Stored: func(context.Context, rollout.Change) (string, error) { return "300", nil }}
		ended := c.drive(t.Context(), promote("", "1"), o)
		written := half().Partition(2).Pods("a a b b b").With(func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 })
		for at, want := range []int{0, 1, 1, 2} {
			sight := []rollouttest.Sight{half(), half().With(version("200")), written.With(version("299")), written.With(version("300"))}[at]
			c.show(sight)
			c.pass(time.Second)
			if n := c.requests(); n != want {
				t.Fatalf("%d: %d requests, want %d", at, n, want)
			}
		}
		c.show(half().With(func(s *rollout.Set) { s.UID = "" }))
		<-ended
	})
}

// TestLostAnswer: a request whose answer was lost is made again if it was not
// stored, and taken for ours if it was.
func TestLostAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		store    func(*stage, rollout.Change)
		requests int
		writes   int
	}{
		"stored":     {func(c *stage, change rollout.Change) { c.showStored(change) }, 1, 1},
		"not stored": {func(*stage, rollout.Change) {}, 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half())
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					tt.store(c, change)
					return rollout.Set{}, rollout.ErrLost
				}
				followed := 0
				ended := c.drive(t.Context(), promote("", "1"), counting(&followed))
				c.pass(3500 * time.Millisecond)
				if n := c.requests(); n != tt.requests {
					t.Errorf("%d requests, want %d", n, tt.requests)
				}
				if outcome := <-ended; outcome.Writes != tt.writes || followed != tt.writes {
					t.Errorf("it counts %d writes and follows %d, want %d", outcome.Writes, followed, tt.writes)
				}
			})
		})
	}
}

// TestLostAnswerIsEnough: a run that may write once writes once, though it was
// not told that it did.
func TestLostAnswerIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			c.showStored(change)
			return rollout.Set{}, rollout.ErrLost
		}
		outcome := <-c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: time.Minute, Writes: 1})
		if outcome.Err != nil || outcome.Writes != 1 || c.requests() != 1 {
			t.Errorf("it ended with %v after %d writes and %d requests", outcome.Err, outcome.Writes, c.requests())
		}
	})
}

// TestFollowsInSight: what belongs to a write whose answer was lost waits until
// all watches are up.
func TestFollowsInSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		var wrote rollout.Change
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			wrote = change
			c.showStored(change, func(g *rollout.Glance) { g.Blind = "the watch of pods is down" })
			return rollout.Set{}, rollout.ErrLost
		}
		followed := 0
		ended := c.drive(t.Context(), promote("", "1"), counting(&followed))
		c.pass(3 * time.Second)
		if followed > 0 {
			t.Errorf("it follows out of sight")
		}
		c.showStored(wrote)
		<-ended
		if followed != 1 {
			t.Errorf("it follows %d times, want 1", followed)
		}
	})
}

// TestNoAnswerInTime: a server that takes no write is no ordinal that does not move.
func TestNoAnswerInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) { return rollout.Set{}, rollout.ErrLost }
		outcome := <-c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 500 * time.Millisecond})
		if !errors.Is(outcome.Err, rollout.ErrLost) {
			t.Errorf("it ended with %v", outcome.Err)
		}
	})
}

// showStored is the first step of a promote, as the watch brings it.
func (c *stage) showStored(change rollout.Change, edits ...func(*rollout.Glance)) {
	r := change.Set.Record
	c.show(half().Glance(edits...).Partition(2).Pods("a a b? b b").With(func(s *rollout.Set) { s.Generation, s.Observed = r.Gen, r.Gen }, version(fmt.Sprint(100+c.requests()))).
		Record("promote", rollout.Open, func(mine *rollout.Record) { *mine = r }))
}

// TestInterrupted: a request that is under way when the run is interrupted gets
// five seconds, and its answer counts.
func TestInterrupted(t *testing.T) {
	for name, tt := range map[string]struct {
		takes  time.Duration
		writes int
		unseen string
		took   time.Duration
	}{
		"answered in time": {3 * time.Second, 1, "partition 2", 3 * time.Second},
		"not answered":     {time.Hour, 0, "none", 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half())
				c.answer = func(ctx context.Context, change rollout.Change) (rollout.Set, error) {
					select {
					case <-time.After(tt.takes):
						return c.stored(change), nil
					case <-ctx.Done():
						return rollout.Set{}, rollout.ErrLost
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := c.drive(ctx, promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
				cancel()
				outcome := <-ended
				if !errors.Is(outcome.Err, context.Canceled) || outcome.Writes != tt.writes || unseenOf(outcome) != tt.unseen {
					t.Errorf("it ended with %v after %d writes, want %d, and of those %s is not seen, want %s", outcome.Err, outcome.Writes, tt.writes, unseenOf(outcome), tt.unseen)
				}
				if got := c.since().Round(time.Second); got != tt.took {
					t.Errorf("it took %s, want %s", got, tt.took)
				}
			})
		})
	}
}

// unseenOf is the write that the last sighting does not show, in words.
func unseenOf(o rollout.Outcome) string {
	if o.Unseen == nil {
		return "none"
	}
	return o.Unseen.String()
}

// TestInterruptedOnceSeen: what a sighting shows needs no telling.
func TestInterruptedOnceSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			c.showStored(change)
			return c.stored(change), nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.drive(ctx, promote("", "1"), rollout.Options{})
		cancel()
		if outcome := <-ended; outcome.Writes != 1 || outcome.Unseen != nil {
			t.Errorf("after %d writes the one that no sighting shows is %v", outcome.Writes, outcome.Unseen)
		}
	})
}

// TestInterruptedAmongClaims tells which of them are gone for good.
func TestInterruptedAmongClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(none().Glance(owned(owners{"data-web-0": "", "data-web-1": ""})))
		ctx, cancel := context.WithCancel(t.Context())
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
			cancel()
			return rollout.Set{}, nil
		}
		outcome := <-c.drive(ctx, rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web"}, rollout.Options{})
		if !slices.Equal(outcome.Destroyed, []string{"data-web-0"}) || outcome.Unseen == nil {
			t.Errorf("it has destroyed %q, and nothing shows %v", outcome.Destroyed, outcome.Unseen)
		}
	})
}

// TestInterruptedTells what was awaited, a cause too young to be told before
// among it; that the watches end with the run is no news.
func TestInterruptedTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		early := func(g *rollout.Glance) {
			g.Pods[4].Cause, g.Pods[4].Since = rollout.Cause{ID: rollout.ReadinessProbe}, g.At
		}
		c := newStage(half().Pods("a a a b b?").Glance(early))
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.drive(ctx, promote("", "1"), rollout.Options{})
		c.pass(time.Second)
		cancel()
		c.show(half().Pods("a a a b b?").Glance(early, func(g *rollout.Glance) { g.Blind = "the watch is down" }))
		outcome := <-ended
		if !errors.Is(outcome.Err, context.Canceled) || len(outcome.Waited) != 1 || outcome.Waited[0].Cause.ID != rollout.ReadinessProbe {
			t.Errorf("%v, waited for %+v", outcome.Err, outcome.Waited)
		}
		if outcome.Last.Blind != "" {
			t.Errorf("it tells of its end that %s", outcome.Last.Blind)
		}
	})
}

// TestInterruptedTellsOfASilentController: of an ordinal that has had no pod for long,
// and of which no event tells, it says who may keep the controller from making one.
func TestInterruptedTellsOfASilentController(t *testing.T) {
	for after, want := range map[time.Duration]rollout.CauseID{time.Second: "", time.Minute: rollout.Silent} {
		synctest.Test(t, func(t *testing.T) {
			justNow := func(r *rollout.Record) { r.At = web().State().At }
			in := half().Partition(2).Pods("a a - b b").Record("promote", rollout.Open, justNow)
			c := newStage(in)
			c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
				set := c.stored(change)
				c.show(in.With(version(set.Version)))
				return set, nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			outcome := <-c.drive(ctx, promote("", "1"), rollout.Options{})
			if len(outcome.Waited) != 1 || outcome.Waited[0].Cause.ID != want {
				t.Errorf("after %s it waited for %+v, want the cause %q", after, outcome.Waited, want)
			}
		})
	}
}

// TestInterruptedWhileDone: who is done is done, interrupted or not.
func TestInterruptedWhileDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		is(t, <-newStage(web()).drive(ctx, promote("", "1"), rollout.Options{}), "done")
	})
}

// TestServersOwnError ends a run; a refusal by then is a failure if anything was
// written before.
func TestServersOwnError(t *testing.T) {
	for name, tt := range map[string]struct {
		answers []error
		kind    string
	}{
		"an error":                {[]error{errors.New("forbidden")}, "error: forbidden"},
		"a refusal":               {[]error{&rollout.Refusal{Reason: rollout.UnsafeRemoval}}, "refused: UnsafeRemoval"},
		"a refusal after a write": {[]error{rollout.ErrLost, &rollout.Refusal{Reason: rollout.UnsafeRemoval}}, "failed: UnsafeRemoval"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half())
				c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
					return rollout.Set{}, tt.answers[c.requests()-1]
				}
				is(t, <-c.drive(t.Context(), promote("", "1"), rollout.Options{}), tt.kind)
			})
		})
	}
}

// TestDescribe: a sentence about many ordinals stays one.
func TestDescribe(t *testing.T) {
	s := rollouttest.Set("web").Replicas(9).Pods("a! a! a! a! a! a! a! a! a!").State()
	d := rollout.Decide(scale(10), s, rollout.LeaseOf(scale(10), s, "0000bbbb"))
	if !strings.HasSuffix(d.Err.Error(), "web-2 has failed: image-pull: manifest unknown; and 6 more") {
		t.Errorf("it says %s", d.Err)
	}
}

// TestASetThatGoesBack: the cluster's storage was restored from a backup under a run,
// whose own write is not in it and never will be seen.
func TestASetThatGoesBack(t *testing.T) {
	at := func(generation int64, version string) rollouttest.Sight {
		return half().Pods("a a a b b?").With(func(s *rollout.Set) {
			s.Generation, s.Observed, s.Version = generation, generation, version
		})
	}
	for name, tt := range map[string]struct {
		later rollouttest.Sight
		kind  string
	}{
		"an older generation": {at(8, "90"), "superseded: SetWentBack"},
		"an older version":    {at(9, "90"), "superseded: SetWentBack"},
		"it stands":           {at(9, "100"), "failed: Stalled"},
		"it goes on":          {at(9, "101"), "failed: Stalled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(at(9, "100"))
				ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: time.Minute})
				c.pass(time.Second)
				c.show(tt.later)
				is(t, <-ended, tt.kind)
			})
		})
	}
}
