// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Apply is what `apply` asks for.
type Apply struct {
	Bundle        manifest.Bundle // what the files have of one set
	From          string          // the files, as they were named
	Canary        string          // how far; "" is all the way
	Step          string
	Taking        cluster.Taking
	WithOthers    bool // the kinds that an apply does not manage too
	LosesClaimsOf string
	Placed        bool // of several sets in the files, one names its namespace
	// ReplaceBroken begins with ordinals that are broken.
	ReplaceBroken bool
}

// ApplyRequest is a command line of apply, checked.
type ApplyRequest struct {
	Request
	Later []Request // of the further sets of the file, in its order
}

type applyFlags struct {
	intent Apply
	force  bool
}

func (f *applyFlags) add(flags *pflag.FlagSet) {
	i := &f.intent
	flags.StringVar(&i.Canary, "canary", "", "take a new template to so many of the top ordinals only, as a number or a percentage; promote or abort goes on from there")
	flags.StringVar(&i.Step, "step", "1", "how many ordinals may go at a time, as a number or a percentage")
	flags.BoolVar(&f.force, "force-conflicts", false, "take over the fields that another manager has and that the file wants otherwise")
	flags.BoolVar(&i.WithOthers, "with-others", false, "apply what else is in the file too, before the set: ConfigMaps, Secrets, ServiceAccounts, RBAC and the like, by server-side apply")
	addReplaceBroken(flags, &i.ReplaceBroken, "a rollout of another template that is under way has to be ended first, by promote or abort, unless an ordinal has failed of it")
	flags.StringVar(&i.LosesClaimsOf, "confirm-data-loss", "", "the set's name: agree that the claims of the ordinals that go are destroyed, where its retention policy says so")
}

func applyCommand(i Invocation, take taker) *cobra.Command {
	files := &sourceFlags{in: i.Streams.In}
	shared := &sharedFlags{}
	own := &applyFlags{}
	c := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Apply a set with its volumes and Services, and watch every ordinal",
		Long: `Apply the StatefulSet of a file, with its Services and its PersistentVolumes, in any
order: volumes first, then Services, then the set, each by server-side apply, and
watch the ordinals until all are Available and have soaked. On a set that exists,
a new template goes as with canary and promote, one ordinal at a time, then the
replicas as with scale, then the partition: a partition in the file does not keep
a new template from any ordinal, --canary does. Nothing of the file is left to
roll by itself.
Before a set is made, it tells which claims and volumes its ordinals find or need;
it refuses where a claim is another's, and where pods that an earlier set left
behind would go or be made anew. Where an ordinal has failed of the template that
the file has, the rest of the file is written: it may be the volume that it lacks.
Other kinds in the file are named and left alone; with --with-others they are
applied before the volumes, by server-side apply as the Services are, in Helm's
order: Namespaces first, then budgets, accounts, Secrets and ConfigMaps, classes,
RBAC, and the rest. Their own rollouts are not watched.
Several StatefulSets are applied one after the other, in the order of the file, each
begun when the one before it stands; the first that fails ends the run, and those that
were not begun are named. With --canary each gets its canary; one that is not there yet,
or has too few ordinals for that, is refused before the first write. With -o json each
has a document of its own, one after the other, as soon as it ends: jq reads such a
stream, and jq -s makes a list of it.`,
		Example: strings.ReplaceAll(`  # volumes, Service and set; then every ordinal, watched
  {{name}} apply -f web.yaml

  # a new template on one ordinal first
  {{name}} apply -f web.yaml --canary 1
  {{name}} promote web

  # what would it do
  {{name}} apply -f web.yaml --dry-run=server`, "{{name}}", i.Name),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("apply takes a file (-f), not %q", args)
			}
			return nil
		},
	}
	files.add(c.Flags(), "what to apply: files, directories, URLs, or - for standard input")
	own.add(c.Flags())
	shared.add(c.Flags())
	shared.addSoak(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		request, err := applyRequest(own, shared, files)
		if err != nil {
			return err
		}
		return take(c.Context(), request)
	}
	return c
}

func applyRequest(own *applyFlags, shared *sharedFlags, files *sourceFlags) (ApplyRequest, error) {
	options, err := shared.resolve()
	if err != nil {
		return ApplyRequest{}, err
	}
	intent := own.intent
	for flag, text := range map[string]string{"canary": intent.Canary, "step": intent.Step} {
		if _, err := parseAmount(flag, text); err != nil && (flag != "canary" || text != "") {
			return ApplyRequest{}, err
		}
	}
	if own.force {
		intent.Taking = cluster.Force
	}
	if !files.given() {
		return ApplyRequest{}, usage("-f or -k is required: the file to apply")
	}
	var file manifest.File
	if err := files.read(file.Add); err != nil {
		return ApplyRequest{}, err
	}
	intent.From = files.String()
	if err := file.Check(); err != nil {
		return ApplyRequest{}, fileError("%s: %v", files, err)
	}
	return applyRequests(intent, file.Bundles(), options)
}

// applyRequests are one a set.
func applyRequests(intent Apply, bundles []manifest.Bundle, options RunOptions) (ApplyRequest, error) {
	if len(bundles) > 1 && !options.Wait {
		return ApplyRequest{}, usage("--wait=false: there are %d StatefulSets in %s, and each is begun when the one before it stands", len(bundles), intent.From)
	}
	placed := func(b manifest.Bundle) bool { return b.Set.Namespace != "" }
	intent.Placed = len(bundles) > 1 && slices.ContainsFunc(bundles, placed)
	var all []Request
	for _, bundle := range bundles {
		intent.Bundle = bundle
		all = append(all, Request{Verb: "apply", SetName: bundle.Set.Name, Intent: intent, Run: options})
	}
	return ApplyRequest{Request: all[0], Later: all[1:]}, nil
}

// Goal implements Intent: what is missing where the file is the live one.
func (i Apply) Goal(_ context.Context, o Opening) (rollout.Goal, error) {
	return i.goal(o.State.Set, o)
}

// goal is what is missing of the file, where after is what the server makes of it.
func (i Apply) goal(after rollout.Set, o Opening) (rollout.Goal, error) {
	goal, err := i.whole(after, o)
	if err != nil {
		return goal, err
	}
	if i.Canary == "" {
		if at, comes := goal.PartitionLast(o.State); comes {
			o.Note("all ordinals get the new template; the file's partition %d comes at the end; to stop part way, use --canary N", at)
		}
		return goal, nil
	}
	count, err := parseAmount("canary", i.Canary)
	if err != nil {
		return nil, err
	}
	if goal.Replicas != nil && *goal.Replicas != o.State.Set.Replicas {
		o.Note("the file has %d replicas; the set keeps its %d until the canary is promoted and the file applied again", *goal.Replicas, o.State.Set.Replicas)
	}
	return goal.Canary(o.State, count)
}

func (i Apply) whole(after rollout.Set, o Opening) (rollout.Apply, error) {
	asked := i.Bundle.Asked
	goal := rollout.Apply{
		Template: rollout.Template{Raw: after.Live, Digest: after.Template}, Replicas: asked.Replicas, Partition: asked.Partition,
		LosesClaimsOf: i.LosesClaimsOf, DeletesClaims: after.DeletesClaims, Rest: true, ReplaceBroken: i.ReplaceBroken,
	}
	var err error
	if goal.Step, err = parseAmount("step", i.Step); err != nil {
		return goal, err
	}
	goal.Soak, err = o.Soak(after.Live, after.MinReadySeconds)
	return goal, err
}

// Rules implements Intent. What may not be made, the server's dry run tells,
// before anything is written.
func (i Apply) Rules(setName string) []cluster.Rule {
	rules := steers(setName)
	for _, o := range i.Bundle.Volumes {
		rules = append(rules, each(cluster.Rule{Resource: "persistentvolumes", Name: o.Name, Wide: true}, "get", "patch")...)
	}
	for _, o := range i.Bundle.Services {
		rules = append(rules, each(cluster.Rule{Resource: "services", Name: o.Name}, "get", "patch")...)
	}
	asked := i.Bundle.Asked
	if i.ReplaceBroken {
		rules = append(rules, replaces()...)
	}
	if asked.Replicas != nil {
		rules = append(rules, removes("a scale-down that two broken pods block cannot be finished")...)
	}
	if asked.ServiceName != "" && !i.Bundle.HasService(asked.ServiceName) {
		rules = append(rules, cluster.Rule{Verb: "get", Resource: "services", Name: asked.ServiceName, Why: "whether the governing Service is there is not checked"})
	}
	return rules
}

// Heeds implements Intent: who scales the set has no say in its template.
func (i Apply) Heeds(hand rollout.Hand) Heed {
	if hand.Kind == rollout.OwnerHand || hand.Kind == rollout.ReplicasHand && i.Bundle.Asked.Replicas != nil {
		return Refuse
	}
	return Warn
}

// Next implements Intent.
func (i Apply) Next(s rollout.State) []string {
	if i.Canary == "" || s.Settled() {
		return nil
	}
	return goesOn(s)
}
