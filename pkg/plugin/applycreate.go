// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// create makes a set that is not there, and watches its ordinals come.
func (a *applyRun) create(ctx context.Context) error {
	if err := a.canaryless(); err != nil {
		return err
	}
	if err := a.arrive(ctx); err != nil {
		return err
	}
	if err := a.tellFirstSoak(); err != nil {
		return err
	}
	if a.request.Run.DryRun != DryRunNone {
		a.planned, a.proposed = a.untouched()+a.listed(append(slices.Clone(a.prospects), a.set))+a.foresight(), &rollout.Plan{}
		return nil
	}
	if err := a.writeBeside(ctx); err != nil {
		return err
	}
	made, err := a.write(ctx, a.set, a.unmade)
	if err != nil || !a.request.Run.Wait {
		return err
	}
	if err := a.watch(ctx); err != nil {
		return err
	}
	return a.come(ctx, made)
}

// come watches the ordinals of a set that was made come, as long as it is as the server
// answered: what is live by the first look may be somebody else's.
func (a *applyRun) come(ctx context.Context, made cluster.Prospect) error {
	left, err := rollout.LookSet(made.After)
	if err != nil {
		return err
	}
	if err := a.outcome.First.Since(left); err != nil {
		return err
	}
	goal, err := a.intent.whole(left, a.opening())
	if err != nil {
		return err
	}
	goal.Wrote, goal.Rest = true, false
	a.goal = goal
	return a.drive(ctx, 0)
}

// tellFirstSoak says why the ordinals of a set that is to be made will soak.
func (a *applyRun) tellFirstSoak() error {
	made, err := rollout.LookSet(a.set.After)
	if err != nil || made.Replicas == 0 {
		return err
	}
	if err := made.Followed(); err != nil {
		return err
	}
	if _, err = a.soak(made.Live, made.MinReadySeconds); a.soaks != "" {
		a.voice.note("%s", a.soaks)
	}
	return err
}

// arrive refuses a set that would share what is there already, or move it, and
// tells what it finds: pods that it adopts, claims and volumes.
func (a *applyRun) arrive(ctx context.Context) error {
	arrival, stock, err := a.client.Arrival(ctx, a.set.After)
	if err != nil {
		return err
	}
	a.tellUnchecked(arrival)
	if err := arrival.Allowed(); err != nil {
		return err
	}
	a.tellMounts(arrival)
	if adopts := arrival.Adopts(); len(adopts) > 0 {
		a.voice.note("%s adopts pods that belong to nobody: %s", arrival.Set, rollout.Enumerate(adopts))
	}
	if len(arrival.Set.ClaimTemplates) > 0 && arrival.Set.Replicas > 0 {
		a.foretellNew(arrival, stock)
	}
	return nil
}

// foretellNew is what a scale of the set would tell that came up from none.
func (a *applyRun) foretellNew(arrival rollout.Arrival, stock volume.Stock) {
	none := arrival.Set
	none.Replicas = 0
	a.foreseen = &render.Foresight{At: arrival.At, Outlook: a.outlookIn(stock, none, arrival.Set.Replicas)}
	a.tellForesight()
}

// expect keeps what becomes of an object beside the set.
func (a *applyRun) expect(p cluster.Prospect) error {
	a.prospects = append(a.prospects, p)
	a.tellReplaced(p)
	return a.bring(p)
}

// bring counts a volume and a class among what serves claims.
func (a *applyRun) bring(p cluster.Prospect) error {
	switch p.Object.Kind {
	case manifest.Volume:
		return counted(&a.brings, p)
	case manifest.StorageClass:
		return counted(&a.classes, p)
	default:
		return nil
	}
}

func counted[T any](all *[]T, p cluster.Prospect) error {
	var one T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.After.Object, &one); err != nil {
		return fmt.Errorf("%s: %w", p.Object, err)
	}
	*all = append(*all, one)
	return nil
}
