// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Of the claims of one pod the one that is worst off is told.
func TestPendingTellsTheWorst(t *testing.T) {
	many := live(1, "")
	many.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{rwx}
	s := withClaims(stockOf(pv("a")), live(0, ""), many)
	pod := rollout.Pod{UID: "pod", Claims: []string{"data-web-0", "data-web-1"}}
	cause := s.Pending(rollout.Set{Namespace: "shop", Name: "web"}, []rollout.Pod{pod})["pod"]
	if want := "data-web-1 is not bound: no volume can serve it (it asks for 2Gi RWX, no class)"; cause.Message != want || !cause.Unserved {
		t.Errorf("%+v", cause)
	}
}

// pendingText says of pods web-0 ... with a claim each why it is not bound; with
// "!" where the pod has no more than patience.
func pendingText(s Stock, claimNames ...string) []string {
	seen := rollout.Set{Namespace: "shop", Name: "web", ClaimTemplates: []string{"data"}}
	var pods []rollout.Pod
	for i, claimName := range claimNames {
		podName := fmt.Sprintf("web-%d", i)
		pods = append(pods, rollout.Pod{Ordinal: int32(i), Name: podName, UID: types.UID(podName), Claims: []string{claimName}})
	}
	causes := s.Pending(seen, pods)
	var lines []string
	for _, pod := range pods {
		cause, ok := causes[pod.UID]
		if !ok {
			continue
		}
		mark := ""
		if cause.Unserved {
			mark = "!"
		}
		lines = append(lines, pod.Name+mark+" "+cause.Message)
		lines = append(lines, strings.Split(cause.Details, "\n")...)
		lines = append(lines, "try "+cause.Remedy(seen, pod.Name))
	}
	return lines
}

// pending is what there is, and what is said of the pods with these claims.
type pending struct {
	stock  Stock
	claims []string
	want   []string
}

func pendings(t *testing.T, rows map[string]pending) {
	t.Helper()
	for name, c := range rows {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, pendingText(c.stock, c.claims...)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

const (
	anyType   = "TYPE is nfs, local, hostPath or csi"
	tryMake0  = "try kubectl sts pv create web --ordinals 0 --type TYPE -n shop"
	tryMake1  = "try kubectl sts pv create web --ordinals 1 --type TYPE -n shop"
	tryStatus = "try kubectl sts pv status web -n shop"
	make0     = "to make one, where TYPE is nfs, local, hostPath or csi: kubectl sts pv create web --ordinals 0 --type TYPE -n shop"
)

func TestPendingForAVolume(t *testing.T) {
	foreign := live(0, "")
	foreign.Name = "shared"
	pendings(t, map[string]pending{
		"bound by now": {withClaims(stockOf(pv("a")), live(0, "a")), []string{"data-web-0"}, nil},
		"nothing serves": {
			withClaims(stockOf(pv("a", sized("1Gi"))), live(0, "")),
			[]string{"data-web-0"},
			[]string{"web-0! data-web-0 is not bound: no volume can serve it (it asks for 2Gi RWO, no class)", "a: it has 1Gi, the claim asks for 2Gi", anyType, tryMake0},
		},
		"one for two: the lower ordinal comes first": {
			withClaims(stockOf(pv("a")), live(0, ""), live(1, "")),
			[]string{"data-web-0", "data-web-1"},
			[]string{
				"web-0 data-web-0 is not bound: the binder would take a", "a: it would serve", tryStatus,
				"web-1! data-web-1 is not bound: no volume can serve it (it asks for 2Gi RWO, no class)", "a: it would serve, and data-web-0 comes first", anyType, tryMake1,
			},
		},
		"released": {
			withClaims(stockOf(pv("a", points("data-web-0", "old"), phase(corev1.VolumeReleased))), live(0, "")),
			[]string{"data-web-0"},
			[]string{
				"web-0! data-web-0 is not bound: no volume can serve it (it asks for 2Gi RWO, no class)",
				"a: it was bound to an earlier claim of this name, whose uid it still carries", make0, "try kubectl sts pv release web -n shop",
			},
		},
		"released, and too small": {
			withClaims(stockOf(pv("a", points("data-web-0", "old"), phase(corev1.VolumeReleased), sized("1Gi"))), live(0, "")),
			[]string{"data-web-0"},
			[]string{
				"web-0! data-web-0 is not bound: no volume can serve it (it asks for 2Gi RWO, no class)",
				"a: it was bound to an earlier claim of this name, whose uid it still carries, it has 1Gi, the claim asks for 2Gi", anyType, tryMake0,
			},
		},
		"a claim of no template": {
			withClaims(stockOf(pv("a", sized("1Gi"))), foreign),
			[]string{"shared"},
			[]string{"web-0! shared is not bound: no volume can serve it (it asks for 2Gi RWO, no class)", "a: it has 1Gi, the claim asks for 2Gi", "try kubectl -n shop describe pvc shared"},
		},
		"volumes may not be read": {withClaims(Stock{}, live(0, "")), []string{"data-web-0"}, nil},
	})
}

// A claim that is made for the pod and goes with it holds it up as any other.
func TestPendingForAnEphemeralVolume(t *testing.T) {
	scratch := live(0, "")
	scratch.Name = "web-0-scratch"
	pod := rollout.Pod{Name: "web-0", UID: "web-0", Ephemeral: []string{"web-0-scratch"}}
	seen := rollout.Set{Namespace: "shop", Name: "web"}
	cause := withClaims(stockOf(pv("a", sized("1Gi"))), scratch).Pending(seen, []rollout.Pod{pod})["web-0"]
	if want := "web-0-scratch is not bound: no volume can serve it (it asks for 2Gi RWO, no class)"; cause.Message != want || !cause.Unserved {
		t.Errorf("%+v", cause)
	}
	if try := cause.Remedy(seen, "web-0"); try != "kubectl -n shop describe pvc web-0-scratch" {
		t.Errorf("try %q", try)
	}
}

// A pod that names its node itself is seen by no scheduler, and in a class that waits for
// one no claim is bound then, but to a volume that is reserved for it.
func TestPendingForAPodThatNamesItsNode(t *testing.T) {
	waiting := live(0, "")
	waiting.Spec.StorageClassName = new("wait")
	s := Stock{
		Volumes: []corev1.PersistentVolume{pv("a", class("wait"))}, Claims: []corev1.PersistentVolumeClaim{waiting},
		Classes: []storagev1.StorageClass{storageClass("wait", delayed, provisionsNot)},
	}
	seen := rollout.Set{Namespace: "shop", Name: "web", ClaimTemplates: []string{"data"}}
	pod := rollout.Pod{Name: "web-0", UID: "web-0", Node: "n0", Claims: []string{"data-web-0"}}
	cause := s.Pending(seen, []rollout.Pod{pod})["web-0"]
	if !strings.HasPrefix(cause.Message, `data-web-0 is not bound: class wait waits for the scheduler, which never sees the pod, since its template has nodeName "n0"`) || !cause.Unserved {
		t.Errorf("%+v", cause)
	}
	if try := cause.Remedy(seen, "web-0"); try != "kubectl sts pv reserve web --volumes a --ordinals 0 -n shop" {
		t.Errorf("try %q", try)
	}
	pinned := set(1, vct("data", ofClass("wait")))
	pinned.NodeName = "n0"
	findings := Findings(pinned, s.Standings(pinned, pinned.Ordinals()))
	if len(findings) != 1 || findings[0].ID != FoundUnserved || findings[0].Remedy != "pv reserve web --volumes a --ordinals 0" {
		t.Errorf("%+v", findings)
	}
	s.Volumes[0].Spec.ClaimRef = reference(first(t, s, pinned.Templates...))
	if standings := s.Standings(pinned, pinned.Ordinals()); standings[0].Word != Certain {
		t.Errorf("reserved, and %s", standings[0].Word)
	}
}

// Where the scheduler has looked for volumes on the nodes, its words come first, once, and
// what it has refused is not told as what it would take.
func TestPendingKeepsTheSchedulersWords(t *testing.T) {
	const words = "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind."
	waiting := live(0, "")
	waiting.Spec.StorageClassName = new("wait")
	s := Stock{
		Volumes: []corev1.PersistentVolume{pv("a", class("wait"))}, Claims: []corev1.PersistentVolumeClaim{waiting},
		Classes: []storagev1.StorageClass{storageClass("wait", delayed, provisionsNot)},
	}
	seen := rollout.Set{Namespace: "shop", Name: "web", ClaimTemplates: []string{"data"}}
	pod := rollout.Pod{Name: "web-0", UID: "web-0", Claims: []string{"data-web-0"}, Cause: rollout.Cause{ID: rollout.ClaimPending, Message: words}}
	for range 2 { // the second time the cause is what was found the first time
		pod.Cause = s.Pending(seen, []rollout.Pod{pod})[pod.UID]
		if want := words + "; data-web-0 is not bound"; pod.Cause.Message != want || pod.Cause.Details != "a: it would serve" || pod.Cause.Claim != "data-web-0" {
			t.Errorf("%+v", pod.Cause)
		}
	}
	s.Volumes = []corev1.PersistentVolume{}
	cause := s.Pending(seen, []rollout.Pod{pod})[pod.UID]
	if want := words + "; data-web-0 is not bound: no volume can serve it (it asks for 2Gi RWO, class wait)"; cause.Message != want || !cause.Unserved {
		t.Errorf("%+v", cause)
	}
}

// A claim that waits for the scheduler is not to be reserved a volume without a look at why.
func TestNoRemedyForWhatTheSchedulerHasRefused(t *testing.T) {
	waiting := live(0, "")
	waiting.Spec.StorageClassName = new("wait")
	s := set(1, vct("data", ofClass("wait")))
	for name, claims := range map[string][]corev1.PersistentVolumeClaim{"pv reserve web --volumes a": nil, "": {waiting}} {
		stock := Stock{
			Volumes: []corev1.PersistentVolume{pv("a", class("wait"))}, Claims: claims,
			Classes: []storagev1.StorageClass{storageClass("wait", delayed, provisionsNot)},
		}
		findings := Findings(s, stock.Standings(s, s.Ordinals()))
		if len(findings) != 1 || findings[0].ID != FoundChance || findings[0].Remedy != name {
			t.Errorf("%+v", findings)
		}
	}
}

func TestPendingForAClass(t *testing.T) {
	fast := live(0, "")
	fast.Spec.StorageClassName = new("fast")
	unread := withClaims(stockOf(pv("a", sized("1Gi"))), fast)
	unread.Classes = nil
	pendings(t, map[string]pending{
		"a class makes one": {
			Stock{Volumes: []corev1.PersistentVolume{}, Claims: []corev1.PersistentVolumeClaim{fast}, Classes: []storagev1.StorageClass{storageClass("fast")}},
			[]string{"data-web-0"},
			[]string{"web-0 data-web-0 is not bound: a volume will be provisioned by class fast", "", tryStatus},
		},
		"a class that may not be read is given time": {
			unread,
			[]string{"data-web-0"},
			[]string{
				"web-0 data-web-0 is not bound: no volume that is there can serve it, and whether a class provisions one may not be read (it asks for 2Gi RWO, class fast)",
				"a: it has 1Gi, the claim asks for 2Gi, it is in no class, the claim in class fast", make0, tryStatus,
			},
		},
	})
}
