// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/document"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Canary is what `canary` asks for: one way to say which template, and how far.
type Canary struct {
	Images   []string // CONTAINER=IMAGE
	Env      []string // CONTAINER:KEY=VALUE
	Patch    string   // JSON
	Manifest string   // the StatefulSet of the file, JSON
	Words    string   // what names the file on a command line
	Revision string
	Count    string
	Step     string
	// ReplaceBroken begins with ordinals that are broken.
	ReplaceBroken bool
}

type canaryFlags struct {
	typed Canary
	files sourceFlags
}

func canaryVerb(in io.Reader) verb {
	f := &canaryFlags{files: sourceFlags{in: in}}
	return verb{
		use:   "canary NAME (--image C=IMG ... | --env C:K=V ... | -p PATCH | -f FILE | --revision R)",
		short: "Put a new template on the top ordinals only",
		long: `Put a new pod template on the top N ordinals, one by one, and leave the others on
the stable one. The first write carries template and partition together, so that
nothing rolls early. The base of --image, --env and -p is always the stable
template. The same command again goes on where it stopped.`,
		example: `  # one ordinal
  {{name}} canary web --image app=registry.example/app:v2

  # a fifth of them
  {{name}} canary web --image app=registry.example/app:v2 --count 20%

  # a patch as kubectl patch takes it, or the template of a manifest
  {{name}} canary web -p '{"spec":{"template":{"spec":{"priorityClassName":"high"}}}}'
  {{name}} canary web -f web.yaml`,
		flags:  f.add,
		soaks:  true,
		intent: f.intent,
	}
}

func (f *canaryFlags) add(flags *pflag.FlagSet) {
	t := &f.typed
	flags.StringArrayVar(&t.Images, "image", nil, "CONTAINER=IMAGE; may be repeated")
	flags.StringArrayVar(&t.Env, "env", nil, "CONTAINER:KEY=VALUE; may be repeated")
	flags.StringVarP(&t.Patch, "patch", "p", "", "a strategic merge patch of the set that changes spec.template alone, JSON or YAML")
	f.files.add(flags, "take spec.template from this manifest: files, directories, URLs, or - for standard input")
	flags.StringVar(&t.Revision, "revision", "", "take the template of this revision: a name, a suffix that only one has, or a number")
	flags.StringVar(&t.Count, "count", "1", "how many of the top ordinals, as a number or a percentage, which rounds up")
	flags.StringVar(&t.Step, "step", "1", "how many ordinals may go at a time, as a number or a percentage")
	addReplaceBroken(flags, &t.ReplaceBroken, "a rollout of another template that is under way has to be ended first, by promote or abort")
}

func (f *canaryFlags) intent(flags *pflag.FlagSet) (Intent, error) {
	i := f.typed
	if err := oneSource(flags); err != nil {
		return nil, err
	}
	for flag, text := range map[string]string{"count": i.Count, "step": i.Step} {
		if _, err := parseAmount(flag, text); err != nil {
			return nil, err
		}
	}
	if _, err := i.edits(); err != nil {
		return nil, err
	}
	if i.Patch != "" {
		patch, err := document.Split([]byte(i.Patch))
		if err != nil {
			return nil, usage("-p is neither JSON nor YAML: %v", err)
		}
		if len(patch) != 1 {
			return nil, usage("-p has %d documents, one is needed", len(patch))
		}
		i.Patch = string(patch[0])
	}
	if !f.files.given() {
		return i, nil
	}
	i.Words = f.files.words()
	setName, err := parseName(flags.Arg(0))
	if err != nil {
		return nil, err
	}
	i.Manifest, err = f.manifest(setName)
	return i, err
}

// oneSource: --image and --env go together, the others stand alone.
func oneSource(flags *pflag.FlagSet) error {
	sources := 0
	if flags.Changed("image") || flags.Changed("env") {
		sources++
	}
	for _, flag := range []string{"patch", "filename", "kustomize", "revision"} {
		if flags.Changed(flag) {
			sources++
		}
	}
	for _, flag := range []string{"patch", "filename", "kustomize", "revision"} {
		if flags.Changed(flag) && slices.Contains([]string{"", "[]"}, flags.Lookup(flag).Value.String()) {
			return usage("--%s is empty", flag)
		}
	}
	if sources != 1 {
		return usage("a canary needs its template in one way: --image and --env, -p, -f, or --revision")
	}
	return nil
}

// manifest is the one StatefulSet of the files, and of several the one of the name.
func (f *canaryFlags) manifest(setName string) (string, error) {
	var found []string
	err := f.files.read(func(text []byte) error {
		more, err := statefulSetsOf(text)
		found = append(found, more...)
		return err
	})
	if err != nil {
		return "", err
	}
	if len(found) > 1 {
		if found, err = manifestsOf(found, setName); err != nil {
			return "", fileError("%s: %v", &f.files, err)
		}
	}
	if len(found) != 1 {
		return "", fileError("%s: the file has %d StatefulSets %q of apps/v1, one is needed", &f.files, len(found), setName)
	}
	return found[0], nil
}

// Goal implements Intent.
func (i Canary) Goal(ctx context.Context, o Opening) (rollout.Goal, error) {
	raw, err := i.template(o)
	if err != nil {
		return nil, err
	}
	goal := rollout.Canary{ReplaceBroken: i.ReplaceBroken}
	if goal.Soak, err = o.Soak(raw, o.State.Set.MinReadySeconds); err != nil {
		return nil, err
	}
	if goal.Count, err = parseAmount("count", i.Count); err != nil {
		return nil, err
	}
	if goal.Step, err = parseAmount("step", i.Step); err != nil {
		return nil, err
	}
	goal.Template, _, err = o.DryRun(ctx, raw, firstPartition(goal, raw, o.State))
	return goal, err
}

// firstPartition is that of the goal's first write, should the server store the template in
// the bytes that it has; nil for none.
func firstPartition(goal rollout.Canary, raw []byte, s rollout.State) *rollout.Partition {
	digest, err := rollout.Digest(raw)
	if err != nil {
		return nil // the server says it
	}
	goal.Template = rollout.Template{Raw: raw, Digest: digest}
	plan, err := goal.Plan(s)
	if err != nil || len(plan.Steps) == 0 || plan.Steps[0].Change.Set == nil {
		return nil
	}
	return plan.Steps[0].Change.Set.Partition
}

// template edits the stable one, never the canary's that may be on.
func (i Canary) template(o Opening) ([]byte, error) {
	stable, err := o.State.Stable()
	if err != nil {
		return nil, err
	}
	if i.Revision != "" {
		r, err := o.State.Revisions.Resolve(i.Revision)
		if err != nil {
			return nil, usage("--revision %s: %v", i.Revision, err)
		}
		return r.Template, nil
	}
	if i.Manifest != "" {
		return fromManifest(i.Manifest, o)
	}
	edits, err := i.edits()
	if err != nil {
		return nil, err
	}
	raw := stable.Template
	for _, edit := range edits {
		if raw, err = edit(raw); err != nil {
			return nil, usage("%s: %v", o.State.Set, err)
		}
	}
	return raw, nil
}

// edits are what --image, --env and -p ask for.
func (i Canary) edits() ([]rollout.Edit, error) {
	var edits []rollout.Edit
	twice := map[string]bool{}
	for _, text := range i.Images {
		container, image, ok := strings.Cut(text, "=")
		if !ok || container == "" || image == "" {
			return nil, usage("--image %q is not CONTAINER=IMAGE", text)
		}
		if twice[container] {
			return nil, usage("--image names container %q twice", container)
		}
		twice[container] = true
		edits = append(edits, rollout.SetImage(container, image))
	}
	for _, text := range i.Env {
		container, rest, ok := strings.Cut(text, ":")
		key, value, assigned := strings.Cut(rest, "=")
		if !ok || !assigned || container == "" || key == "" {
			return nil, usage("--env %q is not CONTAINER:KEY=VALUE", keyOnly(text))
		}
		if value == omitted {
			return nil, usage("--env %q: give the value, which no command line that is printed shows", text)
		}
		edits = append(edits, rollout.SetEnv(container, key, value))
	}
	if i.Patch != "" {
		edits = append(edits, rollout.Patch([]byte(i.Patch)))
	}
	return edits, nil
}

// Rules implements Intent.
func (i Canary) Rules(setName string) []cluster.Rule {
	rules := steers(setName)
	if i.ReplaceBroken {
		rules = append(rules, replaces()...)
	}
	return rules
}

// Heeds implements Intent.
func (i Canary) Heeds(hand rollout.Hand) Heed {
	switch hand.Kind {
	case rollout.OwnerHand, rollout.PartitionHand, rollout.ReplaceHand:
		return Refuse
	case rollout.ReplicasHand:
		if !hand.Off {
			return Refuse
		}
	}
	return Warn
}

// Next implements Intent.
func (i Canary) Next(s rollout.State) []string {
	if s.Settled() {
		return nil
	}
	return goesOn(s)
}

// goesOn takes the rollout that is under way further, and no other.
func goesOn(s rollout.State) []string {
	args := []string{"promote", s.Set.Name}
	if s.Live() != "" {
		args = append(args, "--revision="+s.Live())
	}
	return args
}
