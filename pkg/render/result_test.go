// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestLine(t *testing.T) {
	for dryRun, want := range map[string]string{
		"":       "statefulset.apps/web promoted (5/5 on web-7d9f)",
		"client": "statefulset.apps/web promoted (5/5 on web-7d9f) (dry run)",
		"server": "statefulset.apps/web promoted (5/5 on web-7d9f) (server dry run)",
	} {
		r := Result{SetName: "web", Message: "promoted (5/5 on web-7d9f)", DryRun: dryRun}
		if got := r.Line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	s := failed(t)
	var b strings.Builder
	blockers := []rollout.Blocker{{Message: "a newer sighting"}}
	for _, pod := range s.Pods {
		if pod.Cause.ID != "" {
			blockers = append(blockers, blockerOf(pod))
		}
	}
	for range mostTold {
		blockers = append(blockers, rollout.Blocker{Cause: rollout.Cause{ID: rollout.Silent}})
	}
	Result{State: s, Blockers: blockers}.Explain(&b)
	golden(t, "explain.txt", b.String())
}

func TestPlanText(t *testing.T) {
	promote := rollout.Promote{Step: intstr.FromInt32(1)}
	one := int32(1)
	for fileName, c := range map[string]struct {
		state rollout.State
		goal  rollout.Goal
	}{
		"promote.txt":     {canaryOn(t), promote},
		"promote-bad.txt": {failed(t), promote},
		"nothing.txt":     {settled(t), promote},
		"scale.txt":       {settled(t), rollout.Scale{To: 5, Step: 1}},
		"scale-down.txt":  {settled(t), rollout.Scale{To: one, Step: 5}},
		"canary.txt": {settled(t), rollout.Canary{
			Template: rollout.Template{Raw: []byte(canaryTemplate), Digest: digest(t, canaryTemplate)},
			Count:    intstr.FromInt32(2), Step: intstr.FromInt32(1),
		}},
	} {
		t.Run(fileName, func(t *testing.T) {
			plan, err := c.goal.Plan(c.state)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "plan-"+fileName, PlanText(c.goal.Op(), "client", plan, c.state))
		})
	}
}

func TestPlanTextOfAllSorts(t *testing.T) {
	s := settled(t)
	plan := rollout.Plan{
		Hold: make([]rollout.Blocker, 1200),
		Steps: []rollout.Step{
			{Change: rollout.Change{Pod: &rollout.Removal{PodName: "web-2"}, Why: "it blocks the way back"}, Until: "web-2 is gone"},
			{Change: rollout.Change{Set: &rollout.SetPatch{Partition: &rollout.Partition{Nil: true}}, Why: "put its own partition back"}},
			{Change: rollout.Change{Set: &rollout.SetPatch{Record: rollout.Record{State: rollout.Promoted}}, Why: "it is done"}},
			{Change: rollout.Change{}},
		},
	}
	for i := range plan.Hold {
		plan.Hold[i] = rollout.Blocker{PodName: "web-0", Message: "to be Available"}
	}
	golden(t, "plan-all.txt", PlanText("abort", "client", plan, s))
}
