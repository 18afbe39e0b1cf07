// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// foundResized is the id of pods that were resized in place.
const foundResized = "resized-in-place"

// inspectResized finds pods whose resources the next rollout takes back to the template's.
func inspectResized(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if !f.live() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil || len(missing) > 0 {
		return nil, err
	}
	told := state.Resized()
	if told == "" {
		return nil, nil
	}
	return []rollout.Finding{{
		ID: foundResized, Severity: rollout.FindingWarning, Object: state.Set.String(),
		Message: told + "; a pod that is made anew, as by any rollout, has the template's resources",
	}}, nil
}

// tellResized says before the first write which pods lose what they were given in place.
func (a *action) tellResized() {
	plan, err := a.goal.Plan(a.outcome.First)
	if err != nil {
		return // the run says it
	}
	if told := a.outcome.First.Unsizes(plan); told != "" {
		a.voice.note("%s; they are made anew with the template's resources", told)
	}
}
