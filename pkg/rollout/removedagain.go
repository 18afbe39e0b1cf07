// SPDX-License-Identifier: Apache-2.0

package rollout

import "fmt"

// mostRemovals: so often may a run remove the pod of one ordinal. What comes back
// broken, and not on the live template, will do so again: each removal starts the
// stall clock anew, so that this has no end by itself.
const mostRemovals = 3

// removals counts a removal that was stored.
func (d *driver) removals(podName string) {
	if d.removed == nil {
		d.removed = map[string]int{}
	}
	d.removed[podName]++
}

// removesAgain ends a run that would remove the pod of an ordinal once more than may be.
func (d *driver) removesAgain(s State, change Change) error {
	if change.Pod == nil || d.removed[change.Pod.PodName] < mostRemovals {
		return nil
	}
	pod, _ := s.pod(change.Pod.PodName)
	b := Blocker{
		PodName: change.Pod.PodName, Phase: pod.Phase, Cause: pod.Cause, Failed: true,
		Message: fmt.Sprintf("was removed %d times by this run, and comes back on %s, which is not the live template", mostRemovals, pod.Revision),
	}
	return &Failure{Reason: OrdinalFailed, Message: Describe(s.Set, []Blocker{b}), Blockers: []Blocker{b}}
}
