// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Of the volumes, those that a claim of the set has or had, and that it does not
// take with it.
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
	server := newStub(t,
		volume("a", "data-web-0"), volume("b", "data-web-17"), volume("c", "other"),
		volume("d", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.Namespace = "shop" }),
		volume("e", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.UID = "" }),
		volume("f", "data-web-1", func(v *corev1.PersistentVolume) { v.Spec.PersistentVolumeReclaimPolicy = "Delete" }),
		volume("g", "", func(v *corev1.PersistentVolume) { v.Spec.ClaimRef = nil }))
	set := rollout.Set{Name: "web", Namespace: "default", ClaimTemplates: []string{"data"}}
	names, err := server.client(t).Retained(t.Context(), set)
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%q, %v", names, err)
	}
	server.answersTo("LIST persistentvolumes", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if names, err := server.client(t).Retained(t.Context(), set); err != nil || names != nil {
		t.Errorf("not allowed: %q, %v", names, err)
	}
}
