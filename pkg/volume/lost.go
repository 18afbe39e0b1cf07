// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// A claim stays bound to the volume that it was bound to first. One of the same name that
// was made since is its own only with its uid in the claimRef
// (pkg/controller/volume/persistentvolume/pv_controller.go: syncBoundClaim).

// reclaims says that a volume has the name of the one that a claim was bound to and points
// at the claim, without its uid.
func (c Claim) reclaims(v *corev1.PersistentVolume) bool {
	return c.Bound() && c.Spec.VolumeName == v.Name && c.isNamedBy(v) && v.Spec.ClaimRef.UID == ""
}

// earlierVolume says why such a volume does not serve.
func (c Claim) earlierVolume() string {
	return fmt.Sprintf("it is bound to an earlier volume %s; the one of this name that is there now does not carry its uid", c.Spec.VolumeName)
}

// carry is the command that makes it serve.
func (c Claim) carry() string {
	return fmt.Sprintf(`kubectl patch pv %s --type merge -p '{"spec":{"claimRef":{"uid":"%s"}}}'`, c.Spec.VolumeName, c.uid())
}

// keepsUID refuses a volume that the claim which is bound to it would not have as its own.
func (s Step) keepsUID(wrong *faults) {
	if !s.Claim.reclaims(&s.After) {
		return
	}
	switch {
	case s.Before == nil:
		wrong.add(Unfit, "", "claim %s is Lost, and a new volume %s would be its own only with claimRef.uid %s; make it by kubectl on the claim's data, or delete the claim to give them up",
			s.Claim.Name, s.After.Name, s.Claim.uid())
	case s.Before.Spec.ClaimRef == nil:
		wrong.add(Unfit, "`pv status` tells when it is Bound", "claim %s is bound to %s, and the binder lets that point at it by itself", s.Claim.Name, s.After.Name)
	default:
		wrong.add(Unfit, "", "claim %s: %s; if that has the claim's data, let it carry the uid", s.Claim.Name, s.Claim.earlierVolume())
		wrong.hint = s.Claim.carry()
	}
}

// tellLost tells of claims that no release helps.
func (p *Plan) tellLost(stock Stock, claims []Claim) {
	for _, c := range claims {
		if v := stock.volume(c.Spec.VolumeName); v != nil && c.reclaims(v) {
			p.warn("claim %s: %s; if that has the claim's data: %s", c.Name, c.earlierVolume(), c.carry())
		}
	}
}
