// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// aged says since when the last ordinal has been on its way.
func aged(ago time.Duration, edits ...func(*rollout.Pod)) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		p := &g.Pods[len(g.Pods)-1]
		p.UnreadySince = g.At.Add(-ago)
		for _, edit := range edits {
			edit(p)
		}
	}
}

// TestByOwnTimes: the progress timeout of a look, which has measured nothing.
func TestByOwnTimes(t *testing.T) {
	const timeout = 10 * time.Minute
	now := web().State().At
	probe := func(p *rollout.Pod) { p.ProbeUntil, p.ProbeFor = now.Add(time.Minute), 5*time.Minute }
	gate := func(p *rollout.Pod) { p.Cause = rollout.Cause{ID: rollout.ReadinessGate} }
	leaves := func(ago time.Duration) func(*rollout.Pod) {
		return func(p *rollout.Pod) { p.GraceEnds = now.Add(-ago) }
	}
	missing := func(counted int32, ago time.Duration) func(*rollout.Glance) {
		return func(g *rollout.Glance) { g.Set.Counted, g.Set.StatusAt = counted, now.Add(-ago) }
	}
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		word  rollout.Word
		again time.Duration // when the clock changes that
	}{
		"not Ready for minutes":                    {web().Pods("a a a a a?").Glance(aged(9 * time.Minute)), rollout.WordRolling, time.Minute},
		"not Ready for ten":                        {web().Pods("a a a a a?").Glance(aged(timeout)), rollout.WordFailing, 0},
		"a readiness gate, for days":               {web().Pods("a a a a a?").Glance(aged(72*time.Hour, gate)), rollout.WordFailing, 0},
		"on no node, for days":                     {web().Pods("a a a a a.").Glance(aged(72 * time.Hour)), rollout.WordFailing, 0},
		"a canary's, for days":                     {half().Pods("a a a b b?").Glance(aged(72 * time.Hour)), rollout.WordFailing, 0},
		"a startup probe's budget":                 {web().Pods("a a a a a?").Glance(aged(14*time.Minute, probe)), rollout.WordRolling, time.Minute},
		"beyond a startup probe's budget":          {web().Pods("a a a a a?").Glance(aged(15*time.Minute, probe)), rollout.WordFailing, 0},
		"within its grace":                         {web().Pods("a a a a a/").Glance(aged(time.Hour)), rollout.WordRolling, 30 * time.Second},
		"beyond its grace":                         {web().Pods("a a a a a/").Glance(aged(0, leaves(9*time.Minute))), rollout.WordRolling, time.Minute},
		"long beyond its grace":                    {web().Pods("a a a a a/").Glance(aged(0, leaves(timeout))), rollout.WordFailing, 0},
		"one is missing, and nothing tells when":   {web().Pods("a a a a -"), rollout.WordScaling, 0},
		"one is missing, just now":                 {web().Pods("a a a a -").Glance(missing(5, time.Hour)), rollout.WordScaling, 0},
		"one is missing, and counted so":           {web().Pods("a a a a -").Glance(missing(4, 9*time.Minute)), rollout.WordScaling, time.Minute},
		"one is missing, and counted so for hours": {web().Pods("a a a a -").Glance(missing(4, time.Hour)), rollout.WordFailing, 0},
		"out of sight":                             {web().Pods("a a a a a?").Glance(aged(time.Hour), func(g *rollout.Glance) { g.Blind = "down" }), rollout.WordRolling, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State().ByOwnTimes(timeout)
			if got := s.Word(); got != tt.word {
				t.Errorf("it is %s, want %s", got, tt.word)
			}
			again := time.Duration(0)
			if at := s.Again(); !at.IsZero() {
				again = at.Sub(now)
			}
			if again != tt.again {
				t.Errorf("the clock changes it in %s, want %s", again, tt.again)
			}
			if got := tt.in.State().ByOwnTimes(0).Word(); got == rollout.WordFailing {
				t.Error("it has failed without a timeout")
			}
		})
	}
}

// TestBrokenForDays: what has made no progress for longer than the timeout is refused
// before the first write, and not waited for; a way back is let through.
func TestBrokenForDays(t *testing.T) {
	one := intstr.FromInt32(1)
	stuck := func(in rollouttest.Sight, pods string) rollouttest.Sight {
		return in.Pods(pods).Glance(aged(72 * time.Hour))
	}
	b := rollouttest.Template{Name: "b"}.Patch()
	stable := web().State().Revisions[0]
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		want string
	}{
		"scale":                             {stuck(web(), "a a a a a?"), rollout.Scale{To: 6, Step: 1}, "refused: BrokenPods"},
		"canary":                            {stuck(web(), "a a a a a?"), rollout.Canary{Template: b, Count: one, Step: one}, "refused: BrokenPods"},
		"promote":                           {stuck(half(), "a a a b b?"), promote("", "1"), "refused: BrokenPods"},
		"apply":                             {stuck(web(), "a a a a a?"), rollout.Apply{Template: b, Step: one}, "refused: BrokenPods"},
		"one's own apply":                   {stuck(web(), "a a a a a?"), rollout.Apply{Template: rollouttest.Template{Name: "a"}.Patch(), Step: one}, "failed: Stalled"},
		"scale it away":                     {stuck(web(), "a a a a a?"), rollout.Scale{To: 4, Step: 1}, "error: nobody answers"},
		"abort":                             {stuck(half(), "a a a b b?"), rollout.Abort{Stable: stable, Template: rollouttest.Template{Name: "a"}.Patch()}, "error: nobody answers"},
		"abort, and a stable one is broken": {stuck(half(), "a a? a b b"), rollout.Abort{Stable: stable, Template: rollouttest.Template{Name: "a"}.Patch()}, "error: nobody answers"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				outcome := <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: 10 * time.Minute})
				is(t, outcome, tt.want)
				if got := c.since(); got > time.Second {
					t.Errorf("it took %s", got)
				}
				if strings.HasPrefix(tt.want, "refused") && outcome.Last.Word() != rollout.WordFailing {
					t.Errorf("it leaves a set that is %s", outcome.Last.Word())
				}
			})
		})
	}
}

// TestAfterAStall: a run that nothing came of leaves a set that is failing.
func TestAfterAStall(t *testing.T) {
	for name, in := range map[string]rollouttest.Sight{
		"one is not Ready":      half().Pods("a a a b b?"),
		"one is not replaced":   half().Pods("a a a b a"),
		"one is missing":        half().Pods("a a a b -"),
		"it is not seen at all": half().Unobserved(),
	} {
		synctest.Test(t, func(t *testing.T) {
			outcome := <-newStage(in).drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
			is(t, outcome, "failed: Stalled")
			if got := outcome.Last.Word(); got != rollout.WordFailing {
				t.Errorf("%s: it leaves a set that is %s", name, got)
			}
		})
	}
}

// TestRestsOnce: what takes its time by rule does so once, until something has come
// nearer: not each time that a pod breaks anew, and not for as long as the clock of a
// node is ahead.
func TestRestsOnce(t *testing.T) {
	slow := func(s *rollout.Set) { s.MinReadySeconds = 60 }
	last := func(edit func(*rollout.Pod, time.Time)) func(*rollout.Glance) {
		return func(g *rollout.Glance) { edit(&g.Pods[4], web().State().At) }
	}
	ahead := last(func(p *rollout.Pod, now time.Time) {
		p.ReadyAt, p.StartedAt = now.Add(2*time.Hour), now.Add(2*time.Hour)
	})
	soaks := promote("", "1", func(g *rollout.Promote) { g.Soak = 10 * time.Second })
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		took time.Duration
	}{
		"a node's clock is ahead, in a soak":          {half().Glance(ahead), soaks, 10*time.Minute + 10*time.Second},
		"a node's clock is ahead, in minReadySeconds": {half().With(slow).Glance(ahead), promote("", "1"), 11 * time.Minute},
		"a node's clock is ahead, in a startup probe": {half().Pods("a a a b b?").Glance(last(func(p *rollout.Pod, now time.Time) {
			p.ProbeUntil, p.ProbeFor = now.Add(2*time.Hour), time.Minute
		})), promote("", "1"), 11 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				is(t, <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: 10 * time.Minute}), "failed: Stalled")
				if got := c.since().Round(time.Second); got != tt.took {
					t.Errorf("it took %s, want %s", got, tt.took)
				}
			})
		})
	}
	t.Run("it flaps below minReadySeconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newStage(half().Pods("a a a b b~").With(slow))
			ended := c.drive(t.Context(), promote("", "1"), rollout.Options{Stall: 10 * time.Minute})
			for range 20 {
				c.pass(50 * time.Second)
				c.show(half().Pods("a a a b b?").With(slow))
				c.pass(10 * time.Second)
				at := c.clock.Now()
				c.show(half().Pods("a a a b b~").With(slow).Glance(last(func(p *rollout.Pod, _ time.Time) { p.ReadyAt = at })))
			}
			is(t, <-ended, "failed: Stalled")
			if got := c.since(); got > 20*time.Minute {
				t.Errorf("it took %s", got)
			}
		})
	})
}

// TestUnreadySince: a pod that is over was Ready for as long as nothing tells otherwise.
func TestUnreadySince(t *testing.T) {
	created, over := noon().Add(-time.Hour), phase(corev1.PodFailed)
	endedAt := func(s *corev1.ContainerStatus) {
		s.State.Terminated = &corev1.ContainerStateTerminated{FinishedAt: metav1.NewTime(noon().Add(-time.Minute))}
	}
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want time.Time
	}{
		"it is made":                    {pod(), created},
		"it is not Ready any more":      {pod(has(corev1.PodReady, corev1.ConditionFalse, "", "")), noon()},
		"over, and it tells nothing":    {pod(over), time.Time{}},
		"over, and Ready still":         {pod(over, has(corev1.PodScheduled, corev1.ConditionTrue, "", ""), has(corev1.PodReady, corev1.ConditionTrue, "", "")), time.Time{}},
		"over, and not Ready since":     {pod(over, has(corev1.PodReady, corev1.ConditionFalse, "", "")), noon()},
		"over, and its container ended": {pod(over, container(endedAt)), noon().Add(-time.Minute)},
		"over, since it was to go":      {pod(over, container(endedAt), has(corev1.DisruptionTarget, corev1.ConditionTrue, "", "")), noon()},
	} {
		if got := rollout.LookPod(tt.in, 0).UnreadySince; !got.Equal(tt.want) {
			t.Errorf("%s: on its way since %s, want %s", name, got, tt.want)
		}
	}
}

// TestFollowGoesByWhatWasSeen: neither a clock that is behind nor one that is ahead
// makes a soak, a patience or the progress timeout shorter than what a run has seen.
func TestFollowGoesByWhatWasSeen(t *testing.T) {
	now := web().State().At
	behind, ahead := now.Add(-15*time.Second), now.Add(15*time.Second)
	ready := func(at time.Time) rollout.Pod {
		return rollout.Pod{UID: "1", Phase: rollout.Ready, ReadyAt: at, StartedAt: at}
	}
	held := func(uid string, since time.Time) rollout.Pod {
		return rollout.Pod{UID: "1", Name: uid, Phase: rollout.Starting, Cause: rollout.Cause{ID: rollout.ImagePull}, Since: since, UnreadySince: since}
	}
	for name, tt := range map[string]struct{ is, was, want rollout.Pod }{
		"it has become Ready":       {ready(behind), rollout.Pod{UID: "1", Phase: rollout.Starting}, rollout.Pod{SteadySeen: now}},
		"it is another pod":         {ready(behind), rollout.Pod{UID: "2", Phase: rollout.Ready, ReadyAt: behind, StartedAt: behind}, rollout.Pod{SteadySeen: now}},
		"a container was restarted": {ready(behind), ready(behind.Add(-time.Minute)), rollout.Pod{SteadySeen: now}},
		"it is as it was found":     {ready(behind), ready(behind), rollout.Pod{}},
		"a cause, a clock behind":   {held("", behind), rollout.Pod{}, rollout.Pod{Since: now, UnreadySince: now}},
		"a cause, a clock ahead":    {held("", ahead), rollout.Pod{}, rollout.Pod{Since: ahead, UnreadySince: ahead}},
		"the same cause":            {held("", behind), held("", behind.Add(-time.Hour)), rollout.Pod{Since: behind.Add(-time.Hour), UnreadySince: behind.Add(-time.Hour)}},
	} {
		got := tt.is.Follow(tt.was, now)
		if !got.SteadySeen.Equal(tt.want.SteadySeen) || !got.Since.Equal(tt.want.Since) || !got.UnreadySince.Equal(tt.want.UnreadySince) {
			t.Errorf("%s: seen %s, since %s, on its way since %s", name, got.SteadySeen, got.Since, got.UnreadySince)
		}
	}
}

// TestSoakOfANodeBehind lasts as long as any: from when this run saw it become Ready.
func TestSoakOfANodeBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half().Glance(func(g *rollout.Glance) {
			now := web().State().At
			g.Pods[4].ReadyAt, g.Pods[4].StartedAt, g.Pods[4].SteadySeen = now.Add(-15*time.Second), now.Add(-15*time.Second), now
		}))
		goal := promote("", "1", func(g *rollout.Promote) { g.Soak = 10 * time.Second })
		is(t, <-c.drive(t.Context(), goal, rollout.Options{Stall: 10 * time.Minute}), "error: nobody answers")
		if got := c.since().Round(time.Second); got != 10*time.Second {
			t.Errorf("it soaked for %s, want 10s", got)
		}
	})
}
