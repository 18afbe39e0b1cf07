// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// comesBack refuses steps that replace an ordinal, or make one, whose claim is Lost. A pod
// that runs keeps what it has mounted; a new one is never scheduled
// (pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: podHasPVCs).
func (s State) comesBack(steps []Step) error {
	lost := s.lostClaims()
	if len(lost) == 0 {
		return nil
	}
	for _, step := range steps {
		after := s
		if step.Change.Set != nil {
			after.Set = step.Change.Set.set(s.Set)
		}
		if err := s.finds(step.Change, after.Set, lost); err != nil {
			return err
		}
		s = after
	}
	return nil
}

// finds refuses a change by which a pod is made that mounts a claim which is Lost; after is
// the set as the change leaves it.
func (s State) finds(c Change, after Set, lost []ClaimSight) error {
	beside, err := after.templateClaims()
	if err != nil {
		return fmt.Errorf("%s: spec.template: %w", s.Set, err)
	}
	for _, claim := range lost {
		for _, index := range after.mounting(claim.Name, beside) {
			if s.remakes(c, index) {
				return claim.refusal(s.Set, after.PodName(index))
			}
		}
	}
	return nil
}

// mounting are the indexes whose pods mount a claim: all, where it is one of those that the
// template names.
func (s Set) mounting(claimName string, beside []string) []int32 {
	var indexes []int32
	if slices.Contains(beside, claimName) {
		for index := range s.Replicas {
			indexes = append(indexes, index)
		}
		return indexes
	}
	for _, templateName := range s.ClaimTemplates {
		if ordinal, ok := ClaimOrdinal(templateName, s.Name, claimName); ok && s.InRange(ordinal) {
			indexes = append(indexes, ordinal-s.Start)
		}
	}
	return indexes
}

// refusal of a pod that would wait for ever for the claim's volume.
func (c ClaimSight) refusal(set Set, podName string) error {
	return refuse(ClaimIsLost, Cause{ID: ClaimLost}.Remedy(set, podName),
		"%s: a new %s would never start: its claim %q is Lost, since its volume %q is gone or belongs to another claim; make that volume again with claimRef.uid %s, or, to give up its data, delete the claim",
		set, podName, c.Name, c.VolumeName, c.UID)
}

// remakes says that a change has the controller make the pod of an index: in the place of
// the one that is there, or as the first one.
func (s State) remakes(c Change, index int32) bool {
	switch {
	case c.Set != nil && int(index) >= len(s.Pods):
		return true
	case c.Set == nil && c.Pod == nil || int(index) >= len(s.Pods):
		return false
	}
	switch pod := s.Pods[index]; {
	case pod.Phase == Absent || pod.Phase == Terminating: // it is made anew in any case
		return false
	case c.Pod != nil:
		return pod.UID == c.Pod.UID
	default:
		return s.lets(*c.Set, index, pod)
	}
}

// set is the set as the patch leaves it, before the controller has seen it.
func (p SetPatch) set(before Set) Set {
	after := before
	after.Spec = p.Spec(before.Spec)
	if p.writesSpec() {
		after.Generation++
	}
	if p.Template != nil {
		after.Live = p.Template.Raw
	}
	return after
}

// templateClaims are the claims that the volumes of the live template name.
func (s Set) templateClaims() ([]string, error) {
	var template corev1.PodTemplateSpec
	if err := json.Unmarshal(s.Live, &template); err != nil {
		return nil, err
	}
	var names []string
	for _, v := range template.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return names, nil
}

func (s State) lostClaims() []ClaimSight {
	return slices.DeleteFunc(slices.Clone(s.Claims), func(c ClaimSight) bool { return !c.Lost })
}
