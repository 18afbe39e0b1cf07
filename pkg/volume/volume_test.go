// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A claim template, a volume and a set, in words that change what is usual:
// 2Gi, ReadWriteOnce, no class, Available.
type change[T any] func(*T)

func vct(templateName string, changes ...change[corev1.PersistentVolumeClaim]) corev1.PersistentVolumeClaim {
	c := corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: templateName},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: size("2Gi")},
		},
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func pv(volumeName string, changes ...change[corev1.PersistentVolume]) corev1.PersistentVolume {
	v := corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volumeName, UID: types.UID("uid-" + volumeName), ResourceVersion: "7"},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      size("2Gi"),
			AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				NFS: &corev1.NFSVolumeSource{Server: "nfs", Path: "/" + volumeName},
			},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeAvailable},
	}
	for _, change := range changes {
		change(&v)
	}
	return v
}

func size(text string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(text)}
}

func sized(text string) change[corev1.PersistentVolume] {
	return func(v *corev1.PersistentVolume) { v.Spec.Capacity = size(text) }
}

func modes(modes ...corev1.PersistentVolumeAccessMode) change[corev1.PersistentVolume] {
	return func(v *corev1.PersistentVolume) { v.Spec.AccessModes = modes }
}

func class(className string) change[corev1.PersistentVolume] {
	return func(v *corev1.PersistentVolume) { v.Spec.StorageClassName = className }
}

// points at a claim of namespace "shop"; uid "" reserves.
func points(claimName string, uid types.UID) change[corev1.PersistentVolume] {
	return func(v *corev1.PersistentVolume) {
		v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: claimName, UID: uid}
	}
}

func phase(phase corev1.PersistentVolumePhase) change[corev1.PersistentVolume] {
	return func(v *corev1.PersistentVolume) { v.Status.Phase = phase }
}

func deletes(v *corev1.PersistentVolume) {
	v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimDelete
}

func dying(v *corev1.PersistentVolume) { v.DeletionTimestamp = &metav1.Time{} }

func ofClass(className string) change[corev1.PersistentVolumeClaim] {
	return func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = &className }
}

// set "web" of "shop", ordinals from 0, with these templates.
func set(replicas int32, templates ...corev1.PersistentVolumeClaim) Set {
	return Set{Namespace: "shop", Name: "web", Replicas: replicas, Templates: templates}
}

// live is a claim of data-web-N; volumeName "" for one that waits.
func live(ordinal int, volumeName string) corev1.PersistentVolumeClaim {
	c := vct(fmt.Sprintf("data-web-%d", ordinal))
	c.Namespace, c.UID = "shop", types.UID(fmt.Sprintf("claim-%d", ordinal))
	c.Status.Phase = corev1.ClaimPending
	if volumeName != "" {
		c.Annotations = map[string]string{"pv.kubernetes.io/bind-completed": "yes"}
		c.Spec.VolumeName, c.Status.Phase = volumeName, corev1.ClaimBound
	}
	return c
}

// first is the claim of ordinal 0 of a set of one template.
func first(t *testing.T, stock Stock, templates ...corev1.PersistentVolumeClaim) Claim {
	t.Helper()
	claims := set(1, templates...).ClaimsOf(stock, []int32{0})
	if len(claims) != 1 {
		t.Fatalf("%d claims, not one", len(claims))
	}
	return claims[0]
}

func storageClass(className string, changes ...change[storagev1.StorageClass]) storagev1.StorageClass {
	class := storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: className}, Provisioner: "disks"}
	for _, change := range changes {
		change(&class)
	}
	return class
}

func byDefault(class *storagev1.StorageClass) {
	class.Annotations = map[string]string{defaultAnnotation: "true"}
}

func provisionsNot(class *storagev1.StorageClass) { class.Provisioner = noProvisioner }

func delayed(class *storagev1.StorageClass) {
	class.VolumeBindingMode = new(storagev1.VolumeBindingWaitForFirstConsumer)
}

const (
	rwo  = corev1.ReadWriteOnce
	rox  = corev1.ReadOnlyMany
	rwx  = corev1.ReadWriteMany
	rwop = corev1.ReadWriteOncePod
)
