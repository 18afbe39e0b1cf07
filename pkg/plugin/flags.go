// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What the flags of every verb say where the user does not.
const (
	patienceDefault = 30 * time.Second
	stallDefault    = 10 * time.Minute
)

// soakDefault marks a soak that the user left to the set.
const soakDefault = time.Duration(-1)

// sharedFlags are what an acting verb's user may type beside the verb's own.
type sharedFlags struct {
	options RunOptions
	dryRun  string
	soak    time.Duration
}

// add puts the flags of every acting verb into a set.
func (f *sharedFlags) add(flags *pflag.FlagSet) {
	o := &f.options
	flags.StringVar(&f.dryRun, "dry-run", string(DryRunNone), "none, client (print the plan) or server (also have the server check the write)")
	flags.DurationVar(&o.Timeout, "timeout", 0, "end the run after this long and leave the set as it is; 0 for never")
	flags.DurationVar(&o.Stall, "progress-timeout", stallDefault, "fail when nothing has come nearer for this long; 0 for never")
	addFailurePolicy(flags, &o.FailurePolicy)
	flags.BoolVar(&o.Wait, "wait", true, "watch the ordinals to the end; false only where the plan is one write")
	flags.BoolVarP(&o.Watch, "watch", "w", false, "with -o json: one event a line on standard output, the last line the result")
	flags.BoolVar(&o.IgnoreOwners, "ignore-owners", false, "go on although somebody else also writes to this set")
	addOutputFlags(flags, o)
}

// addSoak is for the verbs that let an ordinal stand before the next goes.
func (f *sharedFlags) addSoak(flags *pflag.FlagSet) {
	addSoak(flags, &f.soak, "how long each ordinal must be Ready, without a restart, before the next goes and before the command ends")
}

func addSoak(flags *pflag.FlagSet, soak *time.Duration, means string) {
	flags.DurationVar(soak, "soak", soakDefault, means+" (default 10s where a container has no readiness probe, else 0)")
	flags.Lookup("soak").DefValue = "0s" // which the help passes over
}

// replaceBroken is the flag by which a correction goes forward.
const replaceBroken = "replace-broken"

// addReplaceBroken says what the verb does with it, and what of a rollout that is under way.
func addReplaceBroken(flags *pflag.FlagSet, asked *bool, underWay string) {
	flags.BoolVar(asked, replaceBroken, false, "replace an ordinal that is broken by an older template: it gets the new one first, and its pod is deleted where the controller would wait for it for ever; "+underWay)
}

func addOutputFlags(flags *pflag.FlagSet, o *RunOptions) {
	flags.StringVarP(&o.Output, "output", "o", "", "json, yaml, kyaml, name, jsonpath=..., go-template=...")
	flags.StringVar(&o.Progress, "progress", "auto", "auto, tty, lines or none")
	addColorFlag(flags, &o.Color)
}

func addColorFlag(flags *pflag.FlagSet, color *string) {
	flags.StringVar(color, "color", "auto", "auto, always or never")
}

// resolve checks the flags together.
func (f *sharedFlags) resolve() (RunOptions, error) {
	o := f.options
	o.Soak = f.soak
	o.DryRun = DryRun(f.dryRun)
	switch {
	case o.DryRun != DryRunNone && o.DryRun != DryRunClient && o.DryRun != DryRunServer:
		return o, usage("--dry-run %q is none of none, client, server", f.dryRun)
	case f.soak < 0 && f.soak != soakDefault, o.Timeout < 0, o.Stall < 0:
		return o, usage("a duration must not be negative")
	case o.Watch && o.Output != "json":
		return o, usage("-w streams events, which needs -o json; without it, progress is on standard error")
	case o.Watch && !o.Wait:
		return o, usage("-w and --wait=false exclude each other")
	case o.Output == "wide":
		return o, usage("-o wide is for commands that read")
	}
	if err := checkFailurePolicy(o.FailurePolicy); err != nil {
		return o, err
	}
	return o, checkTelling(o.Output, o.Progress, o.Color)
}

// addFailurePolicy is for every verb that says whether an ordinal has failed.
func addFailurePolicy(flags *pflag.FlagSet, p *rollout.FailurePolicy) {
	flags.DurationVar(&p.Patience, "patience", patienceDefault, "how long an ordinal may be held by what could still heal, such as an image that cannot be pulled, before it has failed")
	flags.Int32Var(&p.MaxRestarts, "max-restarts", rollout.DefaultMaxRestarts, "how often a container may be restarted in a crash loop before its ordinal has failed")
}

func defaultFailurePolicy() rollout.FailurePolicy {
	return rollout.FailurePolicy{Patience: patienceDefault, MaxRestarts: rollout.DefaultMaxRestarts}
}

func checkFailurePolicy(p rollout.FailurePolicy) error {
	switch {
	case p.Patience < 0:
		return usage("a duration must not be negative")
	case p.MaxRestarts < 1:
		return usage("--max-restarts must be at least 1, not %d", p.MaxRestarts)
	default:
		return nil
	}
}

// checkTelling refuses ways to tell that there are not, before anything is done.
func checkTelling(output, progress, color string) error {
	if !slices.Contains([]string{"auto", "tty", "lines", "none"}, progress) {
		return usage("--progress %q is none of auto, tty, lines, none", progress)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, color) {
		return usage("--color %q is none of auto, always, never", color)
	}
	return checkOutput(output)
}
