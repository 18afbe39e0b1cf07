// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// Several StatefulSets in one file: one after the other, in its order, each begun
// when the one before it stands.

// notBegun is the action of a set that was not come to.
const notBegun = "not begun"

// run applies the sets, up to the first that fails.
func (r ApplyRequest) run(ctx context.Context, s session) error {
	ctx, cancel := withTimeout(ctx, r.Run.Timeout) // of all of them
	defer cancel()
	made := 0
	all := append([]Request{r.Request}, r.Later...)
	for i, request := range all {
		if err := s.separate(i, r.Run.Output); err != nil {
			return err
		}
		err := s.begun(ctx, request, func(ctx context.Context, base action) error {
			base.several = len(all) > 1
			a := &applyRun{action: base, first: i == 0, earlier: made, later: all[i+1:]}
			defer a.close()
			err := caused(ctx, a.perform(ctx))
			made += a.writes()
			return a.conclude(ctx, a.stopped(a.admit(err)))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stopped keeps which sets are not come to after an error.
func (a *applyRun) stopped(err error) error {
	if err == nil {
		return nil
	}
	for _, request := range a.later {
		a.leave(request)
	}
	return err
}

// leave keeps that a set was not begun.
func (a *applyRun) leave(request Request) {
	setName := fmt.Sprintf("statefulset.apps/%s", request.SetName)
	a.unbegun = append(a.unbegun, setName)
	a.objects = append(a.objects, render.Applied{Name: setName, Action: notBegun})
}

// lookAhead has the server check what comes after the first set, too, before
// anything is written.
func (a *applyRun) lookAhead(ctx context.Context) error {
	if a.several {
		if err := a.canaryless(); err != nil {
			return err
		}
	}
	for _, request := range a.later {
		ahead := &applyRun{action: action{session: a.session, request: request, several: true}}
		if err := ahead.foreseeAll(ctx); err != nil {
			a.leave(a.request) // what is refused is another one
			return err
		}
	}
	if a.stream != nil {
		a.stream.In(a.client.Namespace()) // a look into another one has taken it there
	}
	return nil
}

// foreseeAll has the server check all that comes with one set.
func (a *applyRun) foreseeAll(ctx context.Context) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	for _, o := range a.intent.Bundle.Beside() {
		if _, err := a.client.Foresee(ctx, o, a.intent.Taking); err != nil {
			return err
		}
	}
	if err := a.foreseeSet(ctx); err != nil {
		return err
	}
	return a.canaryless()
}

// foreseeEarlier is for a dry run, in which the volumes that came with the sets
// before this one are not there.
func (a *applyRun) foreseeEarlier(ctx context.Context) error {
	if a.request.Run.DryRun == DryRunNone {
		return nil
	}
	for _, o := range a.intent.Bundle.Earlier {
		if o.Kind != manifest.Volume {
			continue
		}
		p, err := a.client.Foresee(ctx, o, a.intent.Taking)
		if err != nil {
			return err
		}
		if err := a.bring(p); err != nil {
			return err
		}
	}
	return nil
}
