// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// keepsSpec refuses where the first write would be stored otherwise than it is made. A dry
// run of the server asks that with the plan.
func (a *action) keepsSpec(ctx context.Context) error {
	plan, err := a.decided()
	if err != nil || len(plan.Hold)+len(plan.Steps) == 0 || a.request.Run.DryRun == DryRunClient {
		return nil // the run says it, and writes nothing
	}
	if len(plan.Steps) == 0 || plan.Steps[0].Change.Set == nil {
		return a.keepsTemplate(ctx)
	}
	first := plan.Steps[0].Change
	if _, apply := a.request.Intent.(Apply); a.request.Run.DryRun == DryRunServer && !apply {
		return nil // the plan comes with it
	}
	if a.foretold.is(*first.Set) {
		return a.storesAsMade(first, a.foretold.set)
	}
	admitted, err := a.client.AdmittedWith(ctx, a.outcome.First.Set, *first.Set)
	if errors.Is(err, cluster.ErrUnadmitted) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.storesAsMade(first, admitted)
}

// foretold is what the server's dry run has made of a template and a partition.
type foretold struct {
	template  rollout.Template
	partition *rollout.Partition
	set       rollout.Set
}

// is says that the dry run was of this very write.
func (f *foretold) is(p rollout.SetPatch) bool {
	if f == nil || p.Template == nil || p.Replicas != nil || p.Retention != nil || !bytes.Equal(p.Template.Raw, f.template.Raw) {
		return false
	}
	return p.Partition == f.partition || p.Partition != nil && f.partition != nil && *p.Partition == *f.partition
}

// dryRun keeps the answer, which the first write is held against.
func (a *action) dryRun(ctx context.Context, raw []byte, partition *rollout.Partition) (rollout.Template, rollout.Set, error) {
	template, set, err := a.client.DryRunTemplate(ctx, a.outcome.First, raw, partition)
	if err == nil {
		a.foretold = &foretold{template: template, partition: partition, set: set}
	}
	return template, set, err
}

// storesAsMade refuses where the server's dry run has answered the first write with another
// spec than it makes; of a write without a template that is another template, too.
func (a *action) storesAsMade(change rollout.Change, admitted rollout.Set) error {
	first := a.outcome.First
	if fields := rollout.Otherwise(a.goal, first.Set, change, admitted); len(fields) > 0 {
		return first.WouldStoreOtherwise(change, fields)
	}
	if !a.minds() || change.Set.Template != nil || admitted.Template == first.Set.Template || first.KeepsTemplate() {
		return nil
	}
	return first.WouldRewrite(rollout.Some(rollout.Differences(first.Set.Live, admitted.Live)))
}

// keepsTemplate is the same where the first write waits, and is not known yet.
func (a *action) keepsTemplate(ctx context.Context) error {
	if !a.minds() {
		return nil
	}
	return a.templateStays(ctx, a.outcome.First.Set)
}

// templateStays refuses where a write that changes nothing would change the template of
// the set as it is by now.
func (a *action) templateStays(ctx context.Context, now rollout.Set) error {
	rewrites, err := a.rewrites(ctx, now)
	if err != nil || rewrites == "" || a.outcome.First.KeepsTemplate() {
		return err
	}
	return a.outcome.First.WouldRewrite(rewrites)
}

// minds says that another template must not come with a write that has none. It is so of a
// scale and a promote: who writes a template takes it to the ordinals in steps, and an abort
// and a delete are the ways out.
func (a *action) minds() bool {
	switch a.request.Intent.(type) {
	case Scale, Promote:
		return true
	default:
		return false
	}
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
