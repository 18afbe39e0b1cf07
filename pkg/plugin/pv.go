// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// VolumeRequest is a command line of an acting pv command, checked.
type VolumeRequest struct {
	Command string // "pv create"
	Subject Subject
	Work    VolumeWork
	Run     VolumeOptions
}

// VolumeOptions are the flags that the acting pv commands share.
type VolumeOptions struct {
	DryRun  DryRun
	Wait    bool
	Timeout time.Duration
	Output  string
	Color   string
}

// VolumeWork is what one pv command does with a set's volumes.
type VolumeWork interface {
	// Plan is what is to be done, proven against what is there.
	Plan(ctx context.Context, client *cluster.Client, set volume.Set, stock volume.Stock) (volume.Plan, error)
	// Verb is what must be allowed on volumes: create or patch.
	Verb() string
	// Each says that it is done for each set of a manifest: nothing in it is of one set.
	Each() bool
}

// pvVerb is an acting pv command as data.
type pvVerb struct {
	use, short, long, example string
	onlyPlans                 bool
	flags                     func(*pflag.FlagSet)
	work                      func(*pflag.FlagSet) (VolumeWork, error)
}

// pvVerbs is the table of acting pv commands.
func pvVerbs() []pvVerb {
	return []pvVerb{pvPlanVerb(), pvCreateVerb(), pvReserveVerb(), pvReleaseVerb(), pvRebindVerb()}
}

func pvCommand(i Invocation, take taker) *cobra.Command {
	pv := &cobra.Command{
		Use:   "pv",
		Short: "Give every ordinal its volume, on purpose",
		Long: `Make, reserve and mend the PersistentVolumes of a set's claims, for a set that
exists or for a manifest (-f). A reserved volume names its claim by namespace and
name, so that the binder takes no other.`,
		Args: noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, v := range pvVerbs() {
		pv.AddCommand(v.command(i, take))
	}
	pv.AddCommand(pvStatusCommand(i, take))
	return pv
}

// command makes a cobra command of a pv verb.
func (v pvVerb) command(i Invocation, take taker) *cobra.Command {
	subject := &subjectFlags{sourceFlags{in: i.Streams.In}}
	shared := &volumeFlags{dryRun: string(DryRunNone), plans: v.onlyPlans}
	c := &cobra.Command{
		Use:     v.use,
		Short:   v.short,
		Long:    v.long,
		Example: strings.ReplaceAll(v.example, "{{name}}", i.Name),
		Args:    cobra.ArbitraryArgs,
	}
	subject.add(c.Flags())
	v.flags(c.Flags())
	shared.add(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		options, err := shared.resolve()
		if err != nil {
			return err
		}
		work, err := v.work(c.Flags())
		if err != nil {
			return err
		}
		find := subject.single
		if work.Each() {
			find = subject.subject
		}
		what, err := find(args)
		if err != nil {
			return err
		}
		return take(c.Context(), VolumeRequest{Command: "pv " + c.Name(), Subject: what, Work: work, Run: options})
	}
	return c
}

// volumeFlags are what a user of an acting pv command may type beside its own.
type volumeFlags struct {
	options VolumeOptions
	dryRun  string
	plans   bool
}

// mostBinding is how long the binder is awaited: it looks every 15 seconds.
const mostBinding = time.Minute

func (f *volumeFlags) add(flags *pflag.FlagSet) {
	o := &f.options
	if f.plans {
		flags.StringVarP(&o.Output, "output", "o", "", "yaml or json (the manifests, for review), kyaml, name, jsonpath=..., go-template=...")
	} else {
		flags.StringVarP(&o.Output, "output", "o", "", "json, yaml, kyaml, name, jsonpath=..., go-template=...; with --dry-run the manifests")
		flags.StringVar(&f.dryRun, "dry-run", f.dryRun, "none, client (print the plan) or server (also have the server check the writes)")
		flags.BoolVar(&o.Wait, "wait", true, "watch until the binder has taken note, and claims that exist are bound")
		flags.DurationVar(&o.Timeout, "timeout", mostBinding, "end the run after this long; 0 for never")
	}
	addColorFlag(flags, &o.Color)
}

func (f *volumeFlags) resolve() (VolumeOptions, error) {
	o := f.options
	o.DryRun = DryRun(f.dryRun)
	if f.plans {
		o.DryRun = DryRunClient
	}
	switch {
	case o.DryRun != DryRunNone && o.DryRun != DryRunClient && o.DryRun != DryRunServer:
		return o, usage("--dry-run %q is none of none, client, server", f.dryRun)
	case o.Timeout < 0:
		return o, usage("a duration must not be negative")
	case o.Output == "wide":
		return o, usage("-o wide is for commands that read")
	}
	return o, checkTelling(o.Output, "auto", o.Color)
}

// addOrdinals is --ordinals; parse it with parseOrdinals.
func addOrdinals(flags *pflag.FlagSet, text *string, meaning string) {
	flags.StringVar(text, "ordinals", "", "such as 0,2-4: "+meaning)
}

// mostOrdinals is more than any set has, and fewer than a typing error gives.
const mostOrdinals = 10000

// parseOrdinals takes "0,2-4"; "" is nil.
func parseOrdinals(text string) ([]int32, error) {
	if text == "" {
		return nil, nil
	}
	var ordinals []int32
	for part := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(part, "-")
		if !ranged {
			high = low
		}
		from, err := strconv.ParseUint(low, 10, 31)
		to, errTo := strconv.ParseUint(high, 10, 31)
		if err != nil || errTo != nil || to < from || int(to-from)+len(ordinals) >= mostOrdinals {
			return nil, usage("--ordinals %q: %q is neither an ordinal nor a range of them, or one too large", text, part)
		}
		for ordinal := from; ordinal <= to; ordinal++ {
			ordinals = append(ordinals, int32(ordinal))
		}
	}
	slices.Sort(ordinals)
	return slices.Compact(ordinals), nil
}
