// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// prospects of an outlook, a line a claim: those that stop their ordinal with "!".
func prospects(o Outlook) []string {
	var lines []string
	for _, s := range o.Claims {
		line := s.Claim.Name + ": " + o.Prospect(s)
		if o.Stops(s) {
			line += "!"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOutlook(t *testing.T) {
	classes := func(classes ...storagev1.StorageClass) []storagev1.StorageClass { return classes }
	volumes := func(volumes ...corev1.PersistentVolume) []corev1.PersistentVolume {
		return append([]corev1.PersistentVolume{}, volumes...)
	}
	claims := func(claims ...corev1.PersistentVolumeClaim) []corev1.PersistentVolumeClaim {
		return append([]corev1.PersistentVolumeClaim{}, claims...)
	}
	none := []storagev1.StorageClass{}
	read := func(volumes []corev1.PersistentVolume, claims []corev1.PersistentVolumeClaim, classes []storagev1.StorageClass) Stock {
		return Stock{Volumes: volumes, Claims: claims, Classes: classes}
	}
	for name, c := range map[string]struct {
		template corev1.PersistentVolumeClaim
		stock    Stock
		want     []string
	}{
		"found, reserved, by chance": {
			vct("data"),
			read(volumes(pv("a", points("data-web-1", "claim-1"), phase(corev1.VolumeBound)), pv("b", points("data-web-2", "")), pv("c"), pv("d")), claims(live(0, "z"), live(1, "a")), none),
			[]string{"data-web-1: ", "data-web-2: the binder would take b, which is reserved for it", "data-web-3: the binder would take c or d"},
		},
		"one that waits already comes first": {
			vct("data"),
			read(volumes(pv("a"), pv("b")), claims(live(0, "")), none),
			[]string{"data-web-1: the binder would take a or b", "data-web-2: no volume can serve it!", "data-web-3: no volume can serve it!"},
		},
		"made by a class": {
			vct("data", ofClass("fast")),
			read(volumes(), claims(), classes(storageClass("fast"))),
			[]string{"data-web-1: a volume will be provisioned by class fast", "data-web-2: a volume will be provisioned by class fast", "data-web-3: a volume will be provisioned by class fast"},
		},
		"chosen by the node": {
			vct("data", ofClass("wait")),
			read(volumes(pv("a", class("wait")), pv("b", class("wait")), pv("c", class("wait"))), claims(live(0, "z")), classes(storageClass("wait", delayed))),
			[]string{"data-web-1: the scheduler would take a, b or c, by its pod's node", "data-web-2: the scheduler would take a, b or c, by its pod's node", "data-web-3: the scheduler would take a, b or c, by its pod's node"},
		},
		"classes may not be read": {
			vct("data", ofClass("fast")),
			read(volumes(), claims(), nil),
			[]string{
				"data-web-1: no volume that is there can serve it, and whether a class provisions one may not be read",
				"data-web-2: no volume that is there can serve it, and whether a class provisions one may not be read",
				"data-web-3: no volume that is there can serve it, and whether a class provisions one may not be read",
			},
		},
		"no class is asked for, so none need be read": {
			vct("data", ofClass("")),
			read(volumes(), claims(), nil),
			[]string{"data-web-1: no volume can serve it!", "data-web-2: no volume can serve it!", "data-web-3: no volume can serve it!"},
		},
		"volumes may not be read": {vct("data"), read(nil, claims(), nil), []string{"data-web-1: ", "data-web-2: ", "data-web-3: "}},
		"claims may not be read":  {vct("data"), read(volumes(), nil, none), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, prospects(c.stock.Outlook(set(1, c.template), 4))); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestOutlookLooksAtSoMany(t *testing.T) {
	o := Stock{Claims: []corev1.PersistentVolumeClaim{}, Volumes: []corev1.PersistentVolume{}}.Outlook(set(2, vct("data"), vct("log")), 5000)
	if len(o.Claims) != 2*mostAhead || o.Beyond != 5000-2-mostAhead || o.Claims[0].Claim.Name != "data-web-2" {
		t.Errorf("%d claims from %s, %d beyond", len(o.Claims), o.Claims[0].Claim.Name, o.Beyond)
	}
}

// A long list of candidates is told in short, and says how long it is.
func TestOutlookTrims(t *testing.T) {
	volumes := []corev1.PersistentVolume{pv("theirs", points("x", ""))}
	volumes[0].Spec.ClaimRef.Namespace = "elsewhere"
	for i := range 15 {
		volumes = append(volumes, pv(fmt.Sprintf("small-%02d", i), sized("1Gi")))
	}
	s := stockOf(volumes...)
	s.Claims = []corev1.PersistentVolumeClaim{}
	claim := s.Outlook(set(0, vct("data")), 1).Claims[0]
	details := claim.Details()
	if len(claim.Candidates) != mostDetails || claim.Unlisted != 5 ||
		!slices.Equal(details[mostDetails:], []string{"and 5 more that do not serve", "1 volume is of another claim"}) {
		t.Errorf("%d candidates, %d more: %q", len(claim.Candidates), claim.Unlisted, details)
	}
}

func BenchmarkOutlook(b *testing.B) {
	s := set(0, vct("data"), vct("log"), vct("wal"))
	volumes := []corev1.PersistentVolume{}
	for i := range 5000 {
		v := pv(fmt.Sprintf("other-%d", i), points(fmt.Sprintf("other-%d", i), "x"))
		v.Spec.ClaimRef.Namespace = "elsewhere"
		if i%10 == 0 {
			v = pv(fmt.Sprintf("free-%d", i), class("other"))
		}
		volumes = append(volumes, v)
	}
	stock := Stock{Volumes: volumes, Claims: []corev1.PersistentVolumeClaim{}}
	for b.Loop() {
		if o := stock.Outlook(s, 1000); o.Claims[0].Word != Unserved {
			b.Fatal(o.Claims[0].Word)
		}
	}
}
