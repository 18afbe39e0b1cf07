// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// errEmpty is a fault of the caller: a change is one request.
var errEmpty = errors.New("the change is empty")

// Apply implements rollout.Cluster.
func (r *Run) Apply(ctx context.Context, s rollout.State, change rollout.Change) (rollout.Set, error) {
	return r.client.apply(ctx, s, change)
}

// apply makes the one request of a change. dryRun is for the server: nothing,
// or metav1.DryRunAll.
func (c *Client) apply(ctx context.Context, s rollout.State, change rollout.Change, dryRun ...string) (rollout.Set, error) {
	ctx, count := counting(ctx)
	set, err := c.request(ctx, s, change, dryRun)
	return set, count.doubt(err)
}

func (c *Client) request(ctx context.Context, s rollout.State, change rollout.Change, dryRun []string) (rollout.Set, error) {
	switch {
	case change.Set != nil:
		return c.patch(ctx, s.Set, *change.Set, dryRun)
	case change.Pod != nil:
		return s.Set, c.remove(ctx, s, *change.Pod, dryRun)
	case change.Claim != nil:
		return s.Set, c.changeClaim(ctx, s.Set, *change.Claim, dryRun)
	case change.Nudge != nil:
		return c.nudge(ctx, s.Set, *change.Nudge)
	case change.End != nil:
		return s.Set, c.end(ctx, s.Set.Name, *change.End, dryRun)
	default:
		return rollout.Set{}, errEmpty
	}
}

// patch returns the set as the patch left it.
func (c *Client) patch(ctx context.Context, set rollout.Set, p rollout.SetPatch, dryRun []string) (rollout.Set, error) {
	body, err := encode(set, p)
	if err != nil {
		return rollout.Set{}, err
	}
	return c.sendPatch(ctx, set, body, dryRun)
}

// errRewrites keeps a run from a nudge by which ordinals would be made anew.
var errRewrites = errors.New("a mutating admission webhook or policy would change the template with it")

// nudge makes the controller look at the set. Nobody has asked for it, so that it is not
// made where admission would have it move anything.
func (c *Client) nudge(ctx context.Context, set rollout.Set, n rollout.Nudge) (rollout.Set, error) {
	body, err := encodeNudge(set, n)
	if err != nil {
		return rollout.Set{}, err
	}
	apart, _ := counting(ctx) // a dry run is no sending of the nudge
	if admitted, err := c.sendPatch(apart, set, body, []string{metav1.DryRunAll}); err == nil && admitted.Generation != set.Generation {
		return rollout.Set{}, errRewrites
	}
	return c.sendPatch(ctx, set, body, nil)
}

func (c *Client) sendPatch(ctx context.Context, set rollout.Set, body []byte, dryRun []string) (rollout.Set, error) {
	object, err := c.sets.Patch(ctx, set.Name, types.JSONPatchType, body, patchOptions(dryRun...))
	if err != nil {
		return rollout.Set{}, c.answer(ctx, set, err)
	}
	return rollout.LookSet(object)
}

func patchOptions(dryRun ...string) metav1.PatchOptions {
	return metav1.PatchOptions{
		FieldManager: fieldManager, FieldValidation: metav1.FieldValidationStrict, DryRun: dryRun,
	}
}
