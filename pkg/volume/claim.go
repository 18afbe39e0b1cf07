// SPDX-License-Identifier: Apache-2.0

package volume

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
)

// Claim is a claim of one ordinal: the one that there is, or the one that the
// controller will make.
type Claim struct {
	Namespace string
	Name      string
	Template  string
	Ordinal   int32

	Spec        corev1.PersistentVolumeClaimSpec // the live one's, else the template's
	Annotations map[string]string
	Live        *corev1.PersistentVolumeClaim // nil while there is none
	Model       *corev1.PersistentVolumeClaim // the template; nil for a claim of none
	NodeName    string                        // that its pod names itself; "" where the scheduler places the pod
}

// ClaimsOf ordinals, by ordinal and then in the order of the templates, which
// is the order in which the controller makes them.
func (s Set) ClaimsOf(stock Stock, ordinals []int32) []Claim {
	live := map[string]*corev1.PersistentVolumeClaim{}
	for i, claim := range stock.Claims {
		if claim.Namespace == s.Namespace {
			live[claim.Name] = &stock.Claims[i]
		}
	}
	claims := make([]Claim, 0, len(ordinals)*len(s.Templates))
	for _, ordinal := range ordinals {
		for i, t := range s.Templates {
			claim := Claim{
				Namespace: s.Namespace, Name: s.claimName(t.Name, ordinal), Template: t.Name, Ordinal: ordinal,
				Spec: t.Spec, Annotations: t.Annotations, Model: &s.Templates[i], NodeName: s.NodeName,
			}
			if there, ok := live[claim.Name]; ok {
				claim.Live, claim.Spec, claim.Annotations = there, there.Spec, there.Annotations
			}
			claims = append(claims, claim)
		}
	}
	return claims
}

// Request is the size that the claim asks for.
func (c Claim) Request() resource.Quantity { return c.Spec.Resources.Requests[corev1.ResourceStorage] }

// Capacity that the claim has; "" while it is not bound.
func (c Claim) Capacity() string {
	if c.Live == nil || c.Live.Status.Capacity == nil {
		return ""
	}
	capacity := c.Live.Status.Capacity[corev1.ResourceStorage]
	return capacity.String()
}

// Bound says whether binding is over for the claim, well or not: from then on
// no other volume is looked for.
func (c Claim) Bound() bool {
	_, complete := c.Annotations["pv.kubernetes.io/bind-completed"]
	return c.Live != nil && c.Spec.VolumeName != "" && complete
}

// uid of the live claim; "" while there is none.
func (c Claim) uid() types.UID {
	if c.Live == nil {
		return ""
	}
	return c.Live.UID
}

// isNamedBy says whether a volume points at the claim's name.
func (c Claim) isNamedBy(v *corev1.PersistentVolume) bool {
	ref := v.Spec.ClaimRef
	return ref != nil && ref.Namespace == c.Namespace && ref.Name == c.Name
}

// owns says whether the binder would say that a volume is the claim's: it
// points at the name, with no uid or with the claim's.
func (c Claim) owns(v *corev1.PersistentVolume) bool {
	return c.isNamedBy(v) && (v.Spec.ClaimRef.UID == "" || v.Spec.ClaimRef.UID == c.uid())
}
