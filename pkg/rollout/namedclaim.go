// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// namedClaims are the claims that the volumes of a template name, once each. The claim of a
// claim template takes the place of a volume of its name
// (pkg/controller/statefulset/stateful_set_utils.go: updateStorage).
func namedClaims(template corev1.PodTemplateSpec, claimTemplates []string) []string {
	var names []string
	for _, v := range template.Spec.Volumes {
		if v.PersistentVolumeClaim != nil && !slices.Contains(claimTemplates, v.Name) {
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// MountsClaims says that its pods come by claims, in one way or the other.
func (s Set) MountsClaims() bool { return len(s.ClaimTemplates)+len(s.NamedClaims) > 0 }

// NamesClaims says that the template of the set, or one that the goal writes, names claims.
func (s State) NamesClaims(g Goal) bool {
	if len(s.Set.NamedClaims) > 0 {
		return true
	}
	plan, err := g.Plan(s)
	return err == nil && slices.ContainsFunc(plan.Steps, func(step Step) bool {
		if step.Change.Set == nil {
			return false
		}
		after, err := step.Change.Set.set(s.Set)
		return err == nil && len(after.NamedClaims) > 0
	})
}

// set is the set as the patch leaves it, before the controller has seen it.
func (p SetPatch) set(before Set) (Set, error) {
	after := before
	after.Spec = p.Spec(before.Spec)
	if p.writesSpec() {
		after.Generation++
	}
	if p.Template == nil {
		return after, nil
	}
	var template corev1.PodTemplateSpec
	if err := json.Unmarshal(p.Template.Raw, &template); err != nil {
		return after, fmt.Errorf("%s: spec.template: %w", before, err)
	}
	after.Live, after.NamedClaims = p.Template.Raw, namedClaims(template, before.ClaimTemplates)
	return after, nil
}

// claims of an ordinal: those that its pod mounts, and those that it is made anew with.
func (s Set) claims(pod Pod) []string {
	names := slices.Concat(pod.Claims, s.ClaimsOf(pod.Name))
	slices.Sort(names)
	return slices.Compact(names)
}

// ClaimsOf an ordinal are those that a pod of the live template mounts.
func (s Set) ClaimsOf(podName string) []string {
	return slices.Concat(s.ClaimNames(podName), s.NamedClaims)
}
