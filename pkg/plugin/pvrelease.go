// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// ReleaseVolumes is what `pv release` asks for.
type ReleaseVolumes struct {
	Ordinals []int32  // nil: all
	Volumes  []string // nil: all
}

func pvReleaseVerb() pvVerb {
	var (
		w        ReleaseVolumes
		ordinals string
	)
	return pvVerb{
		use:   "release (NAME | -f FILE)",
		short: "Let Released volumes bind again to the same ordinals",
		long: `A volume whose claim was deleted is Released and never binds again by itself, not
even to a new claim of the same name. Release makes it bind to the same ordinal's
claim again: it sets the reclaim policy to Retain, and then takes out of its
claimRef what names the old claim, the uid and the version. The data stay. A volume
that is named and was no claim's of this set is refused; one that waits for its
claim, or has it, is left as it is.`,
		example: `  # after the claims were deleted, and before the set is applied again
  {{name}} pv release -f web.yaml

  # only one of two that were the same claim's
  {{name}} pv release web --volumes pv002`,
		flags: func(flags *pflag.FlagSet) {
			flags.StringSliceVar(&w.Volumes, "volumes", nil, "only these volumes (default all that were a claim's of this set)")
			addOrdinals(flags, &ordinals, "only for these (default all)")
		},
		work: func(*pflag.FlagSet) (VolumeWork, error) {
			parsed, err := parseOrdinals(ordinals)
			w.Ordinals = parsed
			return w, err
		},
	}
}

// Verb implements VolumeWork.
func (w ReleaseVolumes) Verb() string { return "patch" }

// Each implements VolumeWork.
func (w ReleaseVolumes) Each() bool { return len(w.Volumes) == 0 }

// Plan implements VolumeWork.
func (w ReleaseVolumes) Plan(_ context.Context, _ *cluster.Client, set volume.Set, stock volume.Stock) (volume.Plan, error) {
	ordinals := w.Ordinals
	if ordinals == nil {
		ordinals = set.Known(stock)
	}
	return volume.PlanRelease(set, stock, ordinals, w.Volumes)
}
