// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// keepsTemplate refuses where the first write, which has no template, would be stored with
// another one than is live. It is asked of a scale and a promote: who writes a template
// takes it to the ordinals in steps, and an abort and a delete are the ways out.
func (a *action) keepsTemplate(ctx context.Context) error {
	switch a.request.Intent.(type) {
	case Scale, Promote:
	default:
		return nil
	}
	if plan, err := a.decided(); err != nil || len(plan.Hold)+len(plan.Steps) == 0 || a.request.Run.DryRun == DryRunClient {
		return nil // the run says it, and writes nothing
	}
	rewrites, err := a.rewrites(ctx, a.outcome.First.Set)
	if err != nil || rewrites == "" || a.outcome.First.KeepsTemplate() {
		return err
	}
	return a.outcome.First.WouldRewrite(rewrites)
}

// rewrites is what a write that changes nothing would change of the template, in words; ""
// for nothing, or where that cannot be asked.
func (a *action) rewrites(ctx context.Context, set rollout.Set) (string, error) {
	admitted, err := a.client.Admitted(ctx, set)
	if errors.Is(err, cluster.ErrUnadmitted) {
		return "", nil
	}
	if err != nil || admitted.Template == set.Template {
		return "", err
	}
	return rollout.Some(rollout.Differences(set.Live, admitted.Live)), nil
}

// keptTemplate is a prospect of the set as the file leaves it, where the dry run answers
// with another template than the one that it has stored of it.
func keptTemplate(p cluster.Prospect) (cluster.Prospect, error) {
	if p.Made() {
		return p, nil
	}
	now, err := rollout.LookSet(p.Live)
	if err != nil {
		return p, err
	}
	after, err := rollout.LookSet(p.After)
	if err != nil || now.Template == after.Template || !now.Answers(after.Template) {
		return p, err
	}
	return p.KeepingTemplate()
}
