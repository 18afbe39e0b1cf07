// SPDX-License-Identifier: Apache-2.0

package render

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestClaimText has the claims of claim templates first and in their order, whatever the
// order of the pod's volumes, and says of one that it is being deleted.
func TestClaimText(t *testing.T) {
	s := newScene(t, 1)
	s.glance.Set.ClaimTemplates = []string{"log", "data"}
	s.glance.Pods[0].Claims = []string{"shared", "data-web-0", "log-web-0"}
	s.glance.Around.Claims["data-web-0"] = rollout.Claim{Phase: rollout.ClaimTerminating, VolumeName: "pv000"}
	s.glance.Around.Claims["log-web-0"] = rollout.Claim{Phase: "Bound", VolumeName: "pv001"}
	state := s.state()
	if got, want := claimText(state, state.Pods[0]), "log-web-0 -> pv001, data-web-0 -> pv000 (Terminating), shared"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := noteOf(podRow{state: &state, pod: state.Pods[0]}), "data-web-0 is being deleted, and goes with this pod"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
