// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// A pod only reads a claim where no container of it can write, by the volume's word or by
// that of each mount.
func TestReadOnly(t *testing.T) {
	claimed := func(volumeName string, readOnly bool) corev1.Volume {
		source := &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c", ReadOnly: readOnly}
		return corev1.Volume{Name: volumeName, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: source}}
	}
	mounting := func(volumeName string, readOnly bool) corev1.Container {
		return corev1.Container{VolumeMounts: []corev1.VolumeMount{{Name: "tmp"}, {Name: volumeName, ReadOnly: readOnly}}}
	}
	device := corev1.Container{VolumeDevices: []corev1.VolumeDevice{{Name: "v"}}}
	debug := corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon(mounting("v", false))}
	for name, tt := range map[string]struct {
		volumes []corev1.Volume
		spec    corev1.PodSpec
		want    bool
	}{
		"a mount that writes":           {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{Containers: []corev1.Container{mounting("v", true), mounting("v", false)}}, false},
		"each mount only reads":         {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{Containers: []corev1.Container{mounting("v", true), mounting("v", true)}}, true},
		"the volume only reads":         {[]corev1.Volume{claimed("v", true)}, corev1.PodSpec{Containers: []corev1.Container{mounting("v", false)}}, true},
		"no container mounts it":        {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{Containers: []corev1.Container{mounting("x", false)}}, true},
		"an init container writes":      {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{InitContainers: []corev1.Container{mounting("v", false)}}, false},
		"an ephemeral container writes": {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{EphemeralContainers: []corev1.EphemeralContainer{debug}}, false},
		"a device":                      {[]corev1.Volume{claimed("v", false)}, corev1.PodSpec{Containers: []corev1.Container{device}}, false},
		"a device that only reads":      {[]corev1.Volume{claimed("v", true)}, corev1.PodSpec{Containers: []corev1.Container{device}}, true},
		"two volumes of it, one writes": {[]corev1.Volume{claimed("v", true), claimed("w", false)}, corev1.PodSpec{Containers: []corev1.Container{mounting("v", false), mounting("w", false)}}, false},
		"two volumes of it, both read":  {[]corev1.Volume{claimed("v", true), claimed("w", true)}, corev1.PodSpec{Containers: []corev1.Container{mounting("v", false), mounting("w", false)}}, true},
	} {
		tt.spec.Volumes = tt.volumes
		pod := rollout.LookPod(&corev1.Pod{Spec: tt.spec}, 0)
		var want []string
		for range tt.volumes {
			if tt.want {
				want = append(want, "c")
			}
		}
		if diff := cmp.Diff(want, pod.ReadOnly); diff != "" && len(want)+len(pod.ReadOnly) > 0 {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
