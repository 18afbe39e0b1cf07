// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// abort opens an abort of what is seen, as the command does.
func abort(s rollout.State) (rollout.Goal, error) { return rollouttest.Ask{Op: "abort"}.Open(s) }

// back is an abort of ours, with the template put back.
func back(pods string) rollouttest.Sight {
	return web().Pods(pods).Partition(3).Record("abort", rollout.Open).Glance(history(rollouttest.Revision("web-b", 2, "b"), rollouttest.Revision("web-a", 3, "a")))
}

// history are the revisions that are kept.
func history(revisions ...rollout.Revision) func(*rollout.Glance) {
	return func(g *rollout.Glance) { g.Revisions = revisions }
}

func from(name string) func(*rollout.Record) {
	return func(r *rollout.Record) { r.From = name }
}

// backTo: the record came from the very template that is live again.
func backTo(r *rollout.Record) { r.From, r.FromDigest = "web-a", r.ToDigest }

// TestAbortDeparts: a template of which admission makes another one is not put back, is no
// way's end where it came all the same, and does not count as the stable one.
func TestAbortDeparts(t *testing.T) {
	s := half().State()
	stable, _, err := rollout.Aborts(s)
	if err != nil {
		t.Fatal(err)
	}
	stored := func(bytes rollouttest.Bytes) []byte { return rollouttest.Template{Name: "a", Bytes: bytes}.Raw() }
	for _, bytes := range []rollouttest.Bytes{rollouttest.Modern, rollouttest.NullStamp, rollouttest.Stamped} {
		if err := s.BacksAs(stable, stored(bytes)); err != nil {
			t.Errorf("in other bytes: %v", err)
		}
	}
	other := rollouttest.Template{Name: "c"}.Raw()
	if err := s.BacksAs(stable, other); rollouttest.Kind(err) != "refused: TemplateRewritten" || !strings.Contains(err.Error(), "(image main: a -> c)") {
		t.Errorf("of another template: %v", err)
	}
	if err := web().State().BacksAs(stable, other); err != nil {
		t.Errorf("where it is back: %v", err)
	}
	for name, asked := range map[string]string{"from the stable one": "", "asked for as the stable one": stable.Digest} {
		came := half().Pods("a a a b b").Record("abort", rollout.Aborted, func(r *rollout.Record) { r.Asked = asked }).State()
		if came.Settled() {
			t.Errorf("%s: %s is settled", name, came.Set)
		}
		if _, needed, err := rollout.Aborts(came); err != nil || !needed {
			t.Errorf("%s: there is nothing to abort (%v)", name, err)
		}
	}
}

// TestPutBackOtherwise: the abort ends with the write by which another template came.
func TestPutBackOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goal, err := abort(half().State())
		if err != nil {
			t.Fatal(err)
		}
		c := newStage(half())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			set := c.stored(change)
			set.Template, set.Live = "other", rollouttest.Template{Name: "c"}.Raw()
			return set, nil
		}
		o := <-c.drive(t.Context(), goal, rollout.Options{Stall: time.Minute})
		is(t, o, "failed: TemplateRewritten")
		if !strings.Contains(o.Err.Error(), "(image main: a -> c)") {
			t.Error(o.Err)
		}
	})
}

// What stands below the partition never left the stable revision, also where its
// label does not say so.
func TestAbortLeavesAloneWhatIsBelowThePartition(t *testing.T) {
	s := back("a a? a a a").State()
	s.Pods[1].Revision = ""
	goal, err := rollouttest.Ask{Op: "abort"}.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := goal.Plan(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range plan.Steps {
		if step.Change.Pod != nil {
			t.Errorf("%s", step.Change)
		}
	}
}

func twoKept(g *rollout.Glance) {
	history(rollouttest.Revision("web-a", 3, "a"), rollouttest.Revision("web-b", 2, "b"))(g)
}

// TestAbortMends: abort is named where it takes away what is broken, and nowhere else.
func TestAbortMends(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want bool
	}{
		"the canary is broken":     {half().Pods("a a a b b!").Record("canary", rollout.Open), true},
		"nothing is":               {half().Pods("a a a b b?").Record("canary", rollout.Open), false},
		"a stable ordinal is":      {half().Pods("a! a a b b").Record("canary", rollout.Open), false},
		"both are":                 {half().Pods("a! a a b b!").Record("canary", rollout.Open), true},
		"the canary has no pod":    {half().Pods("a a a b -").Record("canary", rollout.Open).Glance(deniedTwice), true},
		"there is no rollout":      {web().Pods("a a a a a!"), false},
		"undone by somebody else":  {web().Pods("a a a a b!").Glance(twoKept), true},
		"the same, of OnDelete":    {web().Pods("a a a a b!").Glance(twoKept).With(onDelete), false},
		"a scale is under way":     {web().Pods("a a a a a!").Record("scale", rollout.Open), false},
		"a delete that was broken": {web().Pods("a a a a a!").Record("delete", rollout.Open), false},
	} {
		if got := tt.in.State().AbortMends(); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}

func deniedTwice(g *rollout.Glance) {
	g.Denials = []rollout.Denial{{PodName: "web-4", Cause: rollout.Cause{ID: rollout.Quota}, Lasting: true, At: ago(time.Minute)}}
}

const backAgain = `1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. partition 0: put its own partition back`

func TestAbortPlans(t *testing.T) {
	try(t, []row{
		{"a canary", half(), nil, backAgain},
		{"a broken canary", half().Pods("a a a b b!"), nil, `
1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone
3. partition 0: put its own partition back`},
		{"kubectl's rollout", web().Revisions("a", "b").Pods("a a a b b"), nil, `
1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. record aborted: it is done`},
		{"a canary that sits below the partition", half().Pods("a b a b b"), nil, `
1. template a, partition 1: put the template of web-a back; then wait until every ordinal is Available on web-a
2. partition 0: put its own partition back`},
		{"not observed", half().Unobserved(), nil, backAgain},
		{"a partial promote", half().Record("promote", rollout.Open), nil, backAgain},
		{"scaled to zero by others", rollouttest.Set("web").Replicas(0).Partition(2).Revisions("b", "b").Record("canary", rollout.Open, from("web-a")).Glance(history(rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-b", 2, "b"))), nil, backAgain},
		{"the stable revision is gone", half().Record("canary", rollout.Open, from("web-x")).Glance(history(rollouttest.Revision("web-b", 2, "b"))), nil, `
refused: StableRevisionGone: statefulset.apps/web: its stable revision "web-a" is gone, so there is no template to go back to; apply the manifest that you want`},
		{"OnDelete", web().Revisions("a", "b").Pods("a a a b b").With(onDelete), nil, `
1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a
2. record aborted: it is done`},
		{"what kubectl rollout undo leaves behind", web().Pods("a a a a b!").Glance(twoKept), nil, `
1. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone`},
		{"broken, and of the one template", web().Pods("a a a a a!").Glance(twoKept), nil, "aborted (4/5 on web-a)"},
		{"an unknown strategy", half().With(recreate), nil, unknownStrategy},
	})
}

func TestAbortOfNothing(t *testing.T) {
	try(t, []row{
		{"after a promote", web().Record("promote", rollout.Promoted), nil, `
refused: AlreadyPromoted: statefulset.apps/web: its rollout from web-a was promoted, so there is no canary to abort; to go back, make that revision a canary and promote it`},
		{"settled without a record", web(), nil, "aborted (5/5 on web-a)"},
		{"aborted before, not completed yet", web().Revisions("b", "a").Record("abort", rollout.Aborted, backTo), nil, "aborted (5/5 on web-a)"},
		{"aborted before", web().Record("abort", rollout.Aborted), nil, "aborted (5/5 on web-a)"},
	})
}

// Under OnDelete an abort ends with what is left to do by hand.
func TestAbortNamesWhatWaitsToBeDeleted(t *testing.T) {
	for pods, want := range map[string]string{
		"a a a a a": "no ordinal waits to be deleted", "a a a a b": "web-4 waits to be deleted", "a a a b b": "2 ordinals wait to be deleted",
	} {
		if got := web().Pods(pods).Glance(twoKept).With(onDelete).State().WaitToBeDeleted(); got != want {
			t.Errorf("%s: %q, want %q", pods, got, want)
		}
	}
}

func TestAbortOnItsWayBack(t *testing.T) {
	try(t, []row{
		{"on the way back", back("a a a a b/"), nil, "statefulset.apps/web: waiting for web-4 to be gone"},
		{"on the way back, not observed", back("a a a a b!").Unobserved(), nil, unseen},
		{"it serves: the controller replaces it", back("a a a a b"), nil, "statefulset.apps/web: waiting for web-4 to be replaced"},
		{"it serves, not for long", back("a a a a b~").With(minReady), nil, `
statefulset.apps/web: waiting for web-4 to be Ready for minReadySeconds`},
		{"it has no pod", back("a a a a -"), nil, "statefulset.apps/web: waiting for web-4 to be Available"},
		{"one shows up below the partition", back("a b a a a"), nil, `
1. partition 1: web-1 is still off web-a; then wait until every ordinal is Available on web-a`},
		{"the controller would make new ones from the canary", back("a a a b a").Glance(func(g *rollout.Glance) { g.Set.Current = "web-b" }), nil, `
1. partition 0: web-0 is still off web-a; then wait until every ordinal is Available on web-a`},
		{"all are back, and the controller has another for current", back("a a a a a").Partition(0).Glance(func(g *rollout.Glance) { g.Set.Current = "web-c" }), nil, `
statefulset.apps/web: waiting for the controller to make web-a the current revision`},
		{"all are back", back("a a a a a"), nil, "1. partition 0: put its own partition back"},
		{"all are back, and have to soak", back("a a a a a"), rollout.Abort{
			Stable: rollouttest.Revision("web-a", 1, "a"), Template: rollouttest.Template{Name: "a"}.Patch(), Soak: 2 * time.Hour,
		}, `
statefulset.apps/web: waiting for web-0 to soak; waiting for web-1 to soak; waiting for web-2 to soak; and 2 more`},
		{"all are back, the controller does not say so", back("a a a a a").Glance(func(g *rollout.Glance) { g.Set.UpdatedReplicas = 4 }), nil, `
statefulset.apps/web: waiting for the controller to count 5 ordinals on web-a`},
	})
}

func TestAbortMeetsABrokenPod(t *testing.T) {
	try(t, []row{
		{"it blocks its own way back", back("a a a a b!"), nil, `
1. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone`},
		{"it blocks, though nothing is known to be wrong", back("a a a a b?"), nil, `
1. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone`},
		{"two block: ascending", back("a a a b? b?"), nil, `
1. delete pod "web-3": it blocks the way back, and the controller will not replace it; then wait until web-3 is gone`},
		{"a stable one below blocks", back("a a! a a b!"), nil, `
failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown`},
		{"a broken one on the stable revision", back("a a a a a!"), nil, `
failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
		{"Parallel: the controller does it", back("a a a a b?").With(parallel), nil, "statefulset.apps/web: waiting for web-4 to be Available"},
	})
}

// A twin of the stable revision goes no further down than the ordinals that are
// off it; where none is, its partition stays, also one above every ordinal.
func TestAbortToATwinKeepsAPartitionAboveAll(t *testing.T) {
	stays := rollout.Partition{Index: -1}
	for pods, want := range map[string]rollout.Partition{"a a a a a": stays, "a a a b b": {Index: 3}} {
		s := web().Revisions("a", "b").Pods(pods).Partition(9).State()
		opened, err := abort(s)
		if err != nil {
			t.Fatal(err)
		}
		goal, ok := opened.(rollout.Abort)
		if !ok {
			t.Fatalf("an abort is %T", opened)
		}
		goal.Twin = true
		plan, err := goal.Plan(s)
		if err != nil {
			t.Fatal(err)
		}
		got := stays
		if lowered := plan.Steps[0].Change.Set.Partition; lowered != nil {
			got = *lowered
		}
		if got != want {
			t.Errorf("%s: the partition becomes %d, want %d", pods, got.Index, want.Index)
		}
	}
}
