// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// TestCheckFindsWhatHasFailed: a canary and a scale are refused for it.
func TestCheckFindsWhatHasFailed(t *testing.T) {
	s := session{Invocation: Invocation{Name: "kubectl sts"}, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	if found := s.failed(rollouttest.Set("web").State()); len(found) > 0 {
		t.Errorf("a settled set has %v", found)
	}
	want := []rollout.Finding{{
		ID: "ordinal-failed", Severity: rollout.FindingError, Object: "pod/web-1",
		Message: "has failed: image-pull: manifest unknown; as long as it has, a canary and a scale are refused",
		Remedy:  "kubectl -n default describe pod web-1",
	}}
	if diff := cmp.Diff(want, s.failed(rollouttest.Set("web").Replicas(3).Pods("a a! a").State())); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestCheckTellsOfOnDelete, and of no other strategy.
func TestCheckTellsOfOnDelete(t *testing.T) {
	var f found
	f.set = &appsv1.StatefulSet{}
	if got, err := inspectOnDelete(t.Context(), session{}, f); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	f.set.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType
	got, err := inspectOnDelete(t.Context(), session{}, f)
	if err != nil || len(got) != 1 || got[0].ID != "on-delete" || got[0].Severity != rollout.FindingNote {
		t.Errorf("%v, %v", got, err)
	}
}

// TestClaimThatAPodKeeps stops the next rollout; one that no pod keeps is gone at once.
func TestClaimThatAPodKeeps(t *testing.T) {
	mounting := func(g *rollout.Glance) { g.Pods[1].Claims = []string{"data-web-1"} }
	state := rollouttest.Set("web").Replicas(3).Glance(goingClaims("data-web-1", "data-web-2")).Glance(mounting).State()
	findings := []rollout.Finding{
		{ID: volume.FoundTerminating, Severity: rollout.FindingWarning, Object: "persistentvolumeclaim/data-web-1"},
		{ID: volume.FoundTerminating, Severity: rollout.FindingWarning, Object: "persistentvolumeclaim/data-web-2"},
	}
	got := keptBy(state, findings)
	if got[0].Severity != rollout.FindingError || len(got[0].Details) != 2 || got[1].Severity != rollout.FindingWarning {
		t.Errorf("%+v", got)
	}
}
