// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"
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
// (pkg/controller/volume/pvcprotection/pvc_protection_controller.go). A pod that is
// gone, or on its way out, no longer keeps its claim.
func (s State) spares(g Goal, c Change) error {
	if agreed, ok := g.(givesUpClaims); ok && agreed.losesClaims(s) || c.Set == nil {
		return nil
	}
	for i, pod := range s.Pods {
		if pod.Phase == Absent || pod.Phase == Terminating || !s.lets(*c.Set, int32(i), pod) {
			continue
		}
		for _, claimName := range slices.Concat(s.Set.ClaimNames(pod.Name), pod.Claims) {
			if s.IsGoing(claimName) && !s.isKept(claimName, *c.Set) {
				return refuse(DataLoss, s.lookAtVolume(claimName), "%s: %s would go, and %s", s.Set, pod.Name, s.Set.lives(pod.Name, claimName))
			}
		}
	}
	return nil
}

// lives says of a claim that is being deleted why it is still there, and how its user
// comes past it. The claim that a claim template makes is made anew with the pod.
func (s Set) lives(podName, claimName string) string {
	text := fmt.Sprintf("its claim %q is being deleted and only lives on because the pod uses it", claimName)
	if !s.MakesClaim(claimName) {
		return text + "; save its data first, and when it is gone make a claim of that name"
	}
	return text + "; " + strings.Join(s.PastGoing(podName), "; then ")
}

// PastGoing is what a user does, in this order, about a claim of a claim template that is
// being deleted and that a pod keeps.
func (s Set) PastGoing(podName string) []string {
	return []string{
		"save its data first, which go with it unless the reclaim policy of its volume is Retain (pv release then gives them back)",
		fmt.Sprintf("let it go (kubectl -n %s delete pod %s%s): the controller makes both anew, and the same command goes on", s.Namespace, podName, s.Via),
	}
}

// Keeper is the in-range pod that keeps a claim which is being deleted; "" for none.
func (s State) Keeper(claimName string) string {
	for _, pod := range s.Pods {
		if pod.Phase != Absent && pod.Phase != Terminating && s.IsGoing(claimName) && slices.Contains(pod.Claims, claimName) {
			return pod.Name
		}
	}
	return ""
}

// lookAtVolume is the command that tells the reclaim policy of a claim's volume.
func (s State) lookAtVolume(claimName string) string {
	i := slices.IndexFunc(s.Claims, func(c ClaimSight) bool { return c.Name == claimName })
	if i < 0 || s.Claims[i].VolumeName == "" {
		return fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", s.Set.Namespace, claimName)
	}
	return "kubectl get pv " + s.Claims[i].VolumeName
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
