// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestClaimsOfAFirstApply: under Parallel the patience of the first ordinal ends a
// moment before that of the others, and their claims are as much in the way.
func TestClaimsOfAFirstApply(t *testing.T) {
	s := web().Replicas(3).Pods("a? a? a?").With(parallel, func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
		for i, pod := range g.Pods {
			g.Pods[i].Cause = rollout.Cause{ID: rollout.ClaimPending, Message: "data-" + pod.Name + " is not bound", Claim: "data-" + pod.Name, Unserved: true}
			g.Pods[i].Since = g.At.Add(time.Duration(i)*time.Millisecond - 30*time.Second)
		}
	}).State()
	if len(rollout.Failed(s.Awaited())) != 1 {
		t.Fatalf("%d have failed, want the first alone", len(rollout.Failed(s.Awaited())))
	}
	decision := rollout.Decide(apply("a"), s, rollout.LeaseOf(apply("a"), s, "0000bbbb"))
	if want := "delete pvc data-web-0 data-web-1 data-web-2"; decision.Err == nil || !strings.Contains(decision.Err.Error(), want) {
		t.Errorf("%v does not say %q", decision.Err, want)
	}
}
