// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestNextAfterOthers: whom somebody else overtook is told the state and commands to
// paste, the same that status names.
func TestNextAfterOthers(t *testing.T) {
	another := func(r *rollout.Record) { r.ToDigest, r.Gen = "digest of c", 6 }
	changed := rollouttest.Set("web").Replicas(5).Revisions("a", "b").Partition(4).Record("canary", rollout.Open, another)
	both := "next: kubectl sts abort web -n default\nor: kubectl sts promote web --revision=web-b -n default\n"
	for name, tt := range map[string]struct {
		reason rollout.Reason
		in     rollouttest.Sight
		want   string
	}{
		"another template":        {rollout.SpecChanged, changed.Pods("a a a a b"), "state: statefulset.apps/web is canary, 1/5 on web-b\n" + both},
		"another, paused":         {rollout.SpecChanged, changed.Partition(5), "state: statefulset.apps/web is paused, 0/5 on web-b\n" + both},
		"nothing is under way":    {rollout.SpecChanged, rollouttest.Set("web"), "state: statefulset.apps/web is settled, 1/1 on web-a\nnext: kubectl sts status web -n default\n"},
		"another run":             {rollout.TakenOver, changed.Pods("a a a a b"), "state: statefulset.apps/web is canary, 1/5 on web-b\nnext: kubectl sts status web -w -n default\n"},
		"another revision":        {rollout.RevisionDiffers, changed.Pods("a a a a b"), "state: statefulset.apps/web is canary, 1/5 on web-b\nnext: kubectl sts status web -n default\n"},
		"there is no set anymore": {rollout.SetDeleted, rollouttest.Set("web"), ""},
	} {
		a, said, _ := stopped(rollout.Outcome{Last: tt.in.State()})
		err := &rollout.Superseded{Reason: tt.reason, Message: "it is not ours"}
		a.regret(a.result(err, ExitSuperseded, tt.reason), err, "")
		if got := strings.TrimPrefix(said.String(), "error: it is not ours\n"); got != tt.want {
			t.Errorf("%s: it says %q, want %q", name, got, tt.want)
		}
	}
}
