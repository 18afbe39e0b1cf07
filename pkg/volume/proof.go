// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// prove asks the stock as a plan would leave it what the binder would choose,
// and refuses a plan whose volume is not the one.
func (p Plan) prove(stock Stock) error {
	var after []corev1.PersistentVolume
	for _, s := range p.Steps {
		if s.Action != Skip {
			after = append(after, s.After)
		}
	}
	then := stock.With(after...).catalogue()
	var wrong faults
	var unsure uncertainty
	for _, s := range p.Steps {
		if s.Action == Skip {
			continue
		}
		if s.Claim.Bound() {
			s.keepsUID(&wrong)
			continue
		}
		verdict := then.Judge(s.Claim, s.After)
		choice := then.choose(s.Claim, nil)
		switch {
		case !verdict.Serves():
			wrong.add(Unfit, s.unfitWay(), "%s cannot serve %s: %s", s.After.Name, s.Claim.Name, join(verdict.Why))
		case !choice.Certain(s.After.Name):
			rivals, way := then.rivals(s, choice)
			unsure.add(rivals, way, s.Claim.Name)
		}
	}
	unsure.tell(&wrong)
	return wrong.refusal()
}

// uncertainty gathers claims by who else could serve them: one free volume is
// in the way of a whole set.
type uncertainty struct {
	texts  []string
	claims map[string][]string
	ways   map[string]string
}

func (u *uncertainty) add(rivals, way, claimName string) {
	if u.claims == nil {
		u.claims, u.ways = map[string][]string{}, map[string]string{}
	}
	if u.claims[rivals] == nil {
		u.texts = append(u.texts, rivals)
		u.ways[rivals] = way
	}
	u.claims[rivals] = append(u.claims[rivals], claimName)
}

func (u *uncertainty) tell(wrong *faults) {
	for _, rivals := range u.texts {
		wrong.add(OtherWouldWin, u.ways[rivals], "%s would not be sure to get the volume meant: %s", strings.Join(u.claims[rivals], ", "), rivals)
	}
}

// unfitWay is what to do about a volume that does not serve the claim of a step.
func (s Step) unfitWay() string {
	switch s.Action {
	case Create:
		return "make it as the claim asks, by the flags or the file of --template"
	case Release:
		return "leave it out: name the others in --volumes"
	default:
		return "name another volume: `pv status` has each that would serve, and `pv create` makes one"
	}
}

// rivals says who would win over the volume of a step and why, and what to do about it.
func (s Stock) rivals(step Step, choice Choice) (rivals, way string) {
	var texts, free, kept []string
	for _, volumeName := range choice.Volumes {
		if volumeName == step.After.Name {
			continue
		}
		rival := s.volume(volumeName)
		if step.Claim.owns(rival) {
			texts = append(texts, fmt.Sprintf("%s is reserved for it too", volumeName))
			kept = append(kept, volumeName)
			continue
		}
		free = append(free, volumeName)
		texts = append(texts, fmt.Sprintf("%s is free and has fewer access modes (%s, not %s), and those are searched first",
			volumeName, ModesOf(rival.Spec.AccessModes), ModesOf(step.After.Spec.AccessModes)))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", "), step.rivalsWay(free, kept)
}

// rivalsWay is how a claim gets the volume of a step all the same: rivals that are free go
// to a claim first, and those that are reserved for it, or would be, to another ordinal.
func (s Step) rivalsWay(free, kept []string) string {
	var ways []string
	if len(free) > 0 {
		ways = append(ways, fmt.Sprintf("`pv reserve` gives %s to a claim first, to this one or another", strings.Join(free, ", ")))
	}
	if len(kept) > 0 {
		ways = append(ways, fmt.Sprintf("`pv rebind` gives %s to another ordinal", strings.Join(kept, ", ")))
	}
	if s.Action == Release {
		ways = append(ways, fmt.Sprintf("--volumes with the others leaves %s out", s.After.Name))
	}
	return strings.Join(ways, ", or ")
}
