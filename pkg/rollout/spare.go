// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
)

// givesUpClaims is a goal whose user may have agreed that claims are destroyed.
type givesUpClaims interface {
	// losesClaims says that the user has, for this set.
	losesClaims(State) bool
}

func (g Scale) losesClaims(s State) bool  { return g.LosesClaimsOf == s.Set.Name }
func (g Apply) losesClaims(s State) bool  { return g.LosesClaimsOf == s.Set.Name }
func (g Delete) losesClaims(s State) bool { return g.LosesClaimsOf == s.Set.Name }

// sparesAll refuses steps of which one does not spare what [State.spares] does.
func (s State) sparesAll(g Goal, steps []Step) error {
	if !slices.ContainsFunc(s.Claims, func(c ClaimSight) bool { return c.Terminating }) {
		return nil
	}
	for _, step := range steps {
		if err := s.spares(g, step.Change); err != nil {
			return err
		}
		var err error
		if s, err = s.following(step.Change); err != nil {
			return err
		}
	}
	return nil
}

// spares refuses a write that lets a pod go whose claim is being deleted: the
// claim lives for as long as the pod uses it, its data too where the volume's
// reclaim policy is Delete
// (pkg/controller/volume/pvcprotection/pvc_protection_controller.go).
func (s State) spares(g Goal, c Change) error {
	if agreed, ok := g.(givesUpClaims); ok && agreed.losesClaims(s) || c.Set == nil {
		return nil
	}
	for i, pod := range s.Pods {
		if !s.lets(*c.Set, int32(i), pod) {
			continue
		}
		for _, claimName := range slices.Concat(s.Set.ClaimNames(pod.Name), pod.Claims) {
			if s.IsGoing(claimName) && !s.isKept(claimName, *c.Set) {
				return refuse(DataLoss, fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", s.Set.Namespace, claimName),
					"%s: %s would go, and its claim %q is being deleted and only lives on because the pod uses it; save its data first", s.Set, pod.Name, claimName)
			}
		}
	}
	return nil
}

// isKept says that a pod which a patch does not let go mounts a claim.
func (s State) isKept(claimName string, p SetPatch) bool {
	for i, pod := range s.Pods {
		if pod.Phase != Absent && pod.Phase != Terminating && slices.Contains(pod.Claims, claimName) && !s.lets(p, int32(i), pod) {
			return true
		}
	}
	return false
}

// IsGoing says that a claim is being deleted already.
func (s State) IsGoing(claimName string) bool {
	return slices.ContainsFunc(s.Claims, func(c ClaimSight) bool { return c.Name == claimName && c.Terminating })
}

// lets says that a patch lets a pod go: for good, or to be made anew.
func (s State) lets(p SetPatch, index int32, pod Pod) bool {
	after := p.Spec(s.Set.Spec)
	switch {
	case index >= after.Replicas:
		return true
	case after.Strategy != RollingUpdate || index < after.Partition.Index:
		return false
	case p.Template != nil:
		return s.Revisions.digest(pod.Revision) != after.Template
	default:
		return index < s.Set.Partition.Index && !s.onLive(pod)
	}
}
