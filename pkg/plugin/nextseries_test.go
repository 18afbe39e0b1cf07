// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Of several sets, one that is under way is ended first: the same command would be
// refused for it again. What takes one that can have no canary is not for the others.
func TestNextOfASetUnderWay(t *testing.T) {
	for name, tt := range map[string]struct {
		reason  rollout.Reason
		hint    string
		unbegun []string
		several bool
		want    string
	}{
		"others wait":      {rollout.CanaryUnderWay, "promote web --revision=web-b", []string{"b"}, true, "kubectl sts promote web --revision=web-b -n default"},
		"no way out":       {rollout.CanaryUnderWay, "", []string{"b"}, true, ""},
		"for other causes": {rollout.WouldMove, "promote web", []string{"b"}, true, ""},
		"no canary of one": {rollout.TooMany, "", []string{"b"}, true, ""},
		"of the last one":  {rollout.TooMany, "", nil, true, ""},
		"one is not there": {rollout.StableGone, "", []string{"b"}, true, ""},
		"one set":          {rollout.CanaryUnderWay, "promote web", nil, false, ""},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		a.unbegun, a.several = tt.unbegun, tt.several
		if got := a.next(&rollout.Refusal{Reason: tt.reason, Hint: tt.hint}, rollout.State{Set: rollout.Set{Namespace: "default"}}); got != tt.want {
			t.Errorf("%s: next %q, want %q", name, got, tt.want)
		}
	}
}
