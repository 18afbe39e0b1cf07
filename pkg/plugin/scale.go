// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Scale is what `scale` asks for.
type Scale struct {
	To            int32
	Step          int32
	Current       int32 // negative: not asked
	LosesClaimsOf string
}

type scaleFlags struct {
	to, step, current int32
	confirm           string
}

func scaleVerb() verb {
	f := &scaleFlags{}
	return verb{
		use:   "scale NAME --replicas N",
		short: "Scale in order, a step at a time",
		long: `Scale a set in order: up from the lowest ordinal, down from the highest, a step
at a time, each step once every ordinal is Available and has soaked. A rollout
that is under way is awaited first; during a canary the command refuses. A
scale-down that the controller cannot finish, because two broken pods block each
other, is finished.

Before the first write it tells which claims and volumes the ordinals to come find
again, and what new claims would get; it refuses where such a claim is another set's, or
a pod writes to it that is not the ordinal's.`,
		example: `  # one ordinal at a time
  {{name}} scale web --replicas 5

  # only from 5, two at a time
  {{name}} scale web --replicas 3 --current-replicas 5 --step 2`,
		flags: func(flags *pflag.FlagSet) {
			flags.Int32Var(&f.to, "replicas", -1, "how many ordinals the set shall have")
			flags.Int32Var(&f.step, "step", 1, "how many ordinals may come or go at a time")
			flags.Int32Var(&f.current, "current-replicas", -1, "refuse to change the replicas of a set that has not this many; one that has --replicas already is left as it is")
			flags.StringVar(&f.confirm, "confirm-data-loss", "", "the set's name: agree that the claims of the ordinals that go are destroyed, where its retention policy says so")
		},
		soaks:  true,
		intent: f.intent,
	}
}

func (f *scaleFlags) intent(*pflag.FlagSet) (Intent, error) {
	switch {
	case f.to < 0:
		return nil, usage("--replicas N is required, and N must not be negative")
	case f.to > rollout.MostReplicas:
		return nil, usage("--replicas %d is more than the %d that this command follows", f.to, rollout.MostReplicas)
	case f.step < 1:
		return nil, usage("--step %d must be at least 1", f.step)
	}
	return Scale{To: f.to, Step: f.step, Current: f.current, LosesClaimsOf: f.confirm}, nil
}

// Goal implements Intent.
func (i Scale) Goal(ctx context.Context, o Opening) (rollout.Goal, error) {
	soak, err := o.Soak(o.State.Set.Live, o.State.Set.MinReadySeconds)
	if err != nil {
		return nil, err
	}
	goal := rollout.Scale{To: i.To, Step: i.Step, Soak: soak, LosesClaimsOf: i.LosesClaimsOf}
	if i.Current >= 0 {
		goal.Current = &i.Current
	}
	if _, err := goal.Plan(o.State); err != nil {
		return goal, nil // the run says it, and writes nothing
	}
	return goal, o.Foresee(ctx, goal)
}

// Rules implements Intent.
func (i Scale) Rules(setName string) []cluster.Rule {
	return append(steers(setName), removes("a scale-down that two broken pods block cannot be finished")...)
}

// Heeds implements Intent.
func (i Scale) Heeds(hand rollout.Hand) Heed {
	switch hand.Kind {
	case rollout.OwnerHand:
		return Refuse
	case rollout.ReplicasHand:
		if !hand.Off || i.To != 0 && (i.To < hand.Low || i.To > hand.High) {
			return Refuse
		}
	case rollout.PartitionHand:
		return Ignore
	}
	return Warn
}

// Next implements Intent.
func (i Scale) Next(rollout.State) []string { return nil }
