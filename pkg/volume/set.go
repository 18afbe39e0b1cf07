// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"encoding/json"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Set is what claims are made from: a StatefulSet that exists, or a manifest.
type Set struct {
	Namespace string
	Name      string
	Start     int32 // spec.ordinals.start
	Replicas  int32
	Templates []corev1.PersistentVolumeClaim
	NodeName  string // of the pod template; "" where the scheduler places the pods
}

// SetOf reads a StatefulSet; what a manifest leaves out has the server's defaults.
func SetOf(s *appsv1.StatefulSet) Set {
	set := Set{Namespace: s.Namespace, Name: s.Name, Replicas: 1, Templates: s.Spec.VolumeClaimTemplates, NodeName: s.Spec.Template.Spec.NodeName}
	if s.Spec.Replicas != nil {
		set.Replicas = *s.Spec.Replicas
	}
	if s.Spec.Ordinals != nil {
		set.Start = s.Spec.Ordinals.Start
	}
	return set
}

// SetIn reads the set of a sighting.
func SetIn(seen rollout.Set) (Set, error) {
	object := appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: seen.Namespace, Name: seen.Name}}
	if err := json.Unmarshal(seen.Whole, &object.Spec); err != nil {
		return Set{}, fmt.Errorf("%s: spec: %w", seen, err)
	}
	return SetOf(&object), nil
}

// String is the name as kubectl writes it.
func (s Set) String() string { return "statefulset.apps/" + s.Name }

// Ordinals that the set has, ascending.
func (s Set) Ordinals() []int32 {
	ordinals := make([]int32, 0, s.Replicas)
	for index := range s.Replicas {
		ordinals = append(ordinals, s.Start+index)
	}
	return ordinals
}

// Has says whether an ordinal is in range.
func (s Set) Has(ordinal int32) bool { return ordinal >= s.Start && ordinal < s.Start+s.Replicas }

// claimName of an ordinal (pkg/controller/statefulset/stateful_set_utils.go:
// getPersistentVolumeClaimName).
func (s Set) claimName(templateName string, ordinal int32) string {
	return fmt.Sprintf("%s-%s-%d", templateName, s.Name, ordinal)
}

// makes says that a claim's name is that of an ordinal, in range or not.
func (s Set) makes(claimName string) bool {
	return slices.ContainsFunc(s.Templates, func(t corev1.PersistentVolumeClaim) bool {
		_, ok := rollout.ClaimOrdinal(t.Name, s.Name, claimName)
		return ok
	})
}

// Known are the set's ordinals, and all those beyond that have a claim or a
// volume, ascending.
func (s Set) Known(stock Stock) []int32 {
	ordinals := s.Ordinals()
	add := func(claimName string) {
		for _, t := range s.Templates {
			if ordinal, ok := rollout.ClaimOrdinal(t.Name, s.Name, claimName); ok {
				ordinals = append(ordinals, ordinal)
			}
		}
	}
	for _, claim := range stock.Claims {
		if claim.Namespace == s.Namespace {
			add(claim.Name)
		}
	}
	for _, v := range stock.Volumes {
		if ref := v.Spec.ClaimRef; ref != nil && ref.Namespace == s.Namespace {
			add(ref.Name)
		}
	}
	slices.Sort(ordinals)
	return slices.Compact(ordinals)
}
