// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func canary(template, count, step string) rollout.Goal {
	return rollout.Canary{Template: rollouttest.Template{Name: template}.Patch(), Count: intstr.Parse(count), Step: intstr.Parse(step)}
}

// applied is the part of an apply that is a canary.
func applied(count string) rollout.Goal {
	g := rollout.Apply{Template: rollouttest.Template{Name: "b"}.Patch(), Step: intstr.FromInt32(1)}
	part, err := g.Canary(three().State(), intstr.Parse(count))
	if err != nil {
		return nil
	}
	return part
}

func TestCanaryCounts(t *testing.T) {
	try(t, []row{
		{"one", web(), canary("b", "1", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision`},
		{"three, two at a time", web(), canary("b", "3", "2"), `
1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 are Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{"a step larger than the count", web(), canary("b", "2", "4"), `
1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 are Available on the new revision`},
		{"a percentage rounds up", web(), canary("b", "30%", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
		{"a step of a percentage", web(), canary("b", "3", "40%"), `
1. template b, partition 3: canary on web-3 to web-4; then wait until web-3 to web-4 are Available on the new revision
2. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{"100%", web(), canary("b", "100%", "1"), `
refused: CountTooLarge: statefulset.apps/web: a canary of 5 would leave none of its 5 ordinals on the stable revision; take --count 4 at most, then promote`},
		{"as many as there are", web(), canary("b", "5", "1"), `
refused: CountTooLarge: statefulset.apps/web: a canary of 5 would leave none of its 5 ordinals on the stable revision; take --count 4 at most, then promote`},
		{"one ordinal", rollouttest.Set("web"), canary("b", "1", "1"), `
refused: CountTooLarge: statefulset.apps/web: it has one ordinal, so a canary would be all of it; change it as a whole, and watch that with promote`},
		{"no ordinal", rollouttest.Set("web").Replicas(0), canary("b", "1", "1"), `
refused: CountTooLarge: statefulset.apps/web: it has no ordinal for a canary to be on`},
		{"of an apply, all", three(), applied("10"), `
refused: CountTooLarge: statefulset.apps/web: a canary of 10 would leave none of its 3 ordinals on the stable revision; take --canary 2 at most, or apply it without --canary`},
		{"of an apply, one ordinal", rollouttest.Set("web"), applied("1"), `
refused: CountTooLarge: statefulset.apps/web: it has one ordinal, so a canary would be all of it; apply it without --canary`},
		{"of an apply, one ordinal that has it", rollouttest.Set("web").Revisions("b", "b").Pods("b"), applied("1"), "applied (1/1 on web-b)"},
		{"one ordinal that has it", rollouttest.Set("web").Revisions("b", "b").Pods("b"), canary("b", "1", "1"), `
refused: CountTooLarge: statefulset.apps/web: it has one ordinal, so a canary would be all of it; change it as a whole, and watch that with promote`},
		{"from ordinal 3", rollouttest.Set("web").Replicas(3).Start(3), canary("b", "1", "1"), `
1. template b, partition 2: canary on web-5; then wait until web-5 is Available on the new revision`},
	})
}

func TestCanaryFromAnOwnPartition(t *testing.T) {
	try(t, []row{
		{"from an own partition", web().Partition(2), canary("b", "1", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision`},
		{"from a partition beyond all", web().Partition(100), canary("b", "2", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision
2. partition 3: let web-3 go; then wait until web-3 is Available on the new revision`},
		{"from no rollingUpdate block", web().NoPartition(), canary("b", "1", "1"), `
1. template b, partition 4: canary on web-4; then wait until web-4 is Available on the new revision`},
	})
}

func TestCanaryAgain(t *testing.T) {
	try(t, []row{
		{"again, equal", half(), canary("b", "2", "1"), "canary is on (2/5 on web-b)"},
		{"again, smaller", half(), canary("b", "1", "1"), `
refused: CountTooSmall: statefulset.apps/web: 2 of its ordinals are on this template already, and a canary of 1 would take some back; an abort takes back all`},
		{"again, larger", half(), canary("b", "4", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision`},
		{"again, its pods on the way", half().Pods("a a a b b?"), canary("b", "2", "1"), "statefulset.apps/web: waiting for web-4 to be Available"},
		{"again, not observed", half().Unobserved(), canary("b", "4", "1"), unseen},
		{"the template that it has", web(), canary("a", "1", "1"), "canary is on (5/5 on web-a)"},
		{"goes on with kubectl's", web().Revisions("a", "b").Partition(3), canary("b", "3", "1"), `
1. partition 2: let web-2 go; then wait until web-2 is Available on the new revision`},
		{"a broken canary, begun", half().Pods("a a a b b!"), canary("b", "2", "1"), `
failed: OrdinalFailed: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
		{"a broken canary of kubectl's", web().Revisions("a", "b").Partition(3).Pods("a a a b b!"), canary("b", "2", "1"), `
refused: BrokenPods: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
	})
}

func TestCanaryBeginsOnASettledSet(t *testing.T) {
	try(t, []row{
		{"not settled", web().Pods("a a a a a~").With(minReady), canary("b", "1", "1"), `
refused: NotSettled: statefulset.apps/web: it is rolling, and a canary begins on a settled set only: waiting for web-4 to be Ready for minReadySeconds`},
		{"surplus pods", web().Pods("a a a a a a/"), canary("b", "1", "1"), `
refused: NotSettled: statefulset.apps/web: it is scaling, and a canary begins on a settled set only: waiting for web-5 to go`},
		{"not observed", web().Unobserved(), canary("b", "1", "1"), `
refused: NotSettled: statefulset.apps/web: it is rolling, and a canary begins on a settled set only: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision`},
		{"a broken pod", web().Pods("a a! a a a"), canary("b", "1", "1"), "refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown" + correctable},
		{"another canary is on", half(), canary("c", "1", "1"), `
refused: CanaryUnderWay: statefulset.apps/web: another template is being rolled out (web-b, from web-a); promote it or abort it first`},
		{"an abort is under way", back("a a a a b/"), canary("b", "1", "1"), abortUnderWay},
	})
}

func TestCanaryNeedsAPartition(t *testing.T) {
	try(t, []row{
		{"OnDelete", web().With(onDelete), canary("b", "1", "1"), `
refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to canary by; write a template with kubectl (set image, apply), then delete the outdated pods one by one`},
		{"an unknown strategy", web().With(recreate), canary("b", "1", "1"), unknownStrategy},
	})
}
