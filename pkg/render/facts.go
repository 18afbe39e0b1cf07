// SPDX-License-Identifier: Apache-2.0

package render

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// counts of the in-range ordinals.
type counts struct{ ready, available, updated int32 }

// tally counts the ordinals, on the live template whether Available or not.
func tally(s rollout.State) counts {
	var c counts
	for _, pod := range s.Pods {
		switch pod.Phase {
		case rollout.Available:
			c.available++
			c.ready++
		case rollout.Ready:
			c.ready++
		}
		if s.OnLive(pod) {
			c.updated++
		}
	}
	return c
}

// everyPod is every ordinal in numeric order, those on their way out among them.
func everyPod(s rollout.State) []rollout.Pod {
	if len(s.Surplus) == 0 {
		return s.Pods
	}
	pods := append(slices.Clone(s.Pods), s.Surplus...)
	slices.SortStableFunc(pods, func(a, b rollout.Pod) int { return int(a.Ordinal) - int(b.Ordinal) })
	return pods
}

// stableName is the revision to go back to; "" where it is gone.
func stableName(s rollout.State) string {
	stable, err := s.Stable()
	if err != nil {
		return ""
	}
	return stable.Name
}

// differences between the stable and the live template; none where they are
// one, or where the stable one is gone.
func differences(s rollout.State) []string {
	stable, err := s.Stable()
	if err != nil || stable.Digest == s.Set.Template {
		return nil
	}
	return rollout.Differences(stable.Template, s.Set.Live)
}

func policyOf(set rollout.Set) string {
	if set.OrderedReady {
		return "OrderedReady"
	}
	return "Parallel"
}

// claimsOf an ordinal: those its pod mounts, or those it would, with what is
// known of them.
func claimsOf(s rollout.State, pod rollout.Pod) []rollout.Claim {
	names := pod.Claims
	if pod.UID == "" {
		names = s.Set.ClaimsOf(pod.Name)
	}
	claims := make([]rollout.Claim, 0, len(names))
	for _, name := range inOrder(s.Set.ClaimNames(pod.Name), names) {
		claim := s.Around.Claims[name]
		claim.Name = name
		claims = append(claims, claim)
	}
	return claims
}

// inOrder puts claims of claim templates first, in the order of these: a pod has its
// volumes in any order (pkg/controller/statefulset/stateful_set_utils.go: updateStorage).
func inOrder(templated, names []string) []string {
	sorted := slices.Clone(names)
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(templated, a) - rank(templated, b) })
	return sorted
}

// rank is the place of a name; that of one which is not there is after all.
func rank(templated []string, name string) int {
	if i := slices.Index(templated, name); i >= 0 {
		return i
	}
	return len(templated)
}

// age in kubectl's form. A time that is not there yet, such as the end of a
// grace period, is no time ago.
func age(from, now time.Time) string {
	if from.IsZero() {
		return none
	}
	return duration.HumanDuration(max(now.Sub(from), 0))
}

// none stands where there is nothing to tell, as in kubectl.
const none = "<none>"
