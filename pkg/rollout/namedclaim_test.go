// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// The claim of a claim template takes the place of a volume of its name.
func TestNamedClaims(t *testing.T) {
	set, err := rollout.LookSet(object(t, `
metadata: {name: web}
spec:
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    spec:
      volumes:
      - {name: data, persistentVolumeClaim: {claimName: replaced}}
      - {name: b, persistentVolumeClaim: {claimName: shared}}
      - {name: c, configMap: {name: files}}
      - {name: d, persistentVolumeClaim: {claimName: other}}
      - {name: e, persistentVolumeClaim: {claimName: shared, readOnly: true}}
`))
	if diff := cmp.Diff([]string{"other", "shared"}, set.NamedClaims); err != nil || diff != "" {
		t.Errorf("%v; want -, got +\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"data-web-0", "other", "shared"}, set.ClaimsOf("web-0")); diff != "" {
		t.Errorf("of an ordinal: want -, got +\n%s", diff)
	}
}

// Claims matter of the template that is there, and of one that comes.
func TestNamesClaims(t *testing.T) {
	naming := web().With(func(s *rollout.Set) { s.NamedClaims = []string{"shared"} }).State()
	mounting := rollouttest.Template{Name: "b"}.Patch()
	mounting.Raw = []byte(`{"spec":{"volumes":[{"name":"s","persistentVolumeClaim":{"claimName":"shared"}}]}}`)
	one := intstr.FromInt32(1)
	for name, tt := range map[string]struct {
		in   rollout.State
		goal rollout.Goal
		want bool
	}{
		"none":                        {web().State(), canary("b", "1", "1"), false},
		"none, and the replicas":      {web().State(), rollout.Scale{To: 7, Step: 1}, false},
		"the live one":                {naming, rollout.Scale{To: 7, Step: 1}, true},
		"the one that comes":          {web().State(), rollout.Canary{Template: mounting, Count: one, Step: one}, true},
		"of a goal that is refused":   {web().With(func(s *rollout.Set) { s.Strategy = rollout.OnDelete }).State(), rollout.Canary{Template: mounting, Count: one, Step: one}, false},
		"the live one, if it is gone": {naming, canary("b", "1", "1"), true},
	} {
		if got := tt.in.NamesClaims(tt.goal); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A check tells of the claims that the template names; of those of claim templates it tells
// with their volumes.
func TestStops(t *testing.T) {
	set := rollout.Set{Name: "web", ClaimTemplates: []string{"data"}, NamedClaims: []string{"going", "lost", "well"}, Spec: rollout.Spec{Replicas: 2}}
	claims := []rollout.ClaimSight{
		{Name: "data-web-0", Lost: true},
		{Name: "going", Terminating: true},
		{Name: "lost", Lost: true, VolumeName: "pv1", UID: "u1"},
		{Name: "other", Lost: true},
		{Name: "well"},
	}
	const going, lost = "persistentvolumeclaim/going", "persistentvolumeclaim/lost"
	for replicas, severity := range map[int32]rollout.Severity{2: rollout.FindingError, 0: rollout.FindingWarning} {
		set.Replicas = replicas
		want := []rollout.Finding{
			{
				ID: "claim-terminating", Severity: severity, Object: going,
				Message: "the template names it, and it is being deleted: a new pod would never start, and no claim template makes it again",
				Details: []string{"it stays for as long as a pod mounts it: save its data first", "when it is gone: make a claim of that name"},
			},
			{
				ID: "claim-lost", Severity: severity, Object: lost,
				Message: "the template names it, and it is bound to pv1, which is gone or belongs to another claim: a new pod would never start",
				Details: []string{"to keep its data: make a volume pv1 on them, with claimRef.uid u1", "to give them up: delete the claim, and make one of that name"},
			},
		}
		if diff := cmp.Diff(want, set.Stops(claims)); diff != "" {
			t.Errorf("of %d: want -, got +\n%s", replicas, diff)
		}
	}
}
