// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Promote is what `promote` asks for.
type Promote struct {
	Count    string // a number, a percentage or "" for all
	Step     string
	Revision string
	// ReplaceBroken removes what the controller would wait for.
	ReplaceBroken bool
}

type promoteFlags struct{ intentOf Promote }

func promoteVerb() verb {
	f := &promoteFlags{}
	return verb{
		use:   "promote NAME",
		short: "Take a canary to further ordinals, or to all",
		long: `Take the rollout that is under way to the top N ordinals, or to all of them, a
step at a time. A further ordinal goes only when every ordinal is Available and
has soaked. At the end the set's own partition comes back. It does not matter
whether a canary of this program, kubectl or Git began the rollout. An ordinal that
cannot be made of its old revision any more gets the new one first; with
--replace-broken also one whose pod is there and broken.`,
		example: `  # all ordinals, one by one
  {{name}} promote web

  # half of them, two at a time
  {{name}} promote web --count 50% --step 2

  # in CI: this revision, or nothing
  {{name}} promote web --revision web-7d9f8c6b5

  # the template was corrected, and a pod of the old one is in the way
  {{name}} promote web --replace-broken`,
		flags: func(flags *pflag.FlagSet) {
			flags.StringVar(&f.intentOf.Count, "count", "", "how many of the top ordinals, in all, as a number or a percentage (default all)")
			flags.StringVar(&f.intentOf.Step, "step", "1", "how many ordinals may go at a time, as a number or a percentage")
			flags.StringVar(&f.intentOf.Revision, "revision", "", "promote this revision and no other, by name, by a suffix that only one has, or by number: anything else is exit code 5")
			addReplaceBroken(flags, &f.intentOf.ReplaceBroken, "the new one is that of the rollout which is under way, and goes on")
		},
		soaks:  true,
		intent: f.intent,
	}
}

func (f *promoteFlags) intent(flags *pflag.FlagSet) (Intent, error) {
	if flags.Changed("count") {
		if _, err := parseAmount("count", f.intentOf.Count); err != nil {
			return nil, err
		}
	}
	if _, err := parseAmount("step", f.intentOf.Step); err != nil {
		return nil, err
	}
	if flags.Changed("revision") && f.intentOf.Revision == "" {
		return nil, usage("--revision is empty, which would promote anything")
	}
	return f.intentOf, nil
}

// Goal implements Intent.
func (i Promote) Goal(_ context.Context, o Opening) (rollout.Goal, error) {
	step, err := parseAmount("step", i.Step)
	if err != nil {
		return nil, err
	}
	goal := rollout.Promote{Step: step, Revision: i.Revision, ReplaceBroken: i.ReplaceBroken}
	if i.Count != "" {
		count, err := parseAmount("count", i.Count)
		if err != nil {
			return nil, err
		}
		goal.Count = &count
	}
	if own, left := o.State.Leftover(); left {
		o.Note("the canary was taken back, and its partition %s is left, which holds back the next rollout of %s; abort puts the set's own back (%s)", o.State.Set.Partition, o.State.Set.Name, own)
	}
	if o.State.OwnIsGuess() {
		o.Note("nothing tells which partition is %s's own; 0 stays at the end", o.State.Set.Name)
	}
	if plan, err := goal.Plan(o.State); err == nil && len(plan.Hold)+len(plan.Steps) == 0 && !goal.Begun(o.State) {
		return goal, nil // nothing to promote, which needs no soak to be said
	}
	goal.Soak, err = o.Soak(o.State.Set.Live, o.State.Set.MinReadySeconds)
	return goal, err
}

// Rules implements Intent.
func (i Promote) Rules(setName string) []cluster.Rule {
	rules := steers(setName)
	if i.ReplaceBroken {
		rules = append(rules, replaces()...)
	}
	return rules
}

// Heeds implements Intent.
func (i Promote) Heeds(hand rollout.Hand) Heed {
	if hand.Kind == rollout.OwnerHand {
		return Refuse
	}
	return Warn
}

// Next implements Intent: a part of them is followed by the rest.
func (i Promote) Next(s rollout.State) []string {
	if _, left := s.Leftover(); left {
		return []string{"abort", s.Set.Name}
	}
	if i.Count == "" || s.Settled() {
		return nil
	}
	return goesOn(s)
}
