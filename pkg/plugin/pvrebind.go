// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// RebindVolume is what `pv rebind` asks for.
type RebindVolume struct {
	Volume   string
	Ordinal  int32
	Template string // "" for the set's only one
}

func pvRebindVerb() pvVerb {
	w := RebindVolume{}
	return pvVerb{
		use:   "rebind (NAME | -f FILE) --volume PV --ordinal N",
		short: "Give a volume that is not in use to another ordinal",
		long: `Give a volume to another ordinal, with its data: one that is reserved, or one that
is Released. It is refused while a claim is bound to it, and where the ordinal's
claim is bound to another volume. The reclaim policy becomes Retain first.`,
		example: `  # what was myapp-0's becomes myapp-2's
  {{name}} pv rebind myapp --volume pv002 --ordinal 2`,
		flags: func(flags *pflag.FlagSet) {
			flags.StringVar(&w.Volume, "volume", "", "the volume")
			flags.Int32Var(&w.Ordinal, "ordinal", -1, "the ordinal that gets it")
			flags.StringVar(&w.Template, "claim-template", "", "which claim of the ordinal, where the set has several claim templates")
		},
		work: func(*pflag.FlagSet) (VolumeWork, error) {
			switch {
			case w.Volume == "":
				return nil, usage("--volume is required")
			case w.Ordinal < 0:
				return nil, usage("--ordinal N is required, and N must not be negative")
			}
			return w, nil
		},
	}
}

// Verb implements VolumeWork.
func (w RebindVolume) Verb() string { return "patch" }

// Each implements VolumeWork.
func (RebindVolume) Each() bool { return false }

// Plan implements VolumeWork.
func (w RebindVolume) Plan(_ context.Context, _ *cluster.Client, set volume.Set, stock volume.Stock) (volume.Plan, error) {
	if w.Template == "" && len(set.Templates) > 1 {
		return volume.Plan{}, usage("%s has the claim templates %s: say which by --claim-template", set, templateNames(set))
	}
	return volume.PlanRebind(set, stock, w.Template, w.Volume, w.Ordinal)
}

// templateNames are those of a set's claim templates.
func templateNames(set volume.Set) string {
	var names []string
	for _, t := range set.Templates {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}
