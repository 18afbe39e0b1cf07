// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// words are standings in short: "data-web-0 Bound a".
func words(standings []Standing) []string {
	var lines []string
	for _, s := range standings {
		volumes := s.Choice.Volumes
		if s.Claim.Bound() {
			volumes = []string{s.Claim.Spec.VolumeName}
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", s.Claim.Name, s.Word, strings.Join(volumes, "|")))
	}
	return lines
}

func brief(findings []rollout.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s %s %s", f.Severity, f.ID, f.Object))
	}
	return lines
}

// bound is a volume that the claim of an ordinal has.
func bound(volumeName string, ordinal int) corev1.PersistentVolume {
	claim := live(ordinal, volumeName)
	return pv(volumeName, points(claim.Name, claim.UID), phase(corev1.VolumeBound))
}

// standing is a set of some replicas and a claim template, what there is for it,
// and what is said of that.
type standing struct {
	replicas int32
	template corev1.PersistentVolumeClaim
	stock    Stock
	words    []string
	findings []string
}

func standings(t *testing.T, rows map[string]standing) {
	t.Helper()
	for name, c := range rows {
		t.Run(name, func(t *testing.T) {
			s := set(c.replicas, c.template)
			got := c.stock.Standings(s, s.Known(c.stock))
			if diff := cmp.Diff(c.words, words(got)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if diff := cmp.Diff(c.findings, brief(Findings(s, got))); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestStandingsOfBoundClaims(t *testing.T) {
	leaving := live(0, "a")
	leaving.DeletionTimestamp = &metav1.Time{}
	has := func(capacity string) corev1.PersistentVolumeClaim {
		claim := live(0, "a")
		claim.Status.Capacity = size(capacity)
		return claim
	}
	going := func(v corev1.PersistentVolume) corev1.PersistentVolume { dying(&v); return v }
	standings(t, map[string]standing{
		"all is well": {
			2, vct("data"), withClaims(stockOf(bound("a", 0), pv("b", points("data-web-1", ""))), live(0, "a")),
			[]string{"data-web-0 Bound a", "data-web-1 Reserved b"},
			nil,
		},
		"bound, and passed by": {
			1, vct("data"), withClaims(stockOf(bound("a", 0), pv("b", points("data-web-0", ""))), live(0, "a")),
			[]string{"data-web-0 Bound a"},
			[]string{"warning reservation-bypassed persistentvolumeclaim/data-web-0"},
		},
		"its volume is going": {
			1, vct("data"), withClaims(stockOf(going(bound("a", 0)), pv("b", points("data-web-0", ""))), live(0, "a")),
			[]string{"data-web-0 Bound a"},
			[]string{"warning volume-terminating persistentvolumeclaim/data-web-0"},
		},
		"it asks for more than it has": {
			1, vct("data"), withClaims(stockOf(bound("a", 0)), has("1Gi")),
			[]string{"data-web-0 Bound a"},
			[]string{"warning claim-expanding persistentvolumeclaim/data-web-0"},
		},
		"it has more than it asks for": {
			1, vct("data"), withClaims(stockOf(bound("a", 0)), has("3Gi")),
			[]string{"data-web-0 Bound a"},
			nil,
		},
		"going": {
			1, vct("data"), withClaims(stockOf(bound("a", 0)), leaving),
			[]string{"data-web-0 Terminating a"},
			[]string{"warning claim-terminating persistentvolumeclaim/data-web-0"},
		},
		"kept beyond the range stops nobody": {
			0, vct("data"), withClaims(stockOf(bound("b", 1), pv("c", points("data-web-2", "old"), phase(corev1.VolumeReleased))), live(0, "gone"), live(1, "b")),
			[]string{"data-web-0 Bound gone", "data-web-1 Bound b", "data-web-2 Unserved "},
			[]string{"warning claim-lost persistentvolumeclaim/data-web-0"},
		},
	})
}

func TestStandingsOfLostClaims(t *testing.T) {
	lost := live(0, "gone")
	lost.Status.Phase = corev1.ClaimLost
	standings(t, map[string]standing{
		"lost": {1, vct("data"), withClaims(stockOf(), lost), []string{"data-web-0 Lost gone"}, []string{"error claim-lost persistentvolumeclaim/data-web-0"}},
		"lost, and made anew": {
			1, vct("data"), withClaims(stockOf(pv("gone", points("data-web-0", ""))), lost),
			[]string{"data-web-0 Lost gone"},
			[]string{"error claim-lost persistentvolumeclaim/data-web-0"},
		},
		"its volume is gone": {
			1, vct("data"), withClaims(stockOf(), live(0, "gone")),
			[]string{"data-web-0 Bound gone"},
			[]string{"error claim-lost persistentvolumeclaim/data-web-0"},
		},
	})
}

func TestStandingsOfReservations(t *testing.T) {
	standings(t, map[string]standing{
		"reserved, and about to bind": {
			1, vct("data"), withClaims(stockOf(pv("a", points("data-web-0", ""))), live(0, "")),
			[]string{"data-web-0 Reserved a"},
			[]string{"note volume-binding persistentvolumeclaim/data-web-0"},
		},
		"reserved and too small": {
			1, vct("data"), stockOf(pv("a", points("data-web-0", ""), sized("1Gi"))),
			[]string{"data-web-0 Unserved "},
			[]string{"error reservation-bypassed persistentvolumeclaim/data-web-0"},
		},
		"reserved and passed by": {
			1, vct("data"), stockOf(pv("a", points("data-web-0", ""), modes(rwo, rwx)), pv("b")),
			[]string{"data-web-0 Chance b"},
			[]string{"error reservation-bypassed persistentvolumeclaim/data-web-0"},
		},
		"released": {
			1, vct("data"), withClaims(stockOf(pv("a", points("data-web-0", "old"), phase(corev1.VolumeReleased)), pv("b")), live(0, "")),
			[]string{"data-web-0 Chance b"},
			[]string{"error volume-released persistentvolumeclaim/data-web-0"},
		},
	})
}

func TestStandingsByChance(t *testing.T) {
	standings(t, map[string]standing{
		"nothing there": {
			1, vct("data"), stockOf(),
			[]string{"data-web-0 Unserved "},
			[]string{"error claim-unserved persistentvolumeclaim/data-web-0"},
		},
		"chance": {
			2, vct("data"), stockOf(pv("a"), pv("b"), pv("c", sized("1Gi"))),
			[]string{"data-web-0 Chance a|b", "data-web-1 Chance a|b"},
			[]string{"warning volume-by-chance statefulset.apps/web", "note volume-unfit persistentvolume/c"},
		},
		"one for two": {
			2, vct("data"), stockOf(pv("a")),
			[]string{"data-web-0 Chance a", "data-web-1 Unserved "},
			[]string{"error claim-unserved persistentvolumeclaim/data-web-1", "warning volume-by-chance statefulset.apps/web"},
		},
	})
}

// provisioning is a claim whose provisioner was asked for so long ago.
func provisioning(ago time.Duration) Stock {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	claim := live(0, "")
	claim.Spec.StorageClassName, claim.CreationTimestamp = new("fast"), metav1.NewTime(now.Add(-ago))
	claim.Annotations = map[string]string{"volume.kubernetes.io/storage-provisioner": "disks"}
	return Stock{At: now, Claims: []corev1.PersistentVolumeClaim{claim}, Volumes: []corev1.PersistentVolume{}, Classes: []storagev1.StorageClass{storageClass("fast")}}
}

func selecting(c *corev1.PersistentVolumeClaim) {
	c.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "fast"}}
}

func labelled(v *corev1.PersistentVolume) { v.Labels = map[string]string{"tier": "fast"} }

func TestStandingsByAClass(t *testing.T) {
	standings(t, map[string]standing{
		"provisioned": {
			1, vct("data", ofClass("fast")),
			Stock{Classes: []storagev1.StorageClass{storageClass("fast")}},
			[]string{"data-web-0 Provisioning "},
			nil,
		},
		"asked for long ago": {
			1, vct("data"), provisioning(time.Minute),
			[]string{"data-web-0 Provisioning "},
			[]string{"warning provisioner-silent persistentvolumeclaim/data-web-0"},
		},
		"asked for just now": {
			1, vct("data"), provisioning(time.Minute - time.Second),
			[]string{"data-web-0 Provisioning "},
			nil,
		},
		"with a selector, which provisioners refuse": {
			1, vct("data", ofClass("fast"), selecting),
			Stock{Volumes: []corev1.PersistentVolume{pv("a", class("fast"))}, Classes: []storagev1.StorageClass{storageClass("fast")}},
			[]string{"data-web-0 Provisioning "},
			[]string{"warning claim-selector persistentvolumeclaim/data-web-0"},
		},
		"with a selector that a volume has": {
			1, vct("data", ofClass("fast"), selecting),
			Stock{Volumes: []corev1.PersistentVolume{pv("a", class("fast"), labelled)}, Classes: []storagev1.StorageClass{storageClass("fast")}},
			[]string{"data-web-0 Chance a"},
			[]string{"warning volume-by-chance statefulset.apps/web"},
		},
		"waits": {
			1, vct("data", ofClass("wait")),
			Stock{Volumes: []corev1.PersistentVolume{pv("a", class("wait"))}, Classes: []storagev1.StorageClass{storageClass("wait", delayed)}},
			[]string{"data-web-0 Waits a"},
			[]string{"warning volume-by-chance statefulset.apps/web"},
		},
	})
}

// A volume that has an earlier claim's data is told as what it is, fit or not.
func TestStateOfReleased(t *testing.T) {
	old := func(volumeName string, ordinal int, changes ...change[corev1.PersistentVolume]) corev1.PersistentVolume {
		return pv(volumeName, append(changes, points(fmt.Sprintf("data-web-%d", ordinal), "old"), phase(corev1.VolumeReleased))...)
	}
	stock := withClaims(stockOf(old("a", 0), old("b", 1, sized("1Gi")), old("c", 4), old("d", 4), bound("e", 5), old("f", 5)), live(1, ""), live(5, "e"))
	s := set(3, vct("data"))
	var got []string
	for _, standing := range stock.Standings(s, s.Known(stock)) {
		line := fmt.Sprintf("%s %s", standing.Claim.Name, standing.State())
		for _, v := range standing.Leftover() {
			line += " " + v.Name
		}
		got = append(got, line)
	}
	want := []string{"data-web-0 Released a", "data-web-1 Released b", "data-web-2 Unserved", "data-web-4 Released c d", "data-web-5 Bound"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	free := stockOf(old("a", 0), pv("b"))
	if state := free.Standings(s, []int32{0})[0].State(); state != Chance {
		t.Errorf("a claim that takes another volume is %s", state)
	}
}

// To release a volume is a remedy where release would do it, and of that volume
// alone where the others of the set would be refused with it.
func TestRemediesOfReleased(t *testing.T) {
	old := func(volumeName string, ordinal int, changes ...change[corev1.PersistentVolume]) corev1.PersistentVolume {
		return pv(volumeName, append(changes, points(fmt.Sprintf("data-web-%d", ordinal), "old"), phase(corev1.VolumeReleased))...)
	}
	const (
		is    = " was bound to an earlier claim of this name and does not bind again by itself"
		never = " was bound to an earlier claim of this name, and released it would not be bound to this one: "
	)
	for name, c := range map[string]struct {
		stock Stock
		want  []string
	}{
		"released is all": {stockOf(old("a", 0), old("b", 1, class("other"))), []string{"a" + is + ": pv release web", "b" + is + ": pv release web"}},
		"too small": {stockOf(old("a", 0), old("b", 1, sized("1Gi"))), []string{
			"a" + is + ": pv release web --volumes a", "b" + never + "it has 1Gi, the claim asks for 2Gi: ",
		}},
		"going": {stockOf(old("a", 0, dying), old("b", 1)), []string{"a" + never + "it is being deleted: ", "b" + is + ": pv release web --volumes b"}},
		"another would win": {stockOf(old("a", 0, modes(rwo, rwx)), old("b", 1), pv("c")), []string{
			"a" + never + "another volume would be taken before it: ", "b" + is + ": pv release web --volumes b",
		}},
		"one of two": {stockOf(old("s", 0, sized("1Gi")), old("a", 0), old("b", 1)), []string{"a" + is + ": pv release web --volumes a,b", "b" + is + ": pv release web --volumes a,b"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(2, vct("data"))
			var got []string
			for _, f := range Findings(s, c.stock.Standings(s, s.Known(c.stock))) {
				if f.ID == FoundReleased {
					got = append(got, f.Message+": "+f.Remedy)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// A claim that nothing serves is told how to make a volume for it.
func TestRemedyOfUnserved(t *testing.T) {
	s := set(1, vct("data"))
	findings := Findings(s, stockOf().Standings(s, s.Ordinals()))
	if want := "pv create web --ordinals 0 --type TYPE"; len(findings) != 1 || findings[0].Remedy != want {
		t.Errorf("%+v", findings)
	}
}

// What one command makes is one command, with every ordinal that it is for.
func TestRemedyOfManyUnserved(t *testing.T) {
	s := set(8, vct("data"))
	stock := withClaims(stockOf(bound("a", 3), bound("b", 6)), live(3, "a"), live(6, "b"))
	var remedies []string
	for _, f := range Findings(s, stock.Standings(s, s.Ordinals())) {
		if f.ID == FoundUnserved && !slices.Contains(remedies, f.Remedy) {
			remedies = append(remedies, f.Remedy)
		}
	}
	if diff := cmp.Diff([]string{"pv create web --ordinals 0-2,4-5,7 --type TYPE"}, remedies); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// Two commands of other words stay two.
func TestTogether(t *testing.T) {
	remedies := []string{
		"pv create web --ordinals 1 --type TYPE", "pv create web --ordinals 0 --type csi", "pv create web --ordinals 2 --type TYPE",
		"pv create web --ordinals 4 --type TYPE", "pv reserve web --volumes a --ordinals 0", "pv reserve web --volumes a --ordinals 1",
		"pv release web --volumes web", "pv release web --volumes a", "pv release web", "kubectl get pv web", "",
	}
	want := []string{
		"pv create web --ordinals 1-2 --type TYPE", "pv create web --ordinals 0 --type csi", "pv create web --ordinals 1-2 --type TYPE",
		"pv create web --ordinals 4 --type TYPE", "pv reserve web --volumes a --ordinals 0", "pv reserve web --volumes a --ordinals 1",
		"pv release web --volumes web,a", "pv release web --volumes web,a", "pv release web", "kubectl get pv web", "",
	}
	var findings []rollout.Finding
	for i, remedy := range remedies {
		types := "TYPE is nfs or csi"
		if i == 3 {
			types = "TYPE is local or csi"
		}
		findings = append(findings, rollout.Finding{Remedy: remedy, Details: []string{"there is no volume at all", types}})
	}
	var got []string
	for _, f := range together(findings) {
		got = append(got, f.Remedy)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// What is asked for is told whole, and no type is named that pv create would refuse for it.
func TestRequestOfUnserved(t *testing.T) {
	block := func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = new(corev1.PersistentVolumeBlock) }
	gold := func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeAttributesClassName = new("gold") }
	for want, template := range map[string]corev1.PersistentVolumeClaim{
		"it asks for 2Gi RWO, no class, volumeMode Block: --type TYPE; TYPE is local or csi":                   vct("data", block),
		"it asks for 2Gi RWO, no class, volumeAttributesClassName gold: --type csi; there is no volume at all": vct("data", gold),
		"it asks for 2Gi RWO, no class, labels tier=fast: --type TYPE; TYPE is nfs, local, hostPath or csi":    vct("data", selecting),
	} {
		s := set(1, template)
		findings := Findings(s, stockOf().Standings(s, s.Ordinals()))
		request, told, _ := strings.Cut(want, ": ")
		kinds, types, _ := strings.Cut(told, "; ")
		if len(findings) != 1 || findings[0].Message != "no volume serves it: "+request || findings[0].Remedy != "pv create web --ordinals 0 "+kinds || strings.TrimPrefix(strings.Join(findings[0].Details, "; "), "there is no volume at all; ") != types {
			t.Errorf("%+v", findings)
		}
	}
}

// A lower ordinal that is sure of its volume leaves the others to the rest.
func TestStandingsOfSeed(t *testing.T) {
	both := modes(rwo, rwx)
	stock := stockOf(pv("pv001", both, sized("1Gi")), pv("pv002"), pv("pv003", both), pv("pv004", both), pv("pv005", both))
	s := set(3, vct("data"))
	standings := stock.Standings(s, s.Ordinals())
	want := []string{"data-web-0 Chance pv002", "data-web-1 Chance pv003|pv004|pv005", "data-web-2 Chance pv003|pv004|pv005"}
	if diff := cmp.Diff(want, words(standings)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	findings := Findings(s, standings)
	if got := findings[0].Remedy; got != "pv reserve web --volumes pv002,pv003,pv004" {
		t.Errorf("remedy %q", got)
	}
	p, err := PlanReserve(s, stock, []Assignment{{Volumes: []string{"pv002", "pv003", "pv004"}}}, nil)
	planned(t, p, err, "pv002 reserved for data-web-0", "pv003 reserved for data-web-1", "pv004 reserved for data-web-2")
}

func TestDetails(t *testing.T) {
	var volumes []corev1.PersistentVolume
	for i := range 15 {
		volumes = append(volumes, pv(fmt.Sprintf("small-%02d", i), sized("1Gi")))
	}
	volumes = append(volumes, pv("other", points("x", "")))
	stock := stockOf(volumes...)
	s := set(1, vct("data"))
	details := stock.Standings(s, s.Ordinals())[0].Details()
	if len(details) != mostDetails+2 || details[0] != "small-00: it has 1Gi, the claim asks for 2Gi" ||
		details[mostDetails] != "and 5 more that do not serve" || details[mostDetails+1] != "1 volume is of another claim" {
		t.Errorf("%q", details)
	}
}

func BenchmarkPlanCreate(b *testing.B) {
	s := set(50, vct("data"), vct("log"), vct("wal"))
	var others []corev1.PersistentVolume
	for i := range 1000 {
		others = append(others, pv(fmt.Sprintf("other-%d", i), points(fmt.Sprintf("other-%d", i), "x")))
	}
	stock := stockOf(others...)
	for b.Loop() {
		if _, err := PlanCreate(s, stock, nfs(), s.Ordinals()); err != nil {
			b.Fatal(err)
		}
	}
}

// Of the many volumes that each of many claims might have, the best are kept, and the others
// counted.
func TestStandingsKeepNoMoreCandidatesThanThat(t *testing.T) {
	var volumes []corev1.PersistentVolume
	for i := range mostKept + 7 {
		volumes = append(volumes, pv(fmt.Sprintf("small-%02d", i), sized("1Gi")))
	}
	volumes = append(volumes, pv("z", points("data-web-0", "old"), phase(corev1.VolumeReleased)))
	s := set(1, vct("data"))
	standing := stockOf(volumes...).Standings(s, s.Ordinals())[0]
	if len(standing.Candidates) != mostKept || standing.Unlisted != 8 || standing.State() != Left {
		t.Errorf("%d candidates, %d more, %s", len(standing.Candidates), standing.Unlisted, standing.State())
	}
}

// BenchmarkStandings is a set of a thousand ordinals before it is applied, and as many volumes.
func BenchmarkStandings(b *testing.B) {
	s := set(1000, vct("data"))
	var volumes []corev1.PersistentVolume
	for i := range 1000 {
		volumes = append(volumes, pv(fmt.Sprintf("pv-%04d", i)))
	}
	stock := stockOf(volumes...)
	b.ReportAllocs()
	for b.Loop() {
		stock.Standings(s, s.Ordinals())
	}
}

// Events of a claim that has a volume, or that goes, are from before.
func TestUnsettledClaims(t *testing.T) {
	live := Claim{Live: &corev1.PersistentVolumeClaim{}}
	for word, want := range map[Word]bool{Bound: false, Terminating: false, Lost: true, Unserved: true, Waits: true} {
		if got := (Standing{Claim: live, Word: word}).IsUnsettled(); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
	if (Standing{Word: Unserved}).IsUnsettled() {
		t.Error("a claim that is not there has events")
	}
}
