// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// through drives to the goal, and gives back what others apply. That is also where a
// run ended before it did, whose command has nothing else to do now.
func (a *action) through(ctx context.Context) error {
	if err := a.drive(ctx, 0); err != nil {
		return err
	}
	switch a.request.Intent.(type) {
	case Promote, Abort, Scale:
		a.giveBack(ctx)
	}
	return nil
}

// giveBack is no part of the goal: where it is not taken, the run has succeeded all the
// same, and the next one tries again.
func (a *action) giveBack(ctx context.Context) {
	to, err := a.client.GiveBack(ctx, a.outcome.Last)
	if err != nil {
		a.voice.note("%s: the fields that others apply stay this program's for now (%v): their next apply of another value conflicts; the same command again gives them back", a.outcome.Last.Set, err)
		return
	}
	if len(to) > 0 {
		a.voice.note("%s is over: the fields that %s applies are its own again", a.request.Verb, rollout.Enumerate(to))
	}
}
