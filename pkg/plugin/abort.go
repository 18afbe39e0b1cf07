// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Abort is what `abort` asks for.
type Abort struct{}

func abortVerb() verb {
	return verb{
		use:   "abort NAME",
		short: "Take a canary back, broken ordinals too",
		long: `Put the stable template back and take every ordinal that carries the canary off
it, those too that the controller will never replace by itself. Ordinals that
never left the stable revision are not touched. A pod is removed only when it is
on the wrong revision and not Ready, and never with grace period 0. All go back at once;
the command ends when each has stood for its soak.`,
		example: `  {{name}} abort web`,
		flags:   func(*pflag.FlagSet) {},
		soaks:   true,
		intent:  func(*pflag.FlagSet) (Intent, error) { return Abort{}, nil },
	}
}

// Goal implements Intent.
func (i Abort) Goal(ctx context.Context, o Opening) (rollout.Goal, error) {
	stable, needed, err := rollout.Aborts(o.State)
	if err != nil || !needed {
		return rollout.Abort{}, err
	}
	template, stored, err := o.DryRun(ctx, stable.Template, nil)
	if err != nil {
		return nil, err
	}
	if err := o.State.BacksAs(stable, stored.Live); err != nil {
		return nil, err
	}
	goal := rollout.Abort{Stable: stable, Template: template, Twin: !rollout.SameBytes(stable.Template, stored.Live)}
	rewrites, err := o.Rewrites(ctx)
	if err != nil {
		return nil, err
	}
	if goal.Rewrites = rewrites != ""; goal.Rewrites {
		o.Warn("by the server's dry run a mutating admission webhook or policy changes the template with any write of the set (%s)", rewrites)
	}
	if goal.Twin {
		o.Note("by its dry run the server stores the template of %s in other bytes today, so the controller will make a new revision of it", stable.Name)
	}
	goal.Soak, err = o.Soak(stable.Template, o.State.Set.MinReadySeconds)
	return goal, err
}

// Rules implements Intent.
func (i Abort) Rules(setName string) []cluster.Rule {
	return append(steers(setName), removes("an ordinal that the controller will not replace by itself stays on the canary")...)
}

// Heeds implements Intent.
func (i Abort) Heeds(hand rollout.Hand) Heed {
	if hand.Kind == rollout.OwnerHand {
		return Refuse
	}
	return Warn
}

// Next implements Intent.
func (i Abort) Next(rollout.State) []string { return nil }
