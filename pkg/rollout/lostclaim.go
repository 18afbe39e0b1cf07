// SPDX-License-Identifier: Apache-2.0

package rollout

import "slices"

// comesBack refuses steps that replace an ordinal, or make one, with a claim by which the
// new pod would never start. A pod that runs keeps what it has mounted.
func (s State) comesBack(steps []Step) error {
	suspects := slices.DeleteFunc(slices.Clone(s.Claims), func(c ClaimSight) bool { return !c.Lost && !c.Terminating })
	if len(suspects) == 0 {
		return nil
	}
	for _, step := range steps {
		after, err := s.following(step.Change)
		if err != nil {
			return err
		}
		if err := s.finds(step.Change, after.Set, suspects); err != nil {
			return err
		}
		s = after
	}
	return nil
}

// following is the sighting with the set as a change leaves it, and the pods as they are.
func (s State) following(c Change) (after State, err error) {
	after = s
	if c.Set != nil {
		after.Set, err = c.Set.set(s.Set)
	}
	return after, err
}

// finds refuses a change by which a pod is made that would never start; after is the set as
// the change leaves it.
func (s State) finds(c Change, after Set, suspects []ClaimSight) error {
	for _, stop := range after.stops(suspects) {
		for _, index := range stop.indexes(after) {
			if s.remakes(c, index) {
				return stop.refusal(s.Set, after.PodName(index), Cause{ID: ClaimLost}.Remedy(s.Set, after.PodName(index)))
			}
		}
	}
	return nil
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

func (s State) lostClaims() []ClaimSight {
	return slices.DeleteFunc(slices.Clone(s.Claims), func(c ClaimSight) bool { return !c.Lost })
}
