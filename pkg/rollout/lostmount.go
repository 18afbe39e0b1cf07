// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
)

// LostMount is an ordinal and a claim of its that is Lost. The pod keeps what it has
// mounted; once it is gone, nothing in the cluster leads to that.
type LostMount struct {
	PodName string
	Claim   ClaimSight
}

// LostMounts are those of the ordinals from an index on.
func (s State) LostMounts(low int32) []LostMount {
	lost := map[string]ClaimSight{}
	for _, claim := range s.lostClaims() {
		lost[claim.Name] = claim
	}
	var mounts []LostMount
	for _, pod := range s.Pods[min(int(low), len(s.Pods)):] {
		for _, claimName := range s.Set.claims(pod) {
			if claim, ok := lost[claimName]; ok {
				mounts = append(mounts, LostMount{PodName: pod.Name, Claim: claim})
			}
		}
	}
	return mounts
}

// Kept is what it means that the ordinal is taken away, and the claim stays.
func (m LostMount) Kept() string {
	return fmt.Sprintf("%s goes and cannot come back: its claim %q is Lost, since its volume %q is gone or belongs to another claim; the pod may still run on what it has mounted, so save its data first, or make that volume again with claimRef.uid %s; to give up its data, delete the claim",
		m.PodName, m.Claim.Name, m.Claim.VolumeName, m.Claim.UID)
}

// Destroyed is the same where the claim goes too.
func (m LostMount) Destroyed() string {
	return fmt.Sprintf("%s goes with its claim %q, which is Lost, since its volume %q is gone or belongs to another claim: no volume keeps its data; the pod may still run on what it has mounted, so save its data first",
		m.PodName, m.Claim.Name, m.Claim.VolumeName)
}

// LossesOf are a line for each ordinal that goes, and for all that are too many for that;
// destroyed are the names of the claims that go too.
func LossesOf(mounts []LostMount, destroyed []string) []string {
	var lines, rest []string
	for i, m := range mounts {
		switch {
		case i >= mostNamed:
			rest = append(rest, m.Claim.Name)
		case slices.Contains(destroyed, m.Claim.Name):
			lines = append(lines, m.Destroyed())
		default:
			lines = append(lines, m.Kept())
		}
	}
	if len(rest) > 0 {
		lines = append(lines, fmt.Sprintf("%d claims more of ordinals that go are Lost: %s", len(rest), Enumerate(rest)))
	}
	return lines
}

// FindsStopped names the claims that the set would come back to, were it made again as it
// was found, and with which its pods would never start.
func (f Found) FindsStopped(s State) []string {
	s.Set.Replicas = f.Replicas
	var names []string
	for _, c := range s.Set.stops(s.Claims) {
		if len(c.indexes(s.Set)) > 0 {
			names = append(names, c.Name)
		}
	}
	return names
}
