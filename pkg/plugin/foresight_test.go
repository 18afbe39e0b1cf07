// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// The volumes of a file serve the claims of its set, though they are not made yet.
func TestOutlookCountsWhatTheFileBrings(t *testing.T) {
	gigabyte := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	a := &action{brings: []corev1.PersistentVolume{{
		ObjectMeta: metav1.ObjectMeta{Name: "brought"},
		Spec:       corev1.PersistentVolumeSpec{Capacity: gigabyte, AccessModes: modes},
		Status:     corev1.PersistentVolumeStatus{Phase: corev1.VolumePending},
	}}}
	// A set that is not there yet is one of no ordinals, whatever it says.
	set := rollout.Set{Namespace: "shop", Name: "web", Whole: []byte(`{"replicas":2,"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"storageClassName":"","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}`)}
	for name, tt := range map[string]struct {
		volumes []corev1.PersistentVolume
		want    []volume.Word
	}{
		"they are all there is":           {[]corev1.PersistentVolume{}, []volume.Word{volume.Chance, volume.Unserved}},
		"those there are may not be read": {nil, []volume.Word{volume.Unserved, volume.Unserved}},
	} {
		stock := volume.Stock{Volumes: tt.volumes, Claims: []corev1.PersistentVolumeClaim{}}
		outlook := a.outlookIn(stock, set, 2)
		for i, want := range tt.want {
			if len(outlook.Claims) != 2 || outlook.Claims[i].Word != want {
				t.Errorf("%s: claim %d of %d is %+v, want %s", name, i, len(outlook.Claims), outlook.Claims, want)
			}
		}
		if (outlook.Stock.Volumes == nil) != (tt.volumes == nil) {
			t.Errorf("%s: it takes them for all that there are", name)
		}
	}
}
