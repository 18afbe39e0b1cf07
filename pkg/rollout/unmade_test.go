// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// keptBack denies ordinals their pods, for one cause.
func keptBack(cause rollout.CauseID, podNames ...string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for _, podName := range podNames {
			g.Denials = append(g.Denials, rollout.Denial{PodName: podName, Cause: rollout.Cause{ID: cause}, Lasting: true, At: ago(time.Minute)})
		}
	}
}

const overPods = "refused: BrokenPods: statefulset.apps/web: web-4 has failed: quota"

// TestReplaceBrokenOfNoTemplate: no other template makes what is held by what is around
// the set, so that none is written for it.
func TestReplaceBrokenOfNoTemplate(t *testing.T) {
	over := web().Pods("a a a a -").Glance(keptBack(rollout.Quota, "web-4"))
	lost := web().Pods("a a a a a!").Glance(causedBy(rollout.NodeLost))
	try(t, []row{
		{"over a quota, a canary", over, canaryReplacing("b", "1"), overPods},
		{"over a quota, an apply", over, apply("b", replaceBroken), overPods},
		{"on a lost node", lost, canaryReplacing("b", "1"), "refused: BrokenPods: statefulset.apps/web: web-4 has failed: node-lost"},
		{"on a lost node, off the live template", fixed("a! a a").Glance(causedBy(rollout.NodeLost)), replacing(""), "refused: BrokenPods: statefulset.apps/web: web-0 has failed: node-lost"},
	})
	for name, s := range map[string]rollouttest.Sight{"over a quota": over, "on a lost node": lost} {
		if _, is := rollout.Replacing(canary("b", "1", "1"), s.State()); is {
			t.Errorf("%s: --replace-broken is named", name)
		}
	}
}

// TestDropsUnmade: a scale that takes away nothing but what cannot be made is the way on,
// and is let through over what is under way, whose record stays.
func TestDropsUnmade(t *testing.T) {
	over, scaled := keptBack(rollout.Quota, "web-4"), args("replicas", "5")
	aborting := web().Pods("a a a a -").Record("abort", rollout.Open)
	dropped := "1. replicas 4: take web-4 away, which cannot be made; then wait until web-4 is gone"
	four := rollouttest.Set("web").Replicas(4).Glance(twoKept)
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		way   string
		plain string // what a scale to 4 does
	}{
		"a scale":                        {web().Pods("a a a a -").Record("scale", rollout.Open, scaled).Glance(over), "scale web --replicas 4", "1. replicas 4: take web-4 away; then wait until web-4 is gone\n2. record done: it is done"},
		"an abort":                       {aborting.Glance(over), "scale web --replicas 4", dropped},
		"an abort, of what it puts back": {aborting.Glance(keptBack(rollout.Policy, "web-4")), "scale web --replicas 4", dropped},
		"a canary":                       {half().Partition(4).Pods("a a a a -").Record("canary", rollout.Open, args("target", "4")).Glance(over), "scale web --replicas 4", dropped},
		"a canary that is denied":        {half().Partition(4).Pods("a a a a -").Record("canary", rollout.Open).Glance(keptBack(rollout.Policy, "web-4")), "", dropped},
		"a canary without a record":      {web().Revisions("a", "b").Partition(4).Pods("a a a a -").Glance(over), "", "refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and its ordinals are counted from the top; promote it or abort it before scaling"},
		"two of them":                    {web().Pods("a a a - -").Record("abort", rollout.Open).Glance(keptBack(rollout.Quota, "web-3")), "scale web --replicas 3", "refused: BrokenPods: statefulset.apps/web: web-3 has failed: quota"},
		"one below stands no more":       {web().Pods("a a! a a -").Record("abort", rollout.Open).Glance(keptBack(rollout.Quota, "web-4")), "", "refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown"},
		"a lower one":                    {web().Pods("a a - a a").Record("abort", rollout.Open).Glance(keptBack(rollout.Quota, "web-2")), "", abortUnderWay},
		"one that is on its way":         {aborting, "", abortUnderWay},
		"its claims would be destroyed":  {aborting.With(claims).Glance(over), "", "refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-4, logs-web-4; to agree to that, add --confirm-data-loss=web"},
		"it is done":                     {four.Record("abort", rollout.Open, args("replicas", "4")), "", "scaled (4/4 Available)"},
		"its write is not observed":      {four.Record("abort", rollout.Open, args("replicas", "4")).Unobserved(), "", unseen},
	} {
		if got := tt.in.State().DropsUnmade(nil); got != tt.way {
			t.Errorf("%s: %q, want %q", name, got, tt.way)
		}
		try(t, []row{{name, tt.in, scale(4), tt.plain}})
	}
	try(t, []row{
		{"more than these", aborting.Glance(over), scale(3), abortUnderWay},
		{"up", aborting.Glance(over), scale(6), abortUnderWay},
		{"by an apply", aborting.Glance(over), apply("a", replicas(4)), abortUnderWay},
	})
}

// TestDropsUnmadeKeepsTheRecord: what was under way still is, of fewer replicas.
func TestDropsUnmadeKeepsTheRecord(t *testing.T) {
	s := web().Pods("a a a a -").Record("abort", rollout.Open).Glance(keptBack(rollout.Quota, "web-4")).State()
	goal := scale(4)
	act := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000bbbb")).Act
	if act == nil || act.Set == nil {
		t.Fatal("no write")
	}
	before, r := s.Set.Record, act.Set.Record
	if r.Op != before.Op || r.State != rollout.Open || r.From != before.From || r.Replicas != 4 || r.Run != "0000bbbb" || r.Gen != s.Set.Generation+1 {
		t.Errorf("it leaves %+v", r)
	}
}

// TestNoAbortOfWhatCannotBeMade: an abort whose template is back, and that waits for a pod
// which nobody makes, is not the way on; nor for what asks for that ordinal.
func TestNoAbortOfWhatCannotBeMade(t *testing.T) {
	over := keptBack(rollout.Quota, "web-4")
	s := web().Pods("a a a a -").Record("abort", rollout.Open).Glance(over).State()
	if s.AbortMends() {
		t.Error("an abort is named")
	}
	if way := s.DropsUnmade(scale(5)); way != "" {
		t.Errorf("a scale to 5 is followed by %q", way)
	}
	s = half().Partition(4).Pods("a a a a -").Record("canary", rollout.Open).Glance(over).State()
	if !s.AbortMends() {
		t.Error("no abort of a canary is named")
	}
}
