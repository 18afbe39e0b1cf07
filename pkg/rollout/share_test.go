// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// A pod beside an ordinal is judged by what it may do with the claim, and by how many may
// mount that; an apply and a scale refuse what is an error, and nothing else.
func TestMounts(t *testing.T) {
	reads := func(b *rollout.Bystander) { b.ReadOnly = []string{"data-web-1"} }
	const (
		once, many = corev1.ReadWriteOnce, corev1.ReadWriteMany
		read, pod  = corev1.ReadOnlyMany, corev1.ReadWriteOncePod
	)
	for name, tt := range map[string]struct {
		modes    []corev1.PersistentVolumeAccessMode
		ro       bool
		severity rollout.Severity
		why      string
	}{
		"a writer on RWO":           {modes: []corev1.PersistentVolumeAccessMode{once}, severity: rollout.FindingError, why: "both would write"},
		"a writer on RWOP":          {modes: []corev1.PersistentVolumeAccessMode{pod}, severity: rollout.FindingError, why: "for a single pod"},
		"a writer on RWX":           {modes: []corev1.PersistentVolumeAccessMode{many}, severity: rollout.FindingWarning, why: "ReadWriteMany allows"},
		"a writer on RWO and RWX":   {modes: []corev1.PersistentVolumeAccessMode{once, many}, severity: rollout.FindingWarning, why: "ReadWriteMany allows"},
		"a writer on RWO and ROX":   {modes: []corev1.PersistentVolumeAccessMode{once, read}, severity: rollout.FindingError, why: "both would write"},
		"a writer on ROX":           {modes: []corev1.PersistentVolumeAccessMode{read}, severity: rollout.FindingWarning, why: "set readOnly"},
		"a writer on unknown modes": {severity: rollout.FindingError, why: "both would write"},
		"a reader on RWO":           {modes: []corev1.PersistentVolumeAccessMode{once}, ro: true, severity: rollout.FindingNote, why: "only reads it"},
		"a reader on RWOP":          {modes: []corev1.PersistentVolumeAccessMode{pod}, ro: true, severity: rollout.FindingError, why: "for a single pod"},
		"a reader on RWX":           {modes: []corev1.PersistentVolumeAccessMode{many}, ro: true},
		"a reader on ROX":           {modes: []corev1.PersistentVolumeAccessMode{read}, ro: true},
		"a reader on RWO and ROX":   {modes: []corev1.PersistentVolumeAccessMode{once, read}, ro: true},
	} {
		edits := []func(*rollout.Bystander){}
		if tt.ro {
			edits = append(edits, reads)
		}
		for place, has := range map[string]func(*rollout.Arrival){
			"the claim": found(rollout.ClaimSight{Name: "data-web-1", Modes: tt.modes}),
			"its template": func(a *rollout.Arrival) {
				a.Set.ClaimModes = map[string][]corev1.PersistentVolumeAccessMode{"data": tt.modes}
			},
		} {
			t.Run(name+", by "+place, func(t *testing.T) {
				judges(t, arriving(t, has, backup("data-web-1", edits...)), tt.severity, tt.why)
			})
		}
	}
}

// judges the one pod beside an ordinal so, in all that goes by it.
func judges(t *testing.T, a rollout.Arrival, severity rollout.Severity, why string) {
	t.Helper()
	got := rollout.Finding{}
	if mounts := a.Mounts(); len(mounts) > 0 {
		got = mounts[0]
	}
	if got.Severity != severity || !strings.Contains(got.Message, why) {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(a.Mounts(), a.Shares()); diff != "" {
		t.Errorf("a check tells otherwise: %s", diff)
	}
	for _, err := range []error{a.Allowed(), a.Shared()} {
		var refusal *rollout.Refusal
		if refused := errors.As(err, &refusal) && refusal.Reason == rollout.ClaimTaken; refused != (severity == rollout.FindingError) {
			t.Error(err)
		}
	}
}

// One pod is told of once, though two volumes of it are of the claim.
func TestMountsTellsOfAClaimOnce(t *testing.T) {
	twice := backup("data-web-1", func(b *rollout.Bystander) { b.Claims = append(b.Claims, "data-web-1") })
	if got := arriving(t, twice).Mounts(); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// A check tells of another set and of pods alike.
func TestShares(t *testing.T) {
	other := beside(rollout.Set{Name: "0", UID: "other", ClaimTemplates: []string{"data-web"}}, rollout.Set{Name: "web", UID: "other", ClaimTemplates: []string{"data"}})
	got := arriving(t, other, backup("data-web-1")).Shares()
	if len(got) != 2 || !strings.HasPrefix(got[0].Message, "its claim data-web-0 is one of statefulset.apps/web too") || got[1].Severity != rollout.FindingError {
		t.Errorf("%+v", got)
	}
}
