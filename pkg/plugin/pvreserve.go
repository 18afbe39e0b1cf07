// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// ReserveVolumes is what `pv reserve` asks for.
type ReserveVolumes struct {
	Assignments []volume.Assignment
	Ordinals    []int32 // nil: from the set's first on
}

func pvReserveVerb() pvVerb {
	var (
		volumes  []string
		ordinals string
	)
	return pvVerb{
		use:   "reserve (NAME | -f FILE) --volumes PV,PV",
		short: "Give volumes that exist to ordinals, in the order in which they are named",
		long: `Give volumes that exist already to the ordinals of a set, ascending, in the order
in which they are named. More volumes than the set has ordinals are for those that
a scale-up brings. It is refused where the binder would not take exactly these.`,
		example: `  # myapp-0 gets pv002, myapp-1 pv003 ...
  {{name}} pv reserve -f myapp.yaml --volumes pv002,pv003,pv004

  # a set with two claim templates
  {{name}} pv reserve web --volumes data=d0,d1,d2 --volumes log=l0,l1,l2`,
		flags: func(flags *pflag.FlagSet) {
			flags.StringArrayVar(&volumes, "volumes", nil, "volumes, by ordinal; TEMPLATE=PV,PV where the set has several claim templates; may be repeated")
			addOrdinals(flags, &ordinals, "the ordinals that get them (default from the set's first on)")
		},
		work: func(*pflag.FlagSet) (VolumeWork, error) {
			assignments, err := parseAssignments(volumes)
			if err != nil {
				return nil, err
			}
			parsed, err := parseOrdinals(ordinals)
			return ReserveVolumes{Assignments: assignments, Ordinals: parsed}, err
		},
	}
}

func parseAssignments(texts []string) ([]volume.Assignment, error) {
	if len(texts) == 0 {
		return nil, usage("--volumes is required: which volumes, by ordinal")
	}
	var (
		assignments []volume.Assignment
		seen        []string
	)
	for _, text := range texts {
		templateName, list, named := strings.Cut(text, "=")
		if !named {
			templateName, list = "", text
		}
		volumes := strings.Split(list, ",")
		for _, volumeName := range volumes {
			if volumeName == "" {
				return nil, usage("--volumes %q has an empty name", text)
			}
			if slices.Contains(seen, volumeName) {
				return nil, usage("--volumes names %q twice: two ordinals would share it", volumeName)
			}
			seen = append(seen, volumeName)
		}
		assignments = append(assignments, volume.Assignment{Template: templateName, Volumes: volumes})
	}
	return assignments, nil
}

// Verb implements VolumeWork.
func (w ReserveVolumes) Verb() string { return "patch" }

// Each implements VolumeWork.
func (ReserveVolumes) Each() bool { return false }

// Plan implements VolumeWork.
func (w ReserveVolumes) Plan(_ context.Context, _ *cluster.Client, set volume.Set, stock volume.Stock) (volume.Plan, error) {
	return volume.PlanReserve(set, stock, w.Assignments, w.Ordinals)
}
