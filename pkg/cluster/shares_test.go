// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A set's own pods and itself share nothing with it; another set that comes to the same
// name of a claim does, in the cluster and in the manifest, and so does a pod of any labels.
func TestShares(t *testing.T) {
	mounting := func(claimName string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName}}
			pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: source}}
		}
	}
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
		live   *appsv1.StatefulSet
		beside []*appsv1.StatefulSet
		want   string
	}{
		"nobody":               {webPod("x-web-0", mounting("data-x-web-0"), owned), ours, []*appsv1.StatefulSet{ours}, ""},
		"a set that is there":  {webPod("db-0"), webSet(twin), nil, "its claim data-x-web-0 is one of statefulset.apps/web too"},
		"a set of the file":    {webPod("db-0"), ours, []*appsv1.StatefulSet{ours, webSet(twin)}, "its claim data-x-web-0 is one of statefulset.apps/web too"},
		"a pod of other names": {webPod("backup", mounting("data-x-web-1"), stray), ours, nil, `its claim data-x-web-1 is mounted by pod "backup"`},
	} {
		t.Run(name, func(t *testing.T) {
			arrival, err := newStub(t, tt.live, tt.pod).client(t).Shares(t.Context(), ours, tt.beside)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := arrival.Shared(); err != nil {
				got = err.Error()
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
