// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

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

func ofRevision(revision string) func(*rollout.Promote) {
	return func(g *rollout.Promote) { g.Revision = revision }
}

// rewritten is a record after somebody else wrote the template.
func rewritten(r *rollout.Record) { r.ToDigest = "other"; r.Gen-- }

func TestPromoteCounts(t *testing.T) {
	try(t, []row{
		{"all", half(), promote("", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
3. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
4. record promoted: it is done`},
		{"two at a time", half(), promote("", "2"), `
1. partition 1: let web-1 to web-2 go; then wait until web-1 to web-2 are Available on the new revision
2. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
3. record promoted: it is done`},
		{"four in all", half(), promote("4", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision`},
		{"a percentage rounds up", half(), promote("50%", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{"more than there are", half(), promote("9", "3"), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 are Available on the new revision
2. record promoted: it is done`},
		{"as many as are done", half(), promote("2", "1"), "promoted (2/5 on web-b)"},
		{"fewer than are done", half(), promote("1", "1"), `
refused: CountTooSmall: statefulset.apps/web: 2 of its ordinals are on the new revision already, and a promote to 1 would take some back; an abort takes back all`},
	})
}

func TestPromoteOfKubectlsCanary(t *testing.T) {
	try(t, []row{
		{"kubectl's rollout", web().Revisions("a", "b"), promote("", "1"), "promoted (5/5 on web-b)"},
		{"kubectl's canary", web().Revisions("a", "b").Partition(4), promote("", "1"), `
1. partition 3: let web-3 go; then wait until web-3 is Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
3. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
4. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
5. record promoted: it is done`},
		{"staged by kubectl", web().Revisions("a", "b").Partition(5), promote("2", "1"), `
1. partition 4: let web-4 go; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
	})
}

func TestPromoteEnds(t *testing.T) {
	upgraded := func(g *rollout.Glance) { g.Set.Template = "with defaults of a newer server" }
	ended := half().Partition(0).Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2 })
	try(t, []row{
		{"its own partition comes back", half().Partition(0).Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2; r.From = "web-b" }), promote("", "1"), `
1. partition 2: put its own partition back`},
		{"no block comes back", half().Partition(0).Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own = nil; r.From = "web-b" }), promote("", "1"), `
1. partition none: put its own partition back`},
		{"a block that others have put something into stays", half().Partition(0).Revisions("b", "b").With(func(s *rollout.Set) { s.SharesBlock = true }).Record("promote", rollout.Open, func(r *rollout.Record) { r.Own = nil; r.From = "web-b" }), promote("", "1"), `
1. record promoted: it is done`},
		{"the controller has not completed", half().Partition(0), promote("", "1"), `
statefulset.apps/web: waiting for the controller to make web-b the current revision`},
		{"its own partition comes back, the server was upgraded meanwhile", ended.Glance(upgraded), promote("", "1"), `
1. partition 2: put its own partition back`},
		{"and the revision that it came from is gone", ended.Glance(upgraded, func(g *rollout.Glance) { g.Set.Record.From = "web-gone" }), promote("", "1"), `
1. partition 2: put its own partition back`},
		{"nothing to do", web(), promote("", "1"), "promoted (5/5 on web-a)"},
		{"nothing to do, an own partition", web().Partition(3), promote("", "1"), "promoted (5/5 on web-a)"},
		{"done before", web().Record("promote", rollout.Promoted), promote("", "1"), "promoted (5/5 on web-a)"},
		{"an abort's record on a twin", web().Revisions("a", "a").Record("abort", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2 }), promote("", "1"), `
promoted (5/5 on web-a)`},
	})
}

func TestPromoteOfARevision(t *testing.T) {
	try(t, []row{
		{"this revision", half(), promote("", "3", ofRevision("web-b")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 are Available on the new revision
2. record promoted: it is done`},
		{"this revision, by the end of its name", half(), promote("", "3", ofRevision("b")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 are Available on the new revision
2. record promoted: it is done`},
		{"this revision, by its number", half(), promote("", "3", ofRevision("2")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 are Available on the new revision
2. record promoted: it is done`},
		{"another revision, by the end of its name", half(), promote("", "1", ofRevision("a")), `
superseded: RevisionDiffers: statefulset.apps/web: its template is that of revision "web-b", not of "a"`},
		{"another revision", half(), promote("", "1", ofRevision("web-c")), `
superseded: RevisionDiffers: statefulset.apps/web: its template is that of revision "web-b", not of "web-c"`},
		{"a changed template", half().Record("canary", rollout.Open, rewritten), promote("", "1"), `
superseded: SpecChanged: statefulset.apps/web: the template was changed; abort goes back, promote --revision=web-b goes on`},
		{"a changed template, by name", half().Record("canary", rollout.Open, rewritten), promote("", "3", ofRevision("web-b")), `
1. partition 0: let web-0 to web-2 go; then wait until web-0 to web-2 are Available on the new revision
2. record promoted: it is done`},
		{"reverted by others", web().Record("canary", rollout.Open, func(r *rollout.Record) { r.ToDigest = "other"; r.Partition = 3 }), promote("", "1"), `
promoted (5/5 on web-a)`},
	})
}

func TestPromoteWaits(t *testing.T) {
	try(t, []row{
		{"an ordinal on its way", half().Pods("a a a b? b"), promote("", "1"), "statefulset.apps/web: waiting for web-3 to be Available"},
		{"an ordinal soaks", half(), promote("", "1", func(g *rollout.Promote) { g.Soak = 2 * time.Hour }), `
statefulset.apps/web: waiting for web-0 to soak; waiting for web-1 to soak; waiting for web-2 to soak; and 2 more`},
	})
}

func TestPromoteRefuses(t *testing.T) {
	try(t, []row{
		{"a broken canary", half().Pods("a a a b b!"), promote("", "1"), `
refused: BrokenPods: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
		{"a broken promote, begun", half().Pods("a a a b b!").Record("promote", rollout.Open), promote("", "1"), `
failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
		{"OnDelete", web().With(onDelete), promote("", "1"), `
refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to promote by; write a template with kubectl (set image, apply), then delete the outdated pods one by one`},
		{"an abort is under way", back("a a a a b/"), promote("", "1"), abortUnderWay},
	})
}
