// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func replaceBroken(g *rollout.Apply) { g.ReplaceBroken = true }

func replacing(count string, edits ...func(*rollout.Promote)) rollout.Goal {
	return promote(count, "1", append(edits, func(g *rollout.Promote) { g.ReplaceBroken = true })...)
}

func canaryReplacing(template, count string) rollout.Goal {
	return rollout.Canary{Template: rollouttest.Template{Name: template}.Patch(), Count: intstr.Parse(count), Step: intstr.FromInt32(1), ReplaceBroken: true}
}

// deniedAt denies an ordinal its pod.
func deniedAt(podName string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		g.Denials = []rollout.Denial{{PodName: podName, Cause: rollout.Cause{ID: rollout.WebhookDenied}, Lasting: true, At: ago(time.Minute)}}
	}
}

func args(pairs ...string) func(*rollout.Record) {
	return func(r *rollout.Record) {
		r.Args = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			r.Args[pairs[i]] = pairs[i+1]
		}
	}
}

// fixed is a set whose template was corrected by kubectl.
func fixed(pods string) rollouttest.Sight { return three().Revisions("a", "b").Pods(pods) }

func TestReplaceBrokenOfALiveTemplate(t *testing.T) {
	removes := "1. delete pod \"web-0\": it is not on the live template, and the controller will not replace it; then wait until web-0 is gone"
	try(t, []row{
		{"not asked for", fixed("a! - -"), promote("", "1"), `
refused: BrokenPods: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown`},
		{"asked for", fixed("a! - -"), replacing(""), removes},
		{"by an apply", fixed("a! - -"), apply("b", replaceBroken), removes},
		{"the others stand", fixed("a! a a"), replacing(""), removes},
		{"not Ready, and no cause", fixed("a? a a"), replacing(""), removes},
		{"it is going", fixed("a/ a a"), replacing(""), "statefulset.apps/web: waiting for web-0 to be gone; waiting for web-1 to be replaced; waiting for web-2 to be replaced"},
		{"a lower one does not stand", fixed("a~ a! a").With(minReady), replacing(""), "statefulset.apps/web: waiting for web-0 to be Ready for minReadySeconds; web-1 has failed: image-pull: manifest unknown; waiting for web-2 to be replaced"},
		{"not observed", fixed("a! - -").Unobserved(), replacing(""), unseen + "; web-0 has failed: image-pull: manifest unknown; waiting for web-1 to be Available: blocked-by-lower-ordinal: the controller waits for web-0; and 1 more"},
		{"on the live template", fixed("b! - -"), replacing(""), "refused: BrokenPods: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown"},
		{"below the partition, where the canary stands", fixed("a! a b").Partition(2), replacing("1"), "refused: BrokenPods: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown"},
		{"no partition", fixed("a! - -").NoPartition(), replacing(""), `
1. partition 0: without a partition, a pod that is removed would come back on its old revision
2. delete pod "web-0": it is not on the live template, and the controller will not replace it; then wait until web-0 is gone`},
	})
}

func TestReplaceBrokenByANewTemplate(t *testing.T) {
	try(t, []row{
		{"the top one", three().Pods("a a a!"), apply("b", replaceBroken), `
1. template b, partition 2: the manifest's template, for web-2; then wait until web-2 is Available on the new revision
2. delete pod "web-2": the controller will not replace it; then wait until web-2 is gone
3. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
4. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
5. record promoted: it is done`},
		{"the lowest, and none above", three().Pods("a! - -"), apply("b", replaceBroken), `
1. template b, partition 0: the manifest's template, for web-0; then wait until web-0 is Available on the new revision
2. delete pod "web-0": the controller will not replace it; then wait until web-0 is gone
3. record promoted: it is done`},
		{"one in the middle", three().Pods("a a! a"), apply("b", replaceBroken), `
1. template b, partition 1: the manifest's template, for web-1; then wait until web-1 is Available on the new revision
2. delete pod "web-1": the controller will not replace it; then wait until web-1 is gone
3. partition 3: hold the other ordinals back until their turn
4. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
5. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
6. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
7. record promoted: it is done`},
		{"the one that it failed of", fixed("a a x!").Glance(history(rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-x", 2, "c"), rollouttest.Revision("web-b", 3, "b"))), apply("c", replaceBroken), "refused: CanaryUnderWay: statefulset.apps/web: a rollout is under way (web-b, from web-a); promote it or abort it before applying"},
		{"another is on its way", three().Pods("a a! a~").With(minReady), apply("b", replaceBroken), "statefulset.apps/web: waiting for web-2 to be Ready for minReadySeconds"},
		{"over a broken rollout", fixed("a a b!").Partition(2), apply("c", replaceBroken), `
1. template c, partition 2: the manifest's template, for web-2; then wait until web-2 is Available on the new revision
2. delete pod "web-2": the controller will not replace it; then wait until web-2 is gone
3. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
4. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
5. record promoted: it is done`},
		{"over a rollout that stands", fixed("a a b").Partition(2), apply("c", replaceBroken), under},
		{"a canary over a broken rollout", fixed("a a b!").Partition(2), canaryReplacing("c", "1"), "refused: CanaryUnderWay: statefulset.apps/web: another template is being rolled out (web-b, from web-a); promote it or abort it first"},
		{"Parallel, and others would go along", three().Pods("a! a a").With(parallel), apply("b", replaceBroken), "refused: BrokenPods: statefulset.apps/web: to replace web-0, the partition must let go web-0 to web-2 too, which under Parallel do not wait for it; agree to that many at a time with --step 3"},
		{"Parallel, the top one", three().Pods("a a a!").With(parallel), apply("b", replaceBroken), `
1. template b, partition 2: the manifest's template, for web-2; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
3. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
4. record promoted: it is done`},
		{"a canary on it", three().Pods("a a a!"), canaryReplacing("b", "1"), `
1. template b, partition 2: canary on web-2; then wait until web-2 is Available on the new revision
2. delete pod "web-2": the controller will not replace it; then wait until web-2 is gone`},
		{"a canary that does not reach it", three().Pods("a a! a"), canaryReplacing("b", "1"), "refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown" + correctable},
	})
}

// What stands above a broken ordinal goes in its turn, and not with it.
func TestReplaceBrokenHoldsTheOthersBack(t *testing.T) {
	under := func(pods string) rollouttest.Sight {
		return fixed(pods).Partition(1).Record("promote", rollout.Open, args("target", "0", "back", "3", "replaced", "web-1"))
	}
	try(t, []row{
		{"it is still there", under("a a! a"), apply("b", replaceBroken), `
1. delete pod "web-1": it is not on the live template, and the controller will not replace it; then wait until web-1 is gone`},
		{"it is gone", under("a - a"), apply("b", replaceBroken), "statefulset.apps/web: waiting for web-1 to be Available"},
		{"it is made", under("a b? a"), apply("b", replaceBroken), "1. partition 3: hold the other ordinals back until their turn"},
		{"it fails again", under("a b! a"), apply("b", replaceBroken), "1. partition 3: hold the other ordinals back until their turn"},
		{"the controller was quicker", under("a b b?"), apply("b", replaceBroken), "statefulset.apps/web: waiting for web-2 to be Available"},
		{"all have had their turn", under("a b b"), apply("b", replaceBroken), `
1. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
2. record promoted: it is done`},
	})
}

// An ordinal below the partition that cannot be made of its own revision any more is
// what a promote mends.
func TestPromoteMendsWhatCannotBeMade(t *testing.T) {
	try(t, []row{
		{"the next to go", half().Pods("a a - b b").Glance(deniedAt("web-2")), promote("", "1"), `
1. partition 2: web-2 cannot be made of its own revision any more; then wait until web-2 is Available on the new revision`},
		{"the lowest", half().Pods("- a a b b").Glance(deniedAt("web-0")), promote("", "1"), `
1. partition 0: web-0 cannot be made of its own revision any more; then wait until web-0 is Available on the new revision
2. partition 3: hold the other ordinals back until their turn`},
		{"not reached by the count", half().Pods("- a a b b").Glance(deniedAt("web-0")), promote("3", "1"), "refused: BrokenPods: statefulset.apps/web: web-0 has failed: webhook-denied"},
		{"the canary is not made either", half().Pods("a a a b -").Glance(deniedAt("web-4")), promote("", "1"), "refused: BrokenPods: statefulset.apps/web: web-4 has failed: webhook-denied"},
		{"a pod that is broken", half().Pods("a a a! b b"), promote("", "1"), "refused: BrokenPods: statefulset.apps/web: web-2 has failed: image-pull: manifest unknown"},
		{"a pod that is broken, asked for", half().Pods("a a a! b b"), replacing(""), `
1. partition 2: web-2 cannot be made of its own revision any more; then wait until web-2 is Available on the new revision
2. delete pod "web-2": the controller will not replace it; then wait until web-2 is gone`},
	})
}

// TestPromoteMends: what is named where an abort does not help.
func TestPromoteMends(t *testing.T) {
	for name, tt := range map[string]struct {
		in          rollouttest.Sight
		back, ahead string
	}{
		"corrected by kubectl":            {fixed("a! - -"), "", "promote web --revision=web-b --replace-broken"},
		"the same, of a third template":   {fixed("a a x!").Glance(history(rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-x", 2, "c"), rollouttest.Revision("web-b", 3, "b"))), "", "promote web --revision=web-b --replace-broken"},
		"the same, behind a partition":    {fixed("a a x!").Partition(2).Glance(history(rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-x", 2, "c"), rollouttest.Revision("web-b", 3, "b"))), "", "promote web --revision=web-b --count=1 --replace-broken"},
		"the new template is broken":      {fixed("a a b!"), "abort", ""},
		"it is, and replaced broken ones": {fixed("a a b!").Partition(2).Record("promote", rollout.Open, args("replaced", "web-2")), "", ""},
		"undone by somebody else":         {three().Pods("a a b!").Glance(twoKept), "abort", ""},
		"cannot be made below a canary":   {half().Pods("- a a b b").Glance(deniedAt("web-0")), "", "promote web --revision=web-b"},
		"broken below a canary":           {half().Pods("a a a! b b"), "", "promote web --revision=web-b --replace-broken"},
		"one revision":                    {three().Pods("a a a!"), "", ""},
	} {
		s, back := tt.in.State(), ""
		if s.AbortMends() {
			back = "abort"
		}
		if ahead := s.PromoteMends(); back != tt.back || ahead != tt.ahead {
			t.Errorf("%s: %q and %q, want %q and %q", name, back, ahead, tt.back, tt.ahead)
		}
	}
}

// TestAbortOfAFix: an abort never puts a template back that an ordinal is broken by,
// over one that somebody has written to mend it.
func TestAbortOfAFix(t *testing.T) {
	const no = "refused: StableRevisionBroken: statefulset.apps/web: web-0 is broken on web-a, the very revision that an abort would put back; the live template, web-b, is newer, and the controller waits for that pod before it goes on"
	try(t, []row{
		{"corrected by kubectl", fixed("a! - -"), nil, no},
		{"and the others stand", fixed("a! a a"), nil, no},
		{"begun by an apply that replaces", fixed("a! - -").Record("promote", rollout.Open, args("replaced", "web-0")), nil, no},
		{"its broken ones were replaced, and none had stood on it", fixed("b! - -").Record("promote", rollout.Open, args("replaced", "web-0", "none-stood", "true")), nil, noneStood + "web-0 had failed of it, and had to be replaced; if web-b is at fault too, apply a corrected template with --replace-broken"},
		{"the same, and the second of the new one fails", fixed("b b! -").Record("promote", rollout.Open, args("replaced", "web-0", "none-stood", "true")), nil, noneStood + "web-0 had failed of it, and had to be replaced; if web-b is at fault too, apply a corrected template with --replace-broken"},
		{"its broken one was replaced, and others stood", fixed("a a b!").Record("promote", rollout.Open, args("replaced", "web-2")), nil, `
1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. delete pod "web-2": it blocks the way back, and the controller will not replace it; then wait until web-2 is gone
3. record aborted: it is done`},
		{"a promote of ours", fixed("a! b b").Record("promote", rollout.Open), nil, `
1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. record aborted: it is done`},
	})
}

const noneStood = "refused: StableRevisionBroken: statefulset.apps/web: no ordinal stood on web-a, which an abort would put back: "

// TestNoneStoodIsNoted: the write that replaces broken ordinals says where nothing else
// was there, and later ones of the same rollout keep that.
func TestNoneStoodIsNoted(t *testing.T) {
	first := args("target", "0", "replaced", "web-0", "none-stood", "true")
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		to   string
		want string
	}{
		"none stands":                 {three().Pods("a! - -"), "b", "true"},
		"two were made, and fail":     {three().Pods("a! a! -"), "b", "true"},
		"another stands":              {three().Pods("a! a a"), "b", ""},
		"a third template, from both": {fixed("b b! -").Partition(0).Record("promote", rollout.Open, first), "c", "true"},
	} {
		s := tt.in.State()
		goal := apply(tt.to, replaceBroken)
		act := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "")).Act
		if act == nil || act.Set == nil || act.Set.Record.Args["none-stood"] != tt.want {
			t.Errorf("%s: %v, want %q", name, act, tt.want)
		}
	}
}

// TestAbortedInVain: what an abort has put back is broken as well, so that an abort is
// named no more, and a corrected template is not told to wait for it.
func TestAbortedInVain(t *testing.T) {
	again := func(g *rollout.Glance) { g.Pods[0].Restarts = 1 }
	aborting := func(pods string) rollouttest.Sight {
		return three().Pods(pods).Glance(twoKept).Record("abort", rollout.Open)
	}
	under := "refused: OtherOperationUnderWay: statefulset.apps/web: an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims"
	for name, tt := range map[string]struct {
		in          rollouttest.Sight
		vain, mends bool
		apply       string
	}{
		"it is broken":        {aborting("a! - -"), true, false, "refused: BrokenPods: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown" + correctable},
		"it starts again":     {aborting("a? - -").Glance(again), false, false, "statefulset.apps/web: waiting for web-0 to be Available; waiting for web-1 to be Available: blocked-by-lower-ordinal: the controller waits for web-0; waiting for web-2 to be Available: blocked-by-lower-ordinal: the controller waits for web-0"},
		"it starts":           {aborting("a? - -"), false, false, under},
		"another is off it":   {aborting("b! - -"), false, true, under},
		"one is, one is not":  {aborting("a! a b!"), false, true, under},
		"the controller owes": {aborting("a! - -").Unobserved(), false, true, under},
	} {
		s := tt.in.State()
		if s.AbortedInVain() != tt.vain || s.AbortMends() != tt.mends {
			t.Errorf("%s: in vain %t, mends %t", name, s.AbortedInVain(), s.AbortMends())
		}
		try(t, []row{{name, tt.in, apply("c"), tt.apply}})
	}
}

// TestRemovedAgain: an ordinal that comes back broken, and off the live template, is not
// removed for ever.
func TestRemovedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(fixed("a! a a"))
		made := 0
		c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
			made++
			uid := types.UID(fmt.Sprintf("pod-0-%d", made))
			c.show(fixed("a! a a").Glance(func(g *rollout.Glance) { g.Pods[0].UID = uid }))
			return fixed("a! a a").State().Set, nil
		}
		outcome := <-c.drive(t.Context(), replacing(""), rollout.Options{Stall: 10 * time.Minute})
		is(t, outcome, "failed: OrdinalFailed")
		if n := c.requests(); n != 3 || !strings.Contains(outcome.Err.Error(), "web-0 was removed 3 times by this run, and comes back on web-a") {
			t.Errorf("after %d removals it ended with %v", n, outcome.Err)
		}
	})
}
