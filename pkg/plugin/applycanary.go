// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// canaryless refuses --canary of a set that can have none: one that is not there, or that
// has too few ordinals for it and gets another template, or has a canary of this one. Of
// several sets it is asked before the first write.
func (a *applyRun) canaryless() error {
	switch {
	case a.intent.Canary == "":
		return nil
	case a.set.Made():
		return a.ofItsOwn(&rollout.Refusal{
			Reason:  rollout.StableGone,
			Message: fmt.Sprintf("%s is not there yet, so there is no stable template under a canary; apply it without --canary", a.intent.Bundle.Set),
		})
	}
	now, _, err := a.sides(a.set)
	switch {
	case err != nil:
		return err
	case !a.templateDiffers() && now.Current == now.Update: // all of it has the template already
		return nil
	}
	count, err := parseAmount("canary", a.intent.Canary)
	if err != nil {
		return err
	}
	return a.ofItsOwn(rollout.Canary{Count: count, Applies: true}.Fits(rollout.State{Set: now}))
}

// ofItsOwn says of one set among several that it cannot be applied with them.
func (a *applyRun) ofItsOwn(err error) error {
	var refusal *rollout.Refusal
	if a.several && errors.As(err, &refusal) {
		refusal.Message += ", in a file of its own"
	}
	return err
}
