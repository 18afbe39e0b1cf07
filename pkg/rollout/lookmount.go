// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// claims are the names of those that the volumes of a pod are of.
func claims(pod *corev1.Pod) []string {
	var names []string
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return names
}

// readOnly are the claims that no container of a pod can write to: readOnly of the volume
// forces that setting on each mount, and else each mount has it of its own; a device has
// none (k8s.io/api/core/v1/types.go: PersistentVolumeClaimVolumeSource.ReadOnly,
// VolumeMount.ReadOnly, VolumeDevice).
func readOnly(pod *corev1.Pod) []string {
	written := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		if source := v.PersistentVolumeClaim; source != nil && !source.ReadOnly && writesTo(pod, v.Name) {
			written[source.ClaimName] = true
		}
	}
	return slices.DeleteFunc(claims(pod), func(claimName string) bool { return written[claimName] })
}

// writesTo says that a container of any kind has a volume as a device, or mounts it for
// writing.
func writesTo(pod *corev1.Pod, volumeName string) bool {
	mounts := func(mounts []corev1.VolumeMount, devices []corev1.VolumeDevice) bool {
		return slices.ContainsFunc(mounts, func(m corev1.VolumeMount) bool { return m.Name == volumeName && !m.ReadOnly }) ||
			slices.ContainsFunc(devices, func(d corev1.VolumeDevice) bool { return d.Name == volumeName })
	}
	contains := func(c corev1.Container) bool { return mounts(c.VolumeMounts, c.VolumeDevices) }
	added := func(c corev1.EphemeralContainer) bool { return mounts(c.VolumeMounts, c.VolumeDevices) }
	return slices.ContainsFunc(pod.Spec.InitContainers, contains) || slices.ContainsFunc(pod.Spec.Containers, contains) ||
		slices.ContainsFunc(pod.Spec.EphemeralContainers, added)
}
