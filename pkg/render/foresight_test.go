// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// ahead is what a scale-up of "web" from 1 comes to: data-web-1 is there and
// bound, data-web-2 there and not, one volume is free and one too small.
func ahead(replicas int32) Foresight {
	set, _ := disks()
	set.Replicas = 1
	at := time.Date(2026, 1, 13, 0, 0, 0, 0, time.UTC)
	claim := func(ordinal int, volumeName string) corev1.PersistentVolumeClaim {
		c := *set.Templates[0].DeepCopy()
		c.ObjectMeta = metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("data-web-%d", ordinal), CreationTimestamp: metav1.NewTime(at.Add(-12 * 24 * time.Hour))}
		if volumeName != "" {
			c.Annotations = map[string]string{"pv.kubernetes.io/bind-completed": "yes"}
			c.Spec.VolumeName, c.Status.Phase = volumeName, corev1.ClaimBound
			c.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}
		}
		return c
	}
	stock := volume.Stock{
		Volumes: []corev1.PersistentVolume{
			disk("pv005", func(v *corev1.PersistentVolume) {
				v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: "data-web-1", UID: "c1"}
			}),
			disk("pv007", func(*corev1.PersistentVolume) {}),
			disk("pv001", func(v *corev1.PersistentVolume) {
				v.Spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
			}),
		},
		Claims:  []corev1.PersistentVolumeClaim{claim(0, "pv004"), claim(1, "pv005"), claim(2, "")},
		Classes: []storagev1.StorageClass{},
	}
	return Foresight{At: at, Outlook: stock.Outlook(set, replicas)}
}

// asking is the set whose template asks for another size, class and modes.
func asking(set volume.Set, size string) volume.Set {
	template := *set.Templates[0].DeepCopy()
	template.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	template.Spec.StorageClassName = new("fast")
	set.Templates = []corev1.PersistentVolumeClaim{template}
	return set
}

// Claims that are found and differ are counted where they have no line.
func TestForesightSumsDifferences(t *testing.T) {
	f := ahead(4)
	claims := asking(f.Outlook.Set, "5Gi").ClaimsOf(f.Outlook.Stock, []int32{0, 1})
	f.Outlook.Claims = nil
	for range mostForeseen {
		f.Outlook.Claims = append(f.Outlook.Claims, volume.Standing{Claim: claims[0], Word: volume.Bound}, volume.Standing{Claim: claims[1], Word: volume.Terminating})
	}
	lines := f.Lines()
	last := lines[len(lines)-1]
	if want := "and 13 claims more, up to data-web-1: 13 found, 0 will be made; 6 of them are not what the template asks for"; last.Text != want || !last.Stops {
		t.Errorf("%+v", last)
	}
}

// foreseenText marks what somebody has to act upon with "!".
func foreseenText(f Foresight) string {
	var b strings.Builder
	for _, line := range f.Lines() {
		mark := "  "
		if line.Stops {
			mark = "! "
		}
		b.WriteString(mark + line.Text + "\n")
	}
	if unread := f.Unread(); len(unread) > 0 {
		fmt.Fprintf(&b, "unread: %q\n", unread)
	}
	return b.String()
}

func TestForesight(t *testing.T) {
	blind := ahead(4)
	blind.Outlook.Stock.Volumes, blind.Outlook.Stock.Classes = nil, nil
	blind.Outlook = blind.Outlook.Stock.Outlook(blind.Outlook.Set, 4)
	blinder := blind
	blinder.Outlook.Stock.Claims = nil
	blinder.Outlook = blinder.Outlook.Stock.Outlook(blinder.Outlook.Set, 4)
	bigger := ahead(5)
	bigger.Outlook = bigger.Outlook.Stock.Outlook(asking(bigger.Outlook.Set, "5Gi"), 5)
	forsaking := ahead(4)
	forsaking.Outlook.Stock.Volumes = append(forsaking.Outlook.Stock.Volumes, disk("pv009", func(v *corev1.PersistentVolume) {
		v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: "data-web-3", UID: "old"}
		v.Status.Phase = corev1.VolumeReleased
	}), disk("pv010", func(*corev1.PersistentVolume) {}))
	forsaking.Outlook = forsaking.Outlook.Stock.Outlook(forsaking.Outlook.Set, 4)
	going := ahead(4)
	going.Outlook.Stock.Volumes[0].DeletionTimestamp = &metav1.Time{Time: going.At}
	going.Outlook = going.Outlook.Stock.Outlook(going.Outlook.Set, 4)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("data-web-%d", 40-i))
	}
	for fileName, f := range map[string]Foresight{
		"up.txt":           ahead(5),
		"up-many.txt":      ahead(5000),
		"up-differs.txt":   bigger,
		"up-blind.txt":     blind,
		"up-forsaking.txt": forsaking,
		"up-blinder.txt":   blinder,
		"kept.txt":         {Kept: []string{"data-web-2", "data-web-1"}},
		"kept-many.txt":    {Kept: names},
		"destroyed.txt":    {Destroyed: []string{"data-web-2", "data-web-1"}},
		"up-going.txt":     going,
		"kept-lost.txt":    losing(Foresight{Kept: []string{"data-web-2", "data-web-1"}}, "data-web-1"),
		"lost-many.txt":    losing(Foresight{Kept: names}, names...),
		"gone-lost.txt":    losing(Foresight{Destroyed: []string{"data-web-2", "data-web-1"}}, "data-web-1"),
	} {
		t.Run(fileName, func(t *testing.T) { golden(t, "foresight-"+fileName, foreseenText(f)) })
	}
}

func TestForesightDocument(t *testing.T) {
	f := ahead(4)
	text, err := json.Marshal(Result{Foresight: &f}.Document())
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Claims json.RawMessage }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, document.Claims, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "foresight.json", b.String()+"\n")
}

// Where a class may make a volume and that may not be read, what was an earlier
// claim's is a candidate and no more.
func TestForesightDocumentOfWhatMayNotBeRead(t *testing.T) {
	set, stock := disks()
	set.Replicas, stock.Classes = 2, nil
	d := Foresight{Outlook: stock.Outlook(asking(set, "2Gi"), 3)}.document().Coming[0]
	if d.Claim != "data-web-2" || d.State != "" || d.Volume != "" || len(d.Candidates) == 0 {
		t.Errorf("%+v", d)
	}
	stock.Classes = []storagev1.StorageClass{}
	d = Foresight{Outlook: stock.Outlook(asking(set, "2Gi"), 3)}.document().Coming[0]
	if d.State != volume.Left || d.Volume != "pv-c" {
		t.Errorf("%+v", d)
	}
}

// The names of claims that are Lost are among those that stay or go.
func TestForesightDocumentOfALostClaim(t *testing.T) {
	d := losing(Foresight{Kept: []string{"data-web-2", "data-web-1"}}, "data-web-1").document()
	want := []LostClaim{{Pod: "web-1", Claim: "data-web-1", Volume: "pv-1", UID: "u-1"}}
	if len(d.Kept) != 2 || !slices.Equal(d.Lost, want) {
		t.Errorf("%+v", d)
	}
}

// losing is a foresight in which claims of web are Lost.
func losing(f Foresight, claimNames ...string) Foresight {
	for _, claimName := range claimNames {
		ordinal := strings.TrimPrefix(claimName, "data-web-")
		claim := rollout.ClaimSight{Name: claimName, Lost: true, VolumeName: "pv-" + ordinal, UID: types.UID("u-" + ordinal)}
		f.Lost = append(f.Lost, rollout.LostMount{PodName: "web-" + ordinal, Claim: claim})
	}
	return f
}
