// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What a claim that is there says of who may mount it counts before its template's word.
func TestSharesGoesByTheClaim(t *testing.T) {
	claim := claimed("data-web-1")
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	pod := webPod("backup", func(pod *corev1.Pod) {
		pod.OwnerReferences, pod.Labels = nil, nil
		source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name}}
		pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: source}}
		pod.Spec.Containers = []corev1.Container{{Name: "app", VolumeMounts: []corev1.VolumeMount{{Name: "data"}}}}
	})
	set := webSet(withClaims)
	arrival, err := newStub(t, set, pod, claim).client(t).Shares(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found := arrival.Shares(); len(found) != 1 || found[0].Severity != rollout.FindingWarning {
		t.Errorf("%+v", found)
	}
}

// Of the claims that a template names those are found with which no pod would start, and
// nobody's claims are read where it names none.
func TestStops(t *testing.T) {
	lost := claimed("shared")
	lost.Status.Phase = corev1.ClaimLost
	server := newStub(t, lost, claimed("other"))
	found, err := server.client(t).Stops(t.Context(), webSet(namesShared))
	if err != nil || len(found) != 1 || found[0].Object != "persistentvolumeclaim/shared" || found[0].Severity != rollout.FindingError {
		t.Errorf("%+v, %v", found, err)
	}
	asked := len(server.asked())
	if found, err = server.client(t).Stops(t.Context(), webSet(withClaims)); err != nil || found != nil || len(server.asked()) != asked {
		t.Errorf("%+v, %v, after %q", found, err, server.asked())
	}
}

// A status shows the claims that a template names, also where no pod mounts them.
func TestClaimsAroundASet(t *testing.T) {
	set, err := typedSet(webSet(namesShared))
	if err != nil {
		t.Fatal(err)
	}
	around := claimsOf(set, nil, []corev1.PersistentVolumeClaim{*claimed("shared"), *claimed("other")})
	if len(around) != 1 || around["shared"].Name == "" {
		t.Errorf("%+v", around)
	}
}

// A set's own pods and itself share nothing with it; another set that comes to the same
// name of a claim does, in the cluster and in the manifest, and so does a pod of any labels.
func TestShares(t *testing.T) {
	mounting := func(claimName string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName}}
			pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: source}}
			pod.Spec.Containers = []corev1.Container{{Name: "app", VolumeMounts: []corev1.VolumeMount{{Name: "data"}}}}
		}
	}
	reading := func(pod *corev1.Pod) { pod.Spec.Volumes[0].PersistentVolumeClaim.ReadOnly = true }
	forMany := webSet(func(set *appsv1.StatefulSet) { set.Name, set.UID = "x-web", "x-uid" }, withClaims, func(set *appsv1.StatefulSet) {
		set.Spec.VolumeClaimTemplates[0].Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	})
	stray := func(pod *corev1.Pod) { pod.OwnerReferences, pod.Labels = nil, nil }
	owned := func(pod *corev1.Pod) {
		pod.OwnerReferences[0].APIVersion, pod.OwnerReferences[0].Kind, pod.OwnerReferences[0].Name = "apps/v1", "StatefulSet", "x-web"
	}
	twin := func(set *appsv1.StatefulSet) {
		withClaims(set)
		set.Spec.VolumeClaimTemplates[0].ObjectMeta = metav1.ObjectMeta{Name: "data-x"}
	}
	ours := webSet(func(set *appsv1.StatefulSet) { set.Name, set.UID = "x-web", "x-uid" }, withClaims)
	for name, tt := range map[string]struct {
		pod    *corev1.Pod
		set    *appsv1.StatefulSet
		live   *appsv1.StatefulSet
		beside []*appsv1.StatefulSet
		want   string
	}{
		"nobody":               {webPod("x-web-0", mounting("data-x-web-0"), owned), ours, ours, []*appsv1.StatefulSet{ours}, ""},
		"a set that is there":  {webPod("db-0"), ours, webSet(twin), nil, "its claim data-x-web-0 is one of statefulset.apps/web too"},
		"a set of the file":    {webPod("db-0"), ours, ours, []*appsv1.StatefulSet{ours, webSet(twin)}, "its claim data-x-web-0 is one of statefulset.apps/web too"},
		"a pod of other names": {webPod("backup", mounting("data-x-web-1"), stray), ours, ours, nil, `error: its claim data-x-web-1 is mounted by pod "backup"`},
		"one that only reads":  {webPod("backup", mounting("data-x-web-1"), stray, reading), ours, ours, nil, `note: its claim data-x-web-1 is mounted by pod "backup"`},
		"where many may write": {webPod("backup", mounting("data-x-web-1"), stray), forMany, forMany, nil, `warning: its claim data-x-web-1 is mounted by pod "backup"`},
		"one of many readers":  {webPod("backup", mounting("data-x-web-1"), stray, reading), forMany, forMany, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			arrival, err := newStub(t, tt.live, tt.pod).client(t).Shares(t.Context(), tt.set, tt.beside)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, found := range arrival.Shares() {
				got += string(found.Severity) + ": " + found.Message
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
