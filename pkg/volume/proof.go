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
	then := stock.with(after...)
	var wrong faults
	for _, s := range p.Steps {
		if s.Action == Skip || s.Claim.Bound() {
			continue
		}
		verdict := then.Judge(s.Claim, s.After)
		choice := then.Choose(s.Claim)
		switch {
		case !verdict.Serves():
			wrong.add(Unfit, "%s cannot serve %s: %s", s.After.Name, s.Claim.Name, join(verdict.Why))
		case !choice.Certain(s.After.Name):
			wrong.add(OtherWouldWin, "%s", then.rivals(s, choice))
		}
	}
	return wrong.refusal()
}

// rivals says who would win over the volume of a step, and why.
func (s Stock) rivals(step Step, choice Choice) string {
	var texts []string
	for _, volumeName := range choice.Volumes {
		if volumeName == step.After.Name {
			continue
		}
		rival := s.volume(volumeName)
		if step.Claim.owns(*rival) {
			texts = append(texts, fmt.Sprintf("%s is reserved for it too", volumeName))
			continue
		}
		texts = append(texts, fmt.Sprintf("%s is free and has fewer access modes (%s, not %s), and those are searched first",
			volumeName, ModesOf(rival.Spec.AccessModes), ModesOf(step.After.Spec.AccessModes)))
	}
	slices.Sort(texts)
	return fmt.Sprintf("%s would not be sure to get %s: %s", step.Claim.Name, step.After.Name, strings.Join(texts, ", "))
}
