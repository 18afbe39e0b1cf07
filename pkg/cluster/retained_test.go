// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Of the volumes, those that a claim of the set has or had, and that it does not
// take with it: what the claims have, and apart from it what others of the names had.
func TestRetained(t *testing.T) {
	volume := func(volumeName, claimName string, edits ...func(*corev1.PersistentVolume)) *corev1.PersistentVolume {
		v := &corev1.PersistentVolume{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
			ObjectMeta: metav1.ObjectMeta{Name: volumeName},
			Spec: corev1.PersistentVolumeSpec{
				PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
				ClaimRef:                      &corev1.ObjectReference{Namespace: "default", Name: claimName, UID: "some"},
			},
		}
		for _, edit := range edits {
			edit(v)
		}
		return v
	}
	old := func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.UID = "older" }
	server := newStub(t,
		volume("a", "data-web-0"), volume("b", "data-web-17"), volume("h", "data-web-0", old), volume("i", "data-web-3"), volume("j", "data-web-3", old), volume("c", "other"),
		volume("k", "data-web-0", func(v *corev1.PersistentVolume) {
			v.DeletionTimestamp, v.Finalizers = &metav1.Time{Time: time.Unix(1, 0)}, []string{"kubernetes.io/pv-protection"}
		}),
		volume("d", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.Namespace = "shop" }),
		volume("e", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.UID = "" }),
		volume("f", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.PersistentVolumeReclaimPolicy = "Delete" }),
		volume("g", "", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef = nil }))
	s := rollout.State{
		Set:    rollout.Set{Name: "web", Namespace: "default", ClaimTemplates: []string{"data"}},
		Claims: []rollout.ClaimSight{{Name: "data-web-0", UID: "some"}},
	}
	retained, err := server.client(t).Retained(t.Context(), s)
	if want := (Retained{Volumes: []string{"a", "b"}, Older: []string{"h", "i", "j"}, Going: []string{"k"}}); err != nil || !cmp.Equal(want, retained) {
		t.Errorf("%+v, %v", retained, err)
	}
	server.answersTo("LIST persistentvolumes", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if retained, err := server.client(t).Retained(t.Context(), s); err != nil || retained.Volumes != nil {
		t.Errorf("not allowed: %+v, %v", retained, err)
	}
}
