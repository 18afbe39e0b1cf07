// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// VolumeStatusRequest is a command line of `pv status`, checked.
type VolumeStatusRequest struct {
	Subject Subject
	Output  string
	Color   string
}

func pvStatusCommand(i Invocation, take taker) *cobra.Command {
	var r VolumeStatusRequest
	subject := &subjectFlags{sourceFlags{in: i.Streams.In}}
	c := &cobra.Command{
		Use:   "status (NAME | [NAME] -f FILE)",
		Short: "Show each claim's volume, and where it does not bind, each candidate and why not",
		Long: `A row a claim: those of the set's ordinals, and those beyond that are kept. For a
claim that is not bound, what the binder would take, or each candidate and why it
does not serve. The exit code is 3 where an ordinal would stop.`,
		Example: strings.ReplaceAll(`  {{name}} pv status web

  # before it is applied
  {{name}} pv status -f web.yaml`, "{{name}}", i.Name),
		Args: cobra.ArbitraryArgs,
	}
	subject.add(c.Flags())
	c.Flags().StringVarP(&r.Output, "output", "o", "", "wide, json, yaml, kyaml, name, jsonpath=..., go-template=...")
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

func (r VolumeStatusRequest) run(ctx context.Context, s session) error {
	if err := s.voice.paint(r.Color); err != nil {
		return err
	}
	all, err := s.findAll(ctx, r.Subject)
	if err != nil {
		return err
	}
	failed := false
	for i, found := range all {
		set, standings, err := s.standings(ctx, found)
		if err != nil {
			return err
		}
		stops, err := inspectStops(ctx, s, found)
		if err != nil {
			return err
		}
		shared, err := inspectShared(ctx, s, found)
		if err != nil {
			return err
		}
		status := render.VolumeStanding{Set: set, Standings: standings, Findings: slices.Concat(volume.Findings(set, standings), stops, shared)}
		s.complete(status.Findings, rollout.Set{Namespace: set.Namespace, Name: set.Name}, r.Subject)
		if err := s.separate(i, r.Output); err != nil {
			return err
		}
		if err := r.show(s, status); err != nil {
			return err
		}
		failed = failed || rollout.HasErrors(status.Findings)
	}
	if failed {
		return codeError(ExitFailed)
	}
	return nil
}

// standings are where all claims of a set stand, with what events say of them.
func (s session) standings(ctx context.Context, f found) (volume.Set, []volume.Standing, error) {
	if _, err := s.permitted(ctx, f.client, looksAtVolumes()); err != nil {
		return volume.Set{}, nil, err
	}
	return s.stand(ctx, f)
}

// stand is standings for who is known to be allowed to ask.
func (s session) stand(ctx context.Context, f found) (volume.Set, []volume.Standing, error) {
	store, err := f.client.OpenStore(ctx)
	if err != nil {
		return volume.Set{}, nil, err
	}
	set, stock := volume.SetOf(f.set), store.Stock().Offer(f.volumes, f.classes)
	standings := stock.Standings(set, set.Known(stock))
	said, err := f.client.ClaimEvents(ctx)
	if err != nil {
		return volume.Set{}, nil, err
	}
	for i, standing := range standings {
		if standing.IsUnsettled() {
			standings[i].Said = said[standing.Claim.Name]
		}
	}
	return set, standings, nil
}

func (r VolumeStatusRequest) show(s session, status render.VolumeStanding) error {
	switch r.Output {
	case "", "wide":
		style, err := render.StyleOf(s.Streams.Out, r.Color)
		if err != nil {
			return usage("%v", err)
		}
		columns := render.Narrow
		if r.Output == "wide" {
			columns = render.Wide
		}
		return render.VolumeStatus(s.Streams.Out, style, status, columns)
	case "name":
		for _, standing := range status.Standings {
			if _, err := fmt.Fprintln(s.Streams.Out, "persistentvolumeclaim/"+standing.Claim.Name); err != nil {
				return err
			}
		}
		return nil
	default:
		return s.print(r.Output, rollout.Set{}, render.VolumeStatusDocument(status))
	}
}
