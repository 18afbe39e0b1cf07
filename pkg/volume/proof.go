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
			wrong.add(Unfit, "%s cannot serve %s: %s", s.After.Name, s.Claim.Name, join(verdict.Why))
		case !choice.Certain(s.After.Name):
			unsure.add(then.rivals(s, choice), s.Claim.Name)
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
}

func (u *uncertainty) add(rivals, claimName string) {
	if u.claims == nil {
		u.claims = map[string][]string{}
	}
	if u.claims[rivals] == nil {
		u.texts = append(u.texts, rivals)
	}
	u.claims[rivals] = append(u.claims[rivals], claimName)
}

func (u *uncertainty) tell(wrong *faults) {
	for _, rivals := range u.texts {
		wrong.add(OtherWouldWin, "%s would not be sure to get the volume meant: %s", strings.Join(u.claims[rivals], ", "), rivals)
	}
}

// rivals says who would win over the volume of a step, and why.
func (s Stock) rivals(step Step, choice Choice) string {
	var texts []string
	for _, volumeName := range choice.Volumes {
		if volumeName == step.After.Name {
			continue
		}
		rival := s.volume(volumeName)
		if step.Claim.owns(rival) {
			texts = append(texts, fmt.Sprintf("%s is reserved for it too", volumeName))
			continue
		}
		texts = append(texts, fmt.Sprintf("%s is free and has fewer access modes (%s, not %s), and those are searched first",
			volumeName, ModesOf(rival.Spec.AccessModes), ModesOf(step.After.Spec.AccessModes)))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
