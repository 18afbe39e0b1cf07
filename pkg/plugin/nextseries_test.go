// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Of several sets, one that is under way is ended first: the same command would be
// refused for it again.
func TestNextOfASetUnderWay(t *testing.T) {
	for name, tt := range map[string]struct {
		reason  rollout.Reason
		hint    string
		unbegun []string
		want    string
	}{
		"others wait":      {rollout.CanaryUnderWay, "promote web --revision=web-b", []string{"b"}, "kubectl sts promote web --revision=web-b -n default"},
		"no way out":       {rollout.CanaryUnderWay, "", []string{"b"}, "kubectl sts delete web"},
		"for other causes": {rollout.WouldMove, "promote web", []string{"b"}, "kubectl sts delete web"},
		"one set":          {rollout.CanaryUnderWay, "promote web", nil, ""},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		a.unbegun = tt.unbegun
		if got := a.next(&rollout.Refusal{Reason: tt.reason, Hint: tt.hint}, rollout.State{Set: rollout.Set{Namespace: "default"}}); got != tt.want {
			t.Errorf("%s: next %q, want %q", name, got, tt.want)
		}
	}
}
