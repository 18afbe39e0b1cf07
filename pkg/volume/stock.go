// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Stock is one sighting of what there is to bind: the cluster's volumes and
// classes, and a namespace's claims. What may not be read is nil.
type Stock struct {
	At      time.Time // by the server's clock; zero where how long a claim waits is not asked
	Volumes []corev1.PersistentVolume
	Claims  []corev1.PersistentVolumeClaim
	Classes []storagev1.StorageClass
}

// shows says whether all is in sight that could serve a claim of a class.
func (s Stock) shows(class Class) bool {
	return s.Volumes != nil && (s.Classes != nil || class.Name == "" && !class.Unknown)
}

// volume of a name; nil where there is none.
func (s Stock) volume(volumeName string) *corev1.PersistentVolume {
	for i := range s.Volumes {
		if s.Volumes[i].Name == volumeName {
			return &s.Volumes[i]
		}
	}
	return nil
}

// With is the stock where volumes are as given; those that it has not are added
// as the binder would soon see them.
func (s Stock) With(volumes ...corev1.PersistentVolume) Stock {
	s.Volumes = slices.Clone(s.Volumes)
	places := make(map[string]int, len(s.Volumes))
	for i := range s.Volumes {
		places[s.Volumes[i].Name] = i
	}
	for _, v := range volumes {
		if v.Status.Phase == "" || v.Status.Phase == corev1.VolumePending {
			v.Status.Phase = corev1.VolumeAvailable
		}
		if place, ok := places[v.Name]; ok {
			s.Volumes[place] = v
		} else {
			s.Volumes = append(s.Volumes, v)
		}
	}
	return s
}

// Offer adds the volumes and classes of a manifest that the cluster has not yet.
// Where the classes may not be read, those of the manifest are not all.
func (s Stock) Offer(volumes []corev1.PersistentVolume, classes []storagev1.StorageClass) Stock {
	if s.Classes != nil {
		s.Classes = slices.Clone(s.Classes)
		for _, class := range classes {
			if !slices.ContainsFunc(s.Classes, func(c storagev1.StorageClass) bool { return c.Name == class.Name }) {
				s.Classes = append(s.Classes, class)
			}
		}
	}
	var missing []corev1.PersistentVolume
	for _, v := range volumes {
		if s.volume(v.Name) == nil {
			missing = append(missing, v)
		}
	}
	return s.With(missing...)
}
