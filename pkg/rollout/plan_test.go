// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// web is the set of most rows: five ordinals.
func web() rollouttest.Sight { return rollouttest.Set("web").Replicas(5) }

// half is a canary of ours on the top two.
func half() rollouttest.Sight {
	return web().Revisions("a", "b").Partition(3).Record("canary", rollout.Open)
}

func scale(to int32, edits ...func(*rollout.Scale)) rollout.Goal {
	g := rollout.Scale{To: to, Step: 1}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

func canary(template, count, step string) rollout.Goal {
	return rollout.Canary{Template: rollouttest.Template{Name: template}.Patch(), Count: intstr.Parse(count), Step: intstr.Parse(step)}
}

func promote(count, step string, edits ...func(*rollout.Promote)) rollout.Goal {
	g := rollout.Promote{Step: intstr.Parse(step)}
	if count != "" {
		c := intstr.Parse(count)
		g.Count = &c
	}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

// abort opens an abort of what is seen, as the command does.
func abort(s rollout.State) (rollout.Goal, error) { return rollouttest.Ask{Op: "abort"}.Open(s) }

// outcome is what a command would do: its plan, or why there is none.
func outcome(g rollout.Goal, err error, s rollout.State) string {
	if err == nil {
		d := rollout.Decide(g, s, rollout.LeaseOf(g, s, "0000bbbb"))
		switch {
		case d.Err != nil:
			err = d.Err
		case d.Wait != nil:
			return rollout.Describe(s.Set, d.Wait)
		case d.Done:
			return g.Reached(s)
		}
	}
	if err != nil {
		return rollouttest.Kind(err) + ": " + err.Error()
	}
	plan, err := g.Plan(s)
	if err != nil {
		return err.Error()
	}
	return named(plan.String())
}

// named puts the names of templates in place of their digests.
func named(text string) string {
	for _, name := range []string{"a", "b", "c"} {
		text = strings.ReplaceAll(text, rollouttest.Template{Name: name}.Patch().Digest[:8], name)
	}
	return strings.TrimSuffix(text, "\n")
}

type row struct {
	name string
	in   rollouttest.Sight
	goal rollout.Goal // nil: abort
	want string
}

func try(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := r.in.State()
			goal, err := r.goal, error(nil)
			if goal == nil {
				goal, err = abort(s)
			}
			if got := outcome(goal, err, s); got != strings.TrimPrefix(r.want, "\n") {
				t.Errorf("it says\n%s\nwant\n%s", got, r.want)
			}
		})
	}
}

func onDelete(s *rollout.Set) { s.Strategy = rollout.OnDelete }

func claims(s *rollout.Set) { s.ClaimTemplates, s.DeletesClaims = []string{"data", "logs"}, true }

func TestScalePlans(t *testing.T) {
	try(t, []row{
		{"up", web(), scale(7), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. replicas 7: make web-6; then wait until web-6 is Available
3. record done: it is done`},
		{"down, two at a time", web(), scale(2, func(g *rollout.Scale) { g.Step = 2 }), `
1. replicas 3: take web-3 to web-4 away; then wait until web-3 to web-4 is gone
2. replicas 2: take web-2 away; then wait until web-2 is gone
3. record done: it is done`},
		{
			"to what it is", web(), scale(5),
			"scaled (5/5 Available)",
		},
		{"goes on", web().Record("scale", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "6"} }), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{
			"only the record is left open", web().Record("scale", rollout.Open), scale(5),
			"1. record done: it is done",
		},
		{
			"another scale was done", web().Record("scale", rollout.Done), scale(5),
			"scaled (5/5 Available)",
		},
		{
			"a rollout is under way", web().Revisions("a", "b").Pods("a a a/ b b"), scale(6),
			"statefulset.apps/web: waiting for web-0 to be replaced; waiting for web-1 to be replaced; waiting for web-2 to be gone",
		},
		{
			"a broken pod", web().Pods("a a! a a a"), scale(6),
			"refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown",
		},
		{
			"a broken pod, begun", web().Pods("a a! a a a").Record("scale", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "6"} }), scale(6),
			"failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown",
		},
		{
			"a canary", half(), scale(6),
			"refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and its ordinals are counted from the top; promote it or abort it before scaling",
		},
		{
			"a canary, to zero", half(), scale(0),
			"refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and its ordinals are counted from the top; promote it or abort it before scaling",
		},
		{
			"staged", web().Revisions("a", "b").Partition(5), scale(6),
			"refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and its ordinals are counted from the top; promote it or abort it before scaling",
		},
		{"an own partition is no canary", web().Partition(2).Revisions("a", "a"), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"current replicas as expected", web(), scale(6, func(g *rollout.Scale) { n := int32(5); g.Current = &n }), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{
			"other current replicas", web(), scale(6, func(g *rollout.Scale) { n := int32(4); g.Current = &n }),
			"refused: ReplicasDiffer: statefulset.apps/web: it has 5 replicas, not the 4 that --current-replicas expects",
		},
		{"other current replicas, begun", web().Record("scale", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "6"} }), scale(6, func(g *rollout.Scale) { n := int32(4); g.Current = &n }), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{
			"down, claims are deleted", web().With(claims), scale(3),
			"refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-4, logs-web-4, data-web-3, logs-web-3; to agree to that, add --confirm-data-loss=web",
		},
		{"down, claims are deleted, agreed", web().With(claims), scale(4, func(g *rollout.Scale) { g.LosesClaimsOf = "web" }), `
1. replicas 4: take web-4 away; then wait until web-4 is gone
2. record done: it is done`},
		{
			"down, agreed for another set", web().With(claims), scale(4, func(g *rollout.Scale) { g.LosesClaimsOf = "db" }),
			"refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-4, logs-web-4; to agree to that, add --confirm-data-loss=web",
		},
		{"up, claims are deleted", web().With(claims), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{
			"surplus pods go", web().Pods("a a a a a a a/"), scale(5),
			"statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go",
		},
		{
			"two broken surplus pods", web().Pods("a a a a a a? a?"), scale(5),
			`1. delete pod "web-6": two broken surplus pods block each other, and neither is ever made again; then wait until web-6 is gone`,
		},
		{
			"two broken surplus pods, and one in range", web().Pods("a a a? a a a? a?"), scale(5),
			"statefulset.apps/web: waiting for web-2 to be Available; waiting for web-5 to go; waiting for web-6 to go",
		},
		{
			"two broken surplus pods, the highest is well", web().Pods("a a a a a a? a? a"), scale(5),
			"statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go; waiting for web-7 to go",
		},
		{
			"two broken surplus pods, one goes", web().Pods("a a a a a a? a/"), scale(5),
			"statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go",
		},
		{
			"two broken surplus pods, Parallel", web().Pods("a a a a a a? a?").With(func(s *rollout.Set) { s.OrderedReady = false }), scale(5),
			"statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go",
		},
		{"down past broken ordinals", web().Pods("a a a a! a?"), scale(2), `
1. replicas 3: take web-3 to web-4 away, one by one: the controller would wait for the lowest of them; then wait until web-3 to web-4 is gone
2. replicas 2: take web-2 away; then wait until web-2 is gone
3. record done: it is done`},
		{"down past a broken ordinal, Parallel", web().Pods("a a a a! a").With(func(s *rollout.Set) { s.OrderedReady = false }), scale(3), `
1. replicas 4: take web-4 away; then wait until web-4 is gone
2. replicas 3: take web-3 away; then wait until web-3 is gone
3. record done: it is done`},
		{
			"down, and a broken one stays", web().Pods("a a! a a a"), scale(4),
			"refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown",
		},
		{"OnDelete", web().Revisions("a", "b").Pods("a a a b b").With(onDelete), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{
			"Recreate", web().With(func(s *rollout.Set) { s.Strategy = "Recreate" }), scale(6),
			`refused: WrongStrategy: statefulset.apps/web: its update strategy "Recreate" is not one that this command knows how to drive`,
		},
		{
			"an abort is under way", back("a a a a b/"), scale(6),
			"refused: OtherOperationUnderWay: statefulset.apps/web: an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims",
		},
		{
			"not observed", web().Unobserved(), scale(6),
			"statefulset.apps/web: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision",
		},
		{"from ordinal 3", rollouttest.Set("web").Replicas(2).Start(3), scale(3), `
1. replicas 3: make web-5; then wait until web-5 is Available
2. record done: it is done`},
	})
}

func TestCanaryPlans(t *testing.T) {
	try(t, []row{
		{
			"one", web(), canary("b", "1", "1"),
			"1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision",
		},
		{"three, two at a time", web(), canary("b", "3", "2"), `
1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 is Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{
			"a step larger than the count", web(), canary("b", "2", "4"),
			"1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 is Available on the new revision",
		},
		{"a percentage rounds up", web(), canary("b", "30%", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
		{"a step of a percentage", web(), canary("b", "3", "40%"), `
1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 is Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{
			"100%", web(), canary("b", "100%", "1"),
			"refused: CountTooLarge: statefulset.apps/web: a canary of 5 would leave none of its 5 ordinals on the stable revision",
		},
		{
			"as many as there are", web(), canary("b", "5", "1"),
			"refused: CountTooLarge: statefulset.apps/web: a canary of 5 would leave none of its 5 ordinals on the stable revision",
		},
		{
			"one ordinal", rollouttest.Set("web"), canary("b", "1", "1"),
			"refused: CountTooLarge: statefulset.apps/web: it has one ordinal, so a canary would be all of it; change it with kubectl set image and wait",
		},
		{
			"from an own partition", web().Partition(2), canary("b", "1", "1"),
			"1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision",
		},
		{"from a partition beyond all", web().Partition(100), canary("b", "2", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
		{
			"from no rollingUpdate block", web().NoPartition(), canary("b", "1", "1"),
			"1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision",
		},
		{
			"again, equal", half(), canary("b", "2", "1"),
			"canary is on (2/5 on web-b)",
		},
		{
			"again, smaller", half(), canary("b", "1", "1"),
			"refused: CountTooSmall: statefulset.apps/web: 2 of its ordinals are on this template already, and a canary of 1 would take some back",
		},
		{"again, larger", half(), canary("b", "4", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision`},
		{
			"again, its pods on the way", half().Pods("a a a b b?"), canary("b", "2", "1"),
			"statefulset.apps/web: waiting for web-4 to be Available",
		},
		{
			"again, not observed", half().Unobserved(), canary("b", "4", "1"),
			"statefulset.apps/web: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision",
		},
		{
			"the template that it has", web(), canary("a", "1", "1"),
			"canary is on (5/5 on web-a)",
		},
		{
			"another canary is on", half(), canary("c", "1", "1"),
			"refused: CanaryUnderWay: statefulset.apps/web: another template is being rolled out (web-b, from web-a); promote it or abort it first",
		},
		{
			"not settled", web().Pods("a a a a a~").With(func(s *rollout.Set) { s.MinReadySeconds = 10 }), canary("b", "1", "1"),
			"refused: NotSettled: statefulset.apps/web: it is rolling, and a canary begins on a settled set only: waiting for web-4 to be Ready for minReadySeconds",
		},
		{
			"surplus pods", web().Pods("a a a a a a/"), canary("b", "1", "1"),
			"refused: NotSettled: statefulset.apps/web: it is scaling, and a canary begins on a settled set only: waiting for web-5 to go",
		},
		{
			"not observed", web().Unobserved(), canary("b", "1", "1"),
			"refused: NotSettled: statefulset.apps/web: it is rolling, and a canary begins on a settled set only: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision",
		},
		{
			"a broken pod", web().Pods("a a! a a a"), canary("b", "1", "1"),
			"refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown",
		},
		{
			"a broken canary, begun", half().Pods("a a a b b!"), canary("b", "2", "1"),
			"failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown",
		},
		{
			"a broken canary of kubectl's", web().Revisions("a", "b").Partition(3).Pods("a a a b b!"), canary("b", "2", "1"),
			"refused: BrokenPods: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown",
		},
		{
			"goes on with kubectl's", web().Revisions("a", "b").Partition(3), canary("b", "3", "1"),
			"1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision",
		},
		{
			"OnDelete", web().With(onDelete), canary("b", "1", "1"),
			"refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to canary by; write a template with kubectl (set image, apply), then delete the outdated pods one by one",
		},
		{
			"an unknown strategy", web().With(func(s *rollout.Set) { s.Strategy = "Recreate" }), canary("b", "1", "1"),
			`refused: WrongStrategy: statefulset.apps/web: its update strategy "Recreate" is not one that this command knows how to drive`,
		},
		{
			"an abort is under way", back("a a a a b/"), canary("b", "1", "1"),
			"refused: OtherOperationUnderWay: statefulset.apps/web: an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims",
		},
		{
			"from ordinal 3", rollouttest.Set("web").Replicas(3).Start(3), canary("b", "1", "1"),
			"1. template b, partition 2: canary on web-5; then wait until web-5 is Available on the new revision",
		},
	})
}

func ofRevision(revision string) func(*rollout.Promote) {
	return func(g *rollout.Promote) { g.Revision = revision }
}

func TestPromotePlans(t *testing.T) {
	try(t, []row{
		{"all", half(), promote("", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
3. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
4. record promoted: it is done`},
		{"two at a time", half(), promote("", "2"), `
1. partition 1: let web-1 to web-2 go; then wait until web-1 to web-2 is Available on the new revision
2. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
3. record promoted: it is done`},
		{"four in all", half(), promote("4", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision`},
		{
			"a percentage rounds up", half(), promote("50%", "1"),
			"1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision",
		},
		{"more than there are", half(), promote("9", "3"), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 is Available on the new revision
2. record promoted: it is done`},
		{
			"as many as are done", half(), promote("2", "1"),
			"promoted (2/5 on web-b)",
		},
		{
			"fewer than are done", half(), promote("1", "1"),
			"refused: CountTooSmall: statefulset.apps/web: 2 of its ordinals are on the new revision already, and a promote to 1 would take some back",
		},
		{
			"its own partition comes back", half().Partition(0).Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2; r.From = "web-b" }), promote("", "1"),
			"1. partition 2: put its own partition back",
		},
		{
			"no block comes back", half().Partition(0).Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own = nil; r.From = "web-b" }), promote("", "1"),
			"1. partition none: put its own partition back",
		},
		{
			"the controller has not completed", half().Partition(0), promote("", "1"),
			"statefulset.apps/web: waiting for the controller to make web-b the current revision",
		},
		{
			"kubectl's rollout", web().Revisions("a", "b"), promote("", "1"),
			"promoted (5/5 on web-b)",
		},
		{"kubectl's canary", web().Revisions("a", "b").Partition(4), promote("", "1"), `
1. partition 3: let web-3 go; then wait until web-3 is Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
3. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
4. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
5. record promoted: it is done`},
		{"staged by kubectl", web().Revisions("a", "b").Partition(5), promote("2", "1"), `
1. partition 4: let web-4 go; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
		{
			"an ordinal on its way", half().Pods("a a a b? b"), promote("", "1"),
			"statefulset.apps/web: waiting for web-3 to be Available",
		},
		{
			"an ordinal soaks", half(), promote("", "1", func(g *rollout.Promote) { g.Soak = 2 * time.Hour }),
			"statefulset.apps/web: waiting for web-0 to soak; waiting for web-1 to soak; waiting for web-2 to soak; and 2 more",
		},
		{
			"nothing to do", web(), promote("", "1"),
			"promoted (5/5 on web-a)",
		},
		{
			"nothing to do, an own partition", web().Partition(3), promote("", "1"),
			"promoted (5/5 on web-a)",
		},
		{
			"done before", web().Record("promote", rollout.Promoted), promote("", "1"),
			"promoted (5/5 on web-a)",
		},
		{
			"reverted by others", web().Record("canary", rollout.Open, func(r *rollout.Record) { r.ToDigest = "other"; r.Partition = 3 }), promote("", "1"),
			"promoted (5/5 on web-a)",
		},
		{"this revision", half(), promote("", "3", ofRevision("web-b")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 is Available on the new revision
2. record promoted: it is done`},
		{
			"another revision", half(), promote("", "1", ofRevision("web-c")),
			`superseded: RevisionDiffers: statefulset.apps/web: its template is that of revision "web-b", not of "web-c"`,
		},
		{
			"a changed template", half().Record("canary", rollout.Open, func(r *rollout.Record) { r.ToDigest = "other"; r.Gen-- }), promote("", "1"),
			"superseded: SpecChanged: statefulset.apps/web: template changed from other to b6a6be68; abort goes back, promote --revision=web-b goes on",
		},
		{"a changed template, by name", half().Record("canary", rollout.Open, func(r *rollout.Record) { r.ToDigest = "other"; r.Gen-- }), promote("", "3", ofRevision("web-b")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 is Available on the new revision
2. record promoted: it is done`},
		{
			"a broken canary", half().Pods("a a a b b!"), promote("", "1"),
			"refused: BrokenPods: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown",
		},
		{
			"a broken promote, begun", half().Pods("a a a b b!").Record("promote", rollout.Open), promote("", "1"),
			"failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown",
		},
		{
			"an abort's record on a twin", web().Revisions("a", "a").Record("abort", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2 }), promote("", "1"),
			"promoted (5/5 on web-a)",
		},
		{
			"OnDelete", web().With(onDelete), promote("", "1"),
			"refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to promote by; write a template with kubectl (set image, apply), then delete the outdated pods one by one",
		},
		{
			"an abort is under way", back("a a a a b/"), promote("", "1"),
			"refused: OtherOperationUnderWay: statefulset.apps/web: an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims",
		},
	})
}

// back is an abort of ours, with the template put back.
func back(pods string) rollouttest.Sight {
	return web().Pods(pods).Partition(3).Record("abort", rollout.Open).Glance(func(g *rollout.Glance) {
		g.Revisions = rollout.Revisions{rollouttest.Revision("web-b", 2, "b"), rollouttest.Revision("web-a", 3, "a")}
	})
}

func from(name string) func(*rollout.Record) {
	return func(r *rollout.Record) { r.From = name }
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

func TestAbortPlans(t *testing.T) {
	try(t, []row{
		{
			"a canary", half(), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. partition 0: put its own partition back",
		},
		{
			"a broken canary", half().Pods("a a a b b!"), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. delete pod \"web-4\": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone\n" +
				"3. partition 0: put its own partition back",
		},
		{
			"kubectl's rollout", web().Revisions("a", "b").Pods("a a a b b"), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. record aborted: it is done",
		},
		{
			"a canary that sits below the partition", half().Pods("a b a b b"), nil,
			"1. template a, partition 1: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. partition 0: put its own partition back",
		},
		{
			"not observed", half().Unobserved(), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. partition 0: put its own partition back",
		},
		{
			"a partial promote", half().Record("promote", rollout.Open), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. partition 0: put its own partition back",
		},
		{
			"after a promote", web().Record("promote", rollout.Promoted), nil,
			"refused: AlreadyPromoted: statefulset.apps/web: its rollout from web-a was promoted, so there is no canary to abort; roll back to the revision that you want",
		},
		{
			"settled without a record", web(), nil,
			"aborted (5/5 on web-a)",
		},
		{
			"aborted before, not completed yet", web().Revisions("b", "a").Record("abort", rollout.Aborted), nil,
			"aborted (5/5 on web-a)",
		},
		{
			"aborted before", web().Record("abort", rollout.Aborted), nil,
			"aborted (5/5 on web-a)",
		},
		{
			"the stable revision is gone", half().Record("canary", rollout.Open, from("web-x")).Glance(func(g *rollout.Glance) {
				g.Revisions = rollout.Revisions{rollouttest.Revision("web-b", 2, "b")}
			}), nil,
			`refused: StableRevisionGone: statefulset.apps/web: its stable revision "web-a" is gone, so there is no template to go back to; apply the manifest that you want`,
		},
		{
			"scaled to zero by others", rollouttest.Set("web").Replicas(0).Partition(2).Revisions("b", "b").Record("canary", rollout.Open, from("web-a")).Glance(func(g *rollout.Glance) {
				g.Revisions = rollout.Revisions{rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-b", 2, "b")}
			}), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. partition 0: put its own partition back",
		},
		{
			"an unknown strategy", half().With(func(s *rollout.Set) { s.Strategy = "Recreate" }), nil,
			`refused: WrongStrategy: statefulset.apps/web: its update strategy "Recreate" is not one that this command knows how to drive`,
		},
		{
			"OnDelete", web().Revisions("a", "b").Pods("a a a b b").With(onDelete), nil,
			"1. template a: put the template of web-a back; then wait until every ordinal is Available on web-a\n" +
				"2. record aborted: it is done",
		},
		{
			"on the way back", back("a a a a b/"), nil,
			"statefulset.apps/web: waiting for web-4 to be gone",
		},
		{
			"on the way back, not observed", back("a a a a b!").Unobserved(), nil,
			"statefulset.apps/web: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision",
		},
		{
			"it blocks its own way back", back("a a a a b!"), nil,
			`1. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone`,
		},
		{
			"it blocks, though nothing is known to be wrong", back("a a a a b?"), nil,
			`1. delete pod "web-4": it blocks the way back, and the controller will not replace it; then wait until web-4 is gone`,
		},
		{
			"two block: ascending", back("a a a b? b?"), nil,
			`1. delete pod "web-3": it blocks the way back, and the controller will not replace it; then wait until web-3 is gone`,
		},
		{
			"a stable one below blocks", back("a a! a a b!"), nil,
			"failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown",
		},
		{
			"it serves: the controller replaces it", back("a a a a b"), nil,
			"statefulset.apps/web: waiting for web-4 to be replaced",
		},
		{
			"it serves, not for long", back("a a a a b~").With(func(s *rollout.Set) { s.MinReadySeconds = 10 }), nil,
			"statefulset.apps/web: waiting for web-4 to be Ready for minReadySeconds",
		},
		{
			"it has no pod", back("a a a a -"), nil,
			"statefulset.apps/web: waiting for web-4 to be Available",
		},
		{
			"a broken one on the stable revision", back("a a a a a!"), nil,
			"failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown",
		},
		{
			"Parallel: the controller does it", back("a a a a b?").With(func(s *rollout.Set) { s.OrderedReady = false }), nil,
			"statefulset.apps/web: waiting for web-4 to be Available",
		},
		{
			"one shows up below the partition", back("a b a a a"), nil,
			"1. partition 1: web-1 is still off web-a; then wait until every ordinal is Available on web-a",
		},
		{
			"all are back", back("a a a a a"), nil,
			"1. partition 0: put its own partition back",
		},
		{
			"all are back, the controller does not say so", back("a a a a a").Glance(func(g *rollout.Glance) { g.Set.UpdatedReplicas = 4 }), nil,
			"statefulset.apps/web: waiting for the controller to count 5 ordinals on web-a",
		},
	})
}
