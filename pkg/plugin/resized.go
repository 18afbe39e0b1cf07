// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// foundResized is the id of pods that were resized in place.
const foundResized = "resized-in-place"

// inspectResized finds pods whose resources the next rollout takes back to the template's.
func inspectResized(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if !f.live() {
		return nil, nil
	}
	missing, err := f.client.Missing(ctx, looksAtPods())
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("whether pods were resized in place", forbidden(f.client.Namespace(), missing))}, nil
	}
	state, err := f.client.Look(ctx, f.set.Name, cluster.Options{})
	if err != nil {
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

func looksAtPods() []cluster.Rule {
	return []cluster.Rule{
		{Verb: "list", Resource: "pods"},
		{Verb: "list", Group: "apps", Resource: "controllerrevisions"},
	}
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
