// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package binder

import (
	"fmt"
	"math/rand/v2"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The labels that find what a run made, and the volumes of a case.
const (
	labelRun  = "binder/run"
	labelCase = "binder/case"
	hold      = "binder/hold" // a finalizer
)

// maker makes one case: volumes, and claims for them.
type maker struct {
	*rand.Rand
	run       string
	number    int
	namespace string
	className string
	delayed   bool   // its class waits for a consumer
	isolation string // attributes class of a case without a storage class
}

func newMaker(random *rand.Rand, run string, number int, namespaceName string) maker {
	m := maker{Rand: random, run: run, number: number, namespace: namespaceName, className: fmt.Sprintf("binder-%s-%d", run, number)}
	switch m.IntN(8) {
	case 0:
		m.className, m.isolation = "", m.className
	case 1:
		m.delayed = true
	}
	return m
}

func (m maker) one(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m maker, of ...T) T { return of[m.IntN(len(of))] }

func (m maker) labels() map[string]string {
	return map[string]string{labelRun: m.run, labelCase: fmt.Sprint(m.number), "tier": pick(m, "a", "b")}
}

func (m maker) claimName(round int) string { return fmt.Sprintf("claim-%d-%d", m.number, round) }

func storage(size string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}

var singleModes = [...]corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce, corev1.ReadOnlyMany, corev1.ReadWriteMany}

// modes are some, in any order; ReadWriteOncePod stands alone.
func (m maker) modes() []corev1.PersistentVolumeAccessMode {
	if m.one(5) {
		return []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod}
	}
	modes := slices.Clone(singleModes[:])
	m.Shuffle(len(modes), func(i, j int) { modes[i], modes[j] = modes[j], modes[i] })
	return modes[:pick(m, 1, 2, 2, 3, 3)]
}

func (m maker) volumeMode() *corev1.PersistentVolumeMode {
	if m.one(94) {
		return pick(m, nil, new(corev1.PersistentVolumeFilesystem))
	}
	return new(corev1.PersistentVolumeBlock)
}

func (m maker) attributes() *string {
	switch {
	case m.isolation != "":
		return &m.isolation
	case m.one(6):
		return new("gold")
	}
	return nil
}

// claim of a round. It may ask for one of the volumes by name.
func (m maker) claim(round int, volumes []*corev1.PersistentVolume) *corev1.PersistentVolumeClaim {
	modes := m.modes()
	if m.one(75) {
		modes = modes[:1]
	}
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: m.namespace, Name: m.claimName(round), Labels: m.labels()},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:               modes,
			Resources:                 corev1.VolumeResourceRequirements{Requests: storage(pick(m, "1Gi", "2Gi", "2000Mi"))},
			StorageClassName:          &m.className,
			VolumeMode:                m.volumeMode(),
			VolumeAttributesClassName: m.attributes(),
		},
	}
	if m.one(20) {
		c.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "a"}}
	}
	if m.one(12) {
		c.Spec.Selector = nil
		c.Spec.VolumeName = volumes[m.IntN(len(volumes))].Name
	}
	return c
}

// volume of a case, near to what its claims ask for.
func (m maker) volume(index int) *corev1.PersistentVolume {
	v := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("binder-%s-%d-%d", m.run, m.number, index), Labels: m.labels()},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      storage(pick(m, "1Gi", "2Gi", "2Gi", "2048Mi", "3Gi", "3Gi")),
			AccessModes:                   m.modes(),
			StorageClassName:              m.className,
			VolumeMode:                    m.volumeMode(),
			VolumeAttributesClassName:     m.attributes(),
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			ClaimRef:                      m.reference(),
			// Only such volumes may have an attributes class.
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "binder", VolumeHandle: "nowhere"}},
		},
	}
	switch m.IntN(12) {
	case 0:
		v.Spec.StorageClassName = "binder-another"
	case 1: // the older annotation, which is stronger than the field
		v.Annotations = map[string]string{"volume.beta.kubernetes.io/storage-class": pick(m, m.className, "binder-another")}
	case 2:
		v.Finalizers = []string{hold} // to be deleted, and to stay
	}
	return v
}

// reference to nobody, to a claim of one of the rounds, to an earlier claim of
// that name, to another claim, or to one in another namespace.
func (m maker) reference() *corev1.ObjectReference {
	ref := &corev1.ObjectReference{Namespace: m.namespace, Name: m.claimName(m.IntN(rounds))}
	switch m.IntN(20) {
	case 0, 1:
		ref.UID = types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", m.IntN(1e9)))
	case 2:
		ref.Name = "somebody"
	case 3:
		ref.Namespace = "elsewhere"
	case 4, 5, 6, 7, 8:
	default:
		return nil
	}
	return ref
}
