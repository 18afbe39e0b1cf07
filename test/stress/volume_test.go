// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// volumeClass keeps the claims away from other volumes.
const volumeClass = "stress"

// plotLabel says which namespace a volume is for.
const plotLabel = "stress"

func storage() corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
}

func claimTemplate() corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: new(volumeClass),
			Resources:        corev1.VolumeResourceRequirements{Requests: storage()},
		},
	}
}

// volumes are those of all the ordinals that a set of this shape may come to
// have, each reserved for its claim.
func (p *plot) volumes() []*corev1.PersistentVolume {
	var all []*corev1.PersistentVolume
	for ordinal := p.shape.Start; ordinal < p.shape.Start+mostReplicas; ordinal++ {
		claimName := fmt.Sprintf("data-%s-%d", setName, ordinal)
		all = append(all, &corev1.PersistentVolume{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
			ObjectMeta: metav1.ObjectMeta{Name: p.namespaceName + "-" + claimName, Labels: map[string]string{plotLabel: p.namespaceName}},
			Spec: corev1.PersistentVolumeSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, Capacity: storage(), StorageClassName: volumeClass,
				PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
				ClaimRef:                      &corev1.ObjectReference{Namespace: p.namespaceName, Name: claimName},
				PersistentVolumeSource:        corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/nowhere"}},
			},
		})
	}
	return all
}

// reserved lists the volumes of the plot.
func (p *plot) reserved() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: plotLabel + "=" + p.namespaceName}
}

// release has the volumes, whose claims are gone, wait for claims of the same names.
func (p *plot) release(ctx context.Context) error {
	list, err := p.core.PersistentVolumes().List(ctx, p.reserved())
	if err != nil {
		return err
	}
	for _, volume := range list.Items {
		body := []byte(`{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}`)
		if _, err := p.core.PersistentVolumes().Patch(ctx, volume.Name, types.MergePatchType, body, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	return nil
}
