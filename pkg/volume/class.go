// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The annotations that name a class, older than the fields and stronger
// (k8s.io/component-helpers/storage/volume/helpers.go), and the one that makes a
// class the default.
const (
	classAnnotation   = "volume.beta.kubernetes.io/storage-class"
	defaultAnnotation = "storageclass.kubernetes.io/is-default-class"
	noProvisioner     = "kubernetes.io/no-provisioner"
)

// Class is the storage class that a claim has or will have.
type Class struct {
	Name string
	// Default says that the claim names none and gets the cluster's default:
	// a hand-made volume without a class does then not serve it, unless reserved.
	Default bool
	// Unknown: classes may not be read, so whether there is a default is a guess.
	Unknown bool
	// Missing: it is named, and there is no such class.
	Missing bool
	// Delayed: WaitForFirstConsumer, the scheduler chooses among free volumes.
	Delayed bool
	// Provisions: a volume is made where none serves.
	Provisions bool
}

// ClassOf a claim, as the binder will see it.
func (s Stock) ClassOf(c Claim) Class {
	className, named := classNamed(corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Annotations: c.Annotations}, Spec: c.Spec})
	if !named && c.Live == nil {
		className = s.defaultClass()
	}
	class := Class{Name: className, Default: !named && className != "", Unknown: !named && s.Classes == nil}
	if className == "" || s.Classes == nil {
		return class
	}
	place := slices.IndexFunc(s.Classes, func(sc storagev1.StorageClass) bool { return sc.Name == className })
	if place < 0 {
		class.Missing = true
		return class
	}
	mode := s.Classes[place].VolumeBindingMode
	class.Delayed = mode != nil && *mode == storagev1.VolumeBindingWaitForFirstConsumer
	class.Provisions = s.Classes[place].Provisioner != noProvisioner
	return class
}

// classNamed is the class that a claim or a template names, and whether it does.
func classNamed(c corev1.PersistentVolumeClaim) (className string, named bool) {
	if className, named = c.Annotations[classAnnotation]; !named && c.Spec.StorageClassName != nil {
		return *c.Spec.StorageClassName, true
	}
	return className, named
}

// defaultClass is the newest of the default classes, and of several equally new
// ones the first by name (pkg/volume/util/storageclass.go: GetDefaultClass).
func (s Stock) defaultClass() string {
	var defaults []storagev1.StorageClass
	for _, class := range s.Classes {
		if class.Annotations[defaultAnnotation] == "true" || class.Annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true" {
			defaults = append(defaults, class)
		}
	}
	if len(defaults) == 0 {
		return ""
	}
	return slices.MinFunc(defaults, func(a, b storagev1.StorageClass) int {
		if newer := b.CreationTimestamp.Compare(a.CreationTimestamp.Time); newer != 0 {
			return newer
		}
		return strings.Compare(a.Name, b.Name)
	}).Name
}

// classOfVolume is the class that a volume is in.
func classOfVolume(v *corev1.PersistentVolume) string {
	if className, ok := v.Annotations[classAnnotation]; ok {
		return className
	}
	return v.Spec.StorageClassName
}

func quotedClass(className string) string {
	if className == "" {
		return "no class"
	}
	return "class " + className
}
