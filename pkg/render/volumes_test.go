// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

func disk(volumeName string, change func(*corev1.PersistentVolume)) corev1.PersistentVolume {
	v := corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volumeName, UID: types.UID(volumeName), ResourceVersion: "1"},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")},
			AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{Server: "nfs", Path: "/" + volumeName}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeAvailable},
	}
	change(&v)
	return v
}

func disks() (volume.Set, volume.Stock) {
	set := volume.Set{Namespace: "shop", Name: "web", Replicas: 4, Templates: []corev1.PersistentVolumeClaim{{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}},
		},
	}}}
	bound := set.Templates[0].DeepCopy()
	bound.ObjectMeta = metav1.ObjectMeta{Namespace: "shop", Name: "data-web-0", UID: "c0", Annotations: map[string]string{"pv.kubernetes.io/bind-completed": "yes"}}
	bound.Spec.VolumeName, bound.Status.Phase = "pv-a", corev1.ClaimBound
	points := func(claimName string, uid types.UID, phase corev1.PersistentVolumePhase) func(*corev1.PersistentVolume) {
		return func(v *corev1.PersistentVolume) {
			v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: claimName, UID: uid}
			v.Status.Phase = phase
		}
	}
	return set, volume.Stock{
		Claims:  []corev1.PersistentVolumeClaim{*bound},
		Classes: []storagev1.StorageClass{},
		Volumes: []corev1.PersistentVolume{
			disk("pv-a", func(v *corev1.PersistentVolume) {
				points("data-web-0", "c0", corev1.VolumeBound)(v)
				v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimDelete
			}),
			disk("pv-b", points("data-web-1", "", corev1.VolumeAvailable)),
			disk("pv-c", points("data-web-2", "old", corev1.VolumeReleased)),
			disk("pv-d", points("data-web-9", "", corev1.VolumeAvailable)),
			disk("pv-e", func(v *corev1.PersistentVolume) {
				v.Spec.Capacity[corev1.ResourceStorage] = resource.MustParse("1Gi")
				v.Name = "pv-e\x1b[31m"
			}),
		},
	}
}

func standing() VolumeStanding {
	set, stock := disks()
	standings := stock.Standings(set, set.Known(stock))
	standings[3].Said = "FailedBinding: no persistent volumes available\nfor this claim"
	return VolumeStanding{Set: set, Standings: standings, Findings: volume.Findings(set, standings)}
}

func TestVolumeStatus(t *testing.T) {
	for fileName, c := range map[string]struct {
		style   Style
		columns Columns
	}{
		"volumes.txt":        {Style{}, Narrow},
		"volumes-wide.txt":   {Style{}, Wide},
		"volumes-color.txt":  {Style{Color: Colored}, Narrow},
		"volumes-narrow.txt": {terminal(60, 24), Narrow},
	} {
		t.Run(fileName, func(t *testing.T) {
			var b bytes.Buffer
			if err := VolumeStatus(&b, c.style, standing(), c.columns); err != nil {
				t.Fatal(err)
			}
			golden(t, fileName, b.String())
		})
	}
}

func TestVolumePlan(t *testing.T) {
	set, stock := disks()
	p, err := volume.PlanRelease(set, stock, set.Known(stock), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Steps = append(p.Steps, volume.Step{Action: volume.Skip, Claim: volume.Claim{Name: "data-web-7"}, Why: "bound to x"})
	p.Steps[0].Before.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimDelete
	var b bytes.Buffer
	if err := VolumePlan(&b, Style{}, p, "server"); err != nil {
		t.Fatal(err)
	}
	if err := VolumePlan(&b, Style{}, volume.Plan{Set: set}, "client"); err != nil {
		t.Fatal(err)
	}
	golden(t, "volumes-plan.txt", b.String())
}

func TestCheck(t *testing.T) {
	var b bytes.Buffer
	set := rollout.Set{Namespace: "shop", Name: "web"}
	for _, findings := range [][]rollout.Finding{standing().Findings, nil} {
		if err := Check(&b, Style{}, set, []string{"its name", "its probes"}, findings); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "check.txt", b.String())
}

func TestVolumeDocuments(t *testing.T) {
	set, stock := disks()
	p, err := volume.PlanRelease(set, stock, set.Known(stock), nil)
	if err != nil {
		t.Fatal(err)
	}
	for fileName, document := range map[string]any{
		"volumes.json":           VolumeStatusDocument(standing()),
		"volumes-check.json":     CheckDocument(rollout.Set{Namespace: "shop", Name: "web"}, []string{"its name"}, standing().Findings),
		"volumes-manifests.json": VolumeManifests(p),
		"volumes-result.json": VolumeResultDocument(VolumeOutcome{
			Command: "pv release", SetName: "web", Namespace: "shop", ExitCode: 0, Reason: "Reached", Message: "done", Steps: p.Steps,
		}),
	} {
		t.Run(fileName, func(t *testing.T) {
			text, err := json.MarshalIndent(document, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, fileName, fmt.Sprintln(string(text)))
		})
	}
}

// What one command ends has it once, with what there is to know of all; what is of one
// claim stays with that one.
func TestFindingsOfOneCause(t *testing.T) {
	unserved := func(claim string, details ...string) rollout.Finding {
		return rollout.Finding{
			ID: "claim-unserved", Severity: rollout.FindingError, Object: claim, Message: "no volume serves it",
			Details: append(details, "pv-e: it has 1Gi", "TYPE is nfs or csi"), Remedy: "pv create web --ordinals 0-2 --type TYPE",
		}
	}
	lost := rollout.Finding{ID: "claim-lost", Severity: rollout.FindingError, Object: "data-3", Message: "it is lost", Details: []string{"pv-e: it has 1Gi"}}
	want := `error claim-unserved  data-0: no volume serves it
error claim-unserved  data-1: no volume serves it
  event: no

error claim-lost  data-3: it is lost
  pv-e: it has 1Gi

error claim-lost  data-3: it is lost
  pv-e: it has 1Gi

error claim-unserved  data-2: no volume serves it
  pv-e: it has 1Gi
  TYPE is nfs or csi
  try: pv create web --ordinals 0-2 --type TYPE`
	findings := []rollout.Finding{unserved("data-0"), unserved("data-1", "event: no"), lost, lost, unserved("data-2")}
	if diff := cmp.Diff(want, strings.Join(findingsLines(Style{}, findings), "\n")); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if len(findings[0].Details) != 2 || findings[0].Remedy == "" {
		t.Errorf("the findings have changed: %+v", findings[0])
	}
}
