// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestRewritten: a write that has no template and leaves another one is the last of a run;
// a delete goes on, and of a template the answer is what was stored.
func TestRewritten(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		kind string
	}{
		"a partition":      {half(), promote("", "1"), "failed: TemplateRewritten"},
		"replicas":         {web(), scale(4), "failed: TemplateRewritten"},
		"a nudge":          {promoting("a a a b b"), promote("", "1"), "failed: TemplateRewritten"},
		"a template":       {web(), canary("b", "1", "1"), "failed: Stalled"},
		"on a delete":      {three(), rollout.Delete{}, "failed: Stalled"},
		"of a lost answer": {half(), promote("", "1"), "failed: TemplateRewritten"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					set := c.stored(change)
					set.Template = "stamped"
					shown := tt.in.Unobserved().Glance(func(g *rollout.Glance) {
						g.Set.Spec, g.Set.Version, g.Set.Generation = set.Spec, set.Version, set.Generation
						if change.Set != nil {
							signed := change.Set.Record
							g.Set.Record = &signed
						}
					})
					c.show(shown)
					if strings.HasPrefix(name, "of a lost") {
						return rollout.Set{}, rollout.ErrLost
					}
					return set, nil
				}
				is(t, <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: time.Minute}), tt.kind)
			})
		})
	}
}

// TestSpecRewritten: a write that is stored with another spec than it has is the last of a
// run, and the first. Of a delete the replicas count, and of an abort what would make ordinals of
// the stable revision anew.
func TestSpecRewritten(t *testing.T) {
	partition := func(at int32) func(*rollout.Set) { return func(s *rollout.Set) { s.Partition.Index = at } }
	to := func(at int32) rollout.SetPatch { return rollout.SetPatch{Partition: &rollout.Partition{Index: at}} }
	replicas, four := func(s *rollout.Set) { s.Replicas = 5 }, int32(4)
	for name, tt := range map[string]struct {
		goal  rollout.Goal
		patch rollout.SetPatch
		edit  func(*rollout.Set)
		want  string
	}{
		"as it was written":     {promote("", "1"), to(3), partition(3), "[]"},
		"a partition":           {promote("", "1"), to(3), partition(0), "[partition 0 instead of 3]"},
		"one that is not in it": {promote("", "1"), rollout.SetPatch{}, partition(0), "[partition 0 instead of 4]"},
		"no block":              {promote("", "1"), rollout.SetPatch{Partition: &rollout.Partition{Nil: true}}, partition(0), "[]"},
		"replicas":              {scale(4), rollout.SetPatch{Replicas: &four}, replicas, "[replicas 5 instead of 4]"},
		"the strategy":          {promote("", "1"), to(4), func(s *rollout.Set) { s.Strategy = rollout.OnDelete }, "[updateStrategy.type OnDelete instead of RollingUpdate]"},
		"the first ordinal":     {promote("", "1"), to(4), func(s *rollout.Set) { s.Start = 1 }, "[ordinals.start 1 instead of 0]"},
		"replicas of a delete":  {rollout.Delete{}, rollout.SetPatch{Replicas: &four}, replicas, "[replicas 5 instead of 4]"},
		"the rest of a delete":  {rollout.Delete{}, to(4), partition(0), "[]"},
		"an abort, lower":       {rollout.Abort{}, to(3), partition(0), "[]"},
		"an abort, higher":      {rollout.Abort{}, to(3), partition(4), "[partition 4 instead of 3]"},
		"an abort to a twin":    {rollout.Abort{Twin: true}, to(3), partition(0), "[partition 0 instead of 3]"},
	} {
		before := web().State().Set
		before.Partition.Index = 4
		after := before
		tt.edit(&after)
		got := rollout.Otherwise(tt.goal, before, rollout.Change{Set: &tt.patch}, after)
		if fmt.Sprint(got) != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}

// TestRewrittenOnce: a run whose write is stored otherwise makes no second one.
func TestRewrittenOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		edit func(*rollout.Set)
	}{
		"the partition of a canary": {web(), canary("b", "1", "1"), func(s *rollout.Set) { s.Partition.Index = 0 }},
		"the replicas of a scale":   {web(), scale(4), func(s *rollout.Set) { s.Replicas = 5 }},
		"the replicas of a delete":  {three(), rollout.Delete{}, func(s *rollout.Set) { s.Replicas = 3 }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(tt.in)
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					set := c.stored(change)
					tt.edit(&set)
					return set, nil
				}
				o := <-c.drive(t.Context(), tt.goal, rollout.Options{Stall: time.Minute})
				is(t, o, "failed: SpecRewritten")
				if o.Writes != 1 {
					t.Errorf("%d writes", o.Writes)
				}
			})
		})
	}
}

// TestStoredAsItWas: a template that was written and is stored as the live one has made no
// generation. The record says so, and what was asked for is there.
func TestStoredAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := web().Replicas(1)
		goal := rollout.Apply{Template: rollout.Template{Raw: []byte("{}"), Digest: "digest of the dry run"}, Step: intstr.FromInt32(1)}
		c := newStage(in)
		var noted []rollout.Record
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			record := change.Set.Record
			noted = append(noted, record)
			c.show(in.Glance(func(g *rollout.Glance) { g.Set.Record, g.Set.Version = &record, "200" }))
			return c.Observe().Set, nil
		}
		is(t, <-c.drive(t.Context(), goal, rollout.Options{Stall: time.Minute}), "done")
		if len(noted) < 2 || noted[1].Gen != 7 || noted[1].Asked != "digest of the dry run" || noted[1].ToDigest != in.State().Set.Template {
			t.Errorf("the records are %+v", noted)
		}
	})
}

// TestFollowsOnceNoted: what belongs to a template that was stored otherwise than asked for
// waits until the record says so, since it may make the next generation.
func TestFollowsOnceNoted(t *testing.T) {
	for name, tt := range map[string]struct {
		writes int
		noted  bool
	}{"watched": {0, true}, "one write alone": {1, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(web())
				c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
					set := c.stored(change)
					set.Template, set.Version = "stamped", fmt.Sprint(200+c.requests())
					record := change.Set.Record
					c.show(web().Unobserved().Glance(func(g *rollout.Glance) {
						g.Set.Spec, g.Set.Version, g.Set.Generation, g.Set.Record = set.Spec, set.Version, set.Generation, &record
					}))
					return set, nil
				}
				var followed []bool // whether the record had it
				o := rollout.Options{Stall: 10 * time.Second, Writes: tt.writes, Stored: func(_ context.Context, change rollout.Change) (string, error) {
					if change.Set.Template != nil {
						followed = append(followed, c.Observe().KeepsTemplate())
					}
					return "", nil
				}}
				<-c.drive(t.Context(), canary("b", "1", "1"), o)
				if !slices.Equal(followed, []bool{tt.noted}) {
					t.Errorf("it follows %v, want once, noted %v", followed, tt.noted)
				}
			})
		})
	}
}

// TestAbortWhereAdmissionRewrites: the partition goes back only where a write has shown that
// the template stays by it.
func TestAbortWhereAdmissionRewrites(t *testing.T) {
	for name, tt := range map[string]struct {
		asked string
		want  string
	}{
		"nothing has shown it": {"", "record aborted"},
		"a write has":          {"digest of the dry run", "partition 0"},
	} {
		s := back("a a a a a").Record("abort", rollout.Open, func(r *rollout.Record) { r.Asked = tt.asked }).State()
		opened, err := abort(s)
		if err != nil {
			t.Fatal(err)
		}
		goal, ok := opened.(rollout.Abort)
		if !ok {
			t.Fatalf("an abort is %T", opened)
		}
		goal.Rewrites, goal.Stable.Name = true, s.Set.Update
		plan, err := goal.Plan(s)
		if err != nil || len(plan.Steps) != 1 || plan.Steps[0].Change.String() != tt.want {
			t.Errorf("%s: %s (%v), want %s", name, plan, err, tt.want)
		}
	}
}

// TestAnswers: a template of a dry run may be the live one by another name.
func TestAnswers(t *testing.T) {
	set := func(edit func(*rollout.Record)) rollout.Set {
		return half().Record("canary", rollout.Open, edit).State().Set
	}
	dry := func(r *rollout.Record) { r.ToDigest = "dry" }
	asked := func(r *rollout.Record) { r.Asked = "dry" }
	for name, tt := range map[string]struct {
		set  rollout.Set
		want bool
	}{
		"as it was written":         {set(dry), true},
		"of an older generation":    {set(func(r *rollout.Record) { dry(r); r.Gen-- }), false},
		"as it was noted":           {set(asked), true},
		"noted, in later writes":    {set(func(r *rollout.Record) { asked(r); r.Gen-- }), true},
		"noted of another template": {set(func(r *rollout.Record) { asked(r); r.Gen--; r.ToDigest = "other" }), false},
		"of an earlier set":         {set(func(r *rollout.Record) { asked(r); r.UID = "gone" }), false},
		"nothing was written":       {web().State().Set, false},
	} {
		if got := tt.set.Answers("dry"); got != tt.want || !tt.set.Answers(tt.set.Template) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// TestWouldRewrite names the way to such a template, where there is one.
func TestWouldRewrite(t *testing.T) {
	const way = "canary web --revision=web-a, then promote"
	for name, tt := range map[string]struct {
		in  rollouttest.Sight
		way bool
	}{
		"settled":      {web(), true},
		"one ordinal":  {web().Replicas(1), false},
		"in a rollout": {half(), false},
	} {
		err := tt.in.State().WouldRewrite("annotations.at 1 -> 2")
		if rollouttest.Kind(err) != "refused: TemplateRewritten" || strings.Contains(err.Error(), way) != tt.way || !strings.Contains(err.Error(), "at 1 -> 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
