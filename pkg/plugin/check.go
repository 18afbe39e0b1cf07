// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// CheckRequest is a command line of `check`, checked.
type CheckRequest struct {
	Subject Subject
	Output  string
	Color   string
}

// inspection looks at one side of a set and says what it found. What may not be
// read is a finding, see unseen, and not a reason to stop.
type inspection struct {
	look func(context.Context, session, found) ([]rollout.Finding, error)
	of   string // what it looks at, for people
	file string // of a file, where that is something else; nothing for none
}

const (
	alike   = ""
	nothing = "-"
)

// inspections is the table of what check looks at, in the order in which it
// tells: a new one is a function and a line.
func inspections() []inspection {
	return []inspection{
		{inspectServer, "what the server says of its pods", "what the server and an apply say of it"},
		{inspectName, "its name", alike},
		{inspectVolumes, "its claims and their volumes", alike},
		{inspectStops, nothing, alike},
		{inspectShared, "who else has its claims", alike},
		{inspectRetention, "its retention policy", alike},
		{inspectService, "its governing Service", alike},
		{inspectReferences, "what its template names", alike},
		{inspectNodes, "the nodes for its pods", alike},
		{inspectBeside, nothing, "room for its pods beside those that are there"},
		{inspectDoubled, "keys that are there twice", alike},
		{inspectOnDelete, nothing, nothing},
		{inspectFailed, nothing, nothing},
		{inspectUnderWay, "what is under way", nothing},
		{inspectPartition, "a partition that was left", nothing},
		{inspectProbe, "its readiness probes", alike},
		{inspectResized, "pods that were resized in place", nothing},
	}
}

// looked is what the inspections look at of a set.
func (f found) looked() []string {
	var all []string
	for _, i := range inspections() {
		what := i.of
		if !f.live() && i.file != alike {
			what = i.file
		}
		if what != nothing {
			all = append(all, what)
		}
	}
	return all
}

func checkCommand(i Invocation, take taker) *cobra.Command {
	var r CheckRequest
	subject := &subjectFlags{sourceFlags{in: i.Streams.In}}
	c := &cobra.Command{
		Use:   "check (NAME | [NAME] -f FILE)",
		Short: "Say what would stop the next rollout or an apply",
		Long: `Say what would stop the next rollout of a set, or an apply of a manifest, and what
would go otherwise than was meant. Each finding has a stable id and a severity:
error, warning or note. The exit code is 3 where there is an error. Of a set that is
there it tells what is under way, and how that goes on. Of a manifest the server is
asked too, by dry runs: whether it would take each object, and a pod of the template;
and an apply, whether it would be refused as things are now. A manifest may have
several sets; each is checked, or the one of NAME.`,
		Example: strings.ReplaceAll(`  {{name}} check web

  # before it is applied, with volumes that are not there yet either
  {{name}} check -f pv.yaml -f web.yaml`, "{{name}}", i.Name),
		Args: cobra.ArbitraryArgs,
	}
	subject.add(c.Flags())
	c.Flags().StringVarP(&r.Output, "output", "o", "", "json, yaml, kyaml, name, jsonpath=..., go-template=...")
	addColorFlag(c.Flags(), &r.Color)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if err := checkTelling(r.Output, "auto", r.Color); err != nil {
			return err
		}
		if r.Subject, err = subject.subject(args); err != nil {
			return err
		}
		return take(c.Context(), r)
	}
	return c
}

func (r CheckRequest) run(ctx context.Context, s session) error {
	if err := s.voice.paint(r.Color); err != nil {
		return err
	}
	all, err := s.findAll(ctx, r.Subject)
	if err != nil {
		return err
	}
	failed := false
	for i, found := range all {
		findings, err := s.inspect(ctx, found)
		if err != nil {
			return err
		}
		if err := s.separate(i, r.Output); err != nil {
			return err
		}
		if err := r.show(s, found, findings); err != nil {
			return err
		}
		failed = failed || rollout.HasErrors(findings)
	}
	if failed {
		return codeError(ExitFailed)
	}
	return nil
}

func (s session) inspect(ctx context.Context, f found) ([]rollout.Finding, error) {
	var findings []rollout.Finding
	for _, inspect := range inspections() {
		more, err := inspect.look(ctx, s, f)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	return findings, nil
}

func (r CheckRequest) show(s session, f found, findings []rollout.Finding) error {
	set := rollout.Set{Namespace: f.client.Namespace(), Name: f.set.Name}
	slices.SortStableFunc(findings, func(a, b rollout.Finding) int { return gravity(a) - gravity(b) })
	s.complete(findings, set, r.Subject)
	if r.Output != "" {
		return s.print(r.Output, set, render.CheckDocument(set, f.looked(), findings))
	}
	style, err := render.StyleOf(s.Streams.Out, r.Color)
	if err != nil {
		return usage("%v", err)
	}
	return render.Check(s.Streams.Out, style, set, f.looked(), findings)
}

// gravity puts the worst first.
func gravity(f rollout.Finding) int {
	return slices.Index([]rollout.Severity{rollout.FindingError, rollout.FindingWarning, rollout.FindingNote}, f.Severity)
}

// complete makes command lines of the remedies.
func (s session) complete(findings []rollout.Finding, set rollout.Set, subject Subject) {
	for i, finding := range findings {
		findings[i].Remedy = s.remedy(finding.Remedy, set, subject)
	}
}

// remedy makes a command line of one that a finding names without the program; what is
// about the volumes of a manifest names its file, and a rollout the set.
func (s session) remedy(text string, set rollout.Set, subject Subject) string {
	if text == "" || strings.HasPrefix(text, "kubectl ") || strings.HasPrefix(text, s.Name+" ") {
		return text
	}
	words := strings.Fields(text)
	if place := slices.Index(words, set.Name); place >= 0 && subject.Manifest != "" && words[0] == "pv" {
		words[place] = subject.Words
	}
	return s.command(set.Namespace, words)
}

// inspectName finds a name with which the server would refuse the pods.
func inspectName(_ context.Context, _ session, f found) ([]rollout.Finding, error) {
	wrong := rollout.NameTooLong(f.set.Name)
	if wrong == "" {
		return nil, nil
	}
	return []rollout.Finding{{
		ID: volume.FoundLongName, Severity: rollout.FindingError, Object: volume.SetOf(f.set).String(), Message: wrong,
	}}, nil
}

// inspectVolumes finds what the claims of a set would not bind to.
func inspectVolumes(ctx context.Context, s session, f found) ([]rollout.Finding, error) {
	if len(f.set.Spec.VolumeClaimTemplates) == 0 {
		return nil, nil
	}
	missing, err := f.client.Missing(ctx, looksAtVolumes())
	if err != nil {
		return nil, err
	}
	if needed, _ := divide(missing); len(needed) > 0 {
		return []rollout.Finding{unseen("the volumes of its claims", forbidden(f.client.Namespace(), needed))}, nil
	}
	set, standings, err := s.stand(ctx, f)
	if err != nil {
		return nil, err
	}
	return f.kept(ctx, volume.Findings(set, standings))
}

// foundUnseen is the id of what could not be looked at.
const foundUnseen = "not-checked"

// unseen is the finding of an inspection that may not look.
func unseen(what string, why error) rollout.Finding {
	return rollout.Finding{ID: foundUnseen, Severity: rollout.FindingWarning, Object: what, Message: why.Error()}
}
