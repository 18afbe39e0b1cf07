// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestUnchanged: who has waited for ordinals says what has been reached, though nothing was
// left to write.
func TestUnchanged(t *testing.T) {
	settled := rollouttest.Set("web").Replicas(5)
	for name, tt := range map[string]struct {
		first rollouttest.Sight
		want  string
	}{
		"all is there":   {settled, "unchanged, nothing to do (5/5 on web-a)"},
		"one comes":      {settled.Pods("a a a a -"), "scaled (5/5 Available)"},
		"one is not yet": {settled.Pods("a a a a a?"), "scaled (5/5 Available)"},
	} {
		a, _, _ := stopped(rollout.Outcome{First: tt.first.State(), Last: settled.State()})
		a.goal, a.client = rollout.Scale{To: 5}, &cluster.Client{}
		if got := a.result(nil, ExitOK, "").Message; got != tt.want {
			t.Errorf("%s: it says %q, want %q", name, got, tt.want)
		}
	}
}
