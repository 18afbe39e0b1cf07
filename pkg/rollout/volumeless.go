// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"
)

// Volumeless says that ordinals are broken, and all of them for want of a volume for a
// claim that the set's own claim templates make: another pod template helps none of them,
// and a volume does. With it comes the first one's command that gives it one; "" where none
// is known. Where the scheduler has refused what there is, the template may be at fault:
// it is the template that says which nodes will do.
func (s State) Volumeless() (way string, volumeless bool) {
	broken := s.broken()
	if len(broken) == 0 {
		return "", false
	}
	for _, pod := range broken {
		if !s.lacksVolume(pod) {
			return "", false
		}
	}
	if first := broken[0]; strings.HasPrefix(first.Cause.Try, "kubectl sts pv ") {
		way = first.Cause.Remedy(s.Set, first.Name)
	}
	return way, true
}

// lacksVolume says that a claim which the set's own claim templates make holds an ordinal
// up, for want of a volume.
func (s State) lacksVolume(pod Pod) bool {
	return pod.Cause.ID == ClaimPending && pod.Cause.Scheduler == "" && slices.Contains(s.Set.ClaimNames(pod.Name), pod.Cause.Claim)
}

// FailsOfTemplate says that an ordinal has failed of what another template may mend.
func (s State) FailsOfTemplate(pod Pod) bool { return pod.FailsOfTemplate() && !s.lacksVolume(pod) }

// volumesFirst is what helps instead of another template. Claims keep the class and the
// size that they were made with.
func (s State) volumesFirst() string {
	return fmt.Sprintf("give the claims volumes; or, if the claim templates are wrong, delete the set and these claims (kubectl -n %s delete pvc %s%s), and apply the corrected file",
		s.Set.Namespace, strings.Join(s.unbound(), " "), s.Set.Via)
}
