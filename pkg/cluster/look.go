// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Look reads a set once, and what is around it, in two round trips: the set and
// what needs no more than the namespace, then what its selector and uid find.
func (c *Client) Look(ctx context.Context, setName string, o Options) (rollout.State, error) {
	var (
		scene  scene
		around surroundings
	)
	tasks := append(around.tasks(c), func(ctx context.Context) (err error) {
		scene, err = c.scene(ctx, setName)
		return err
	})
	if err := together(ctx, tasks...); err != nil {
		return rollout.State{}, err
	}
	v := newView(scene.set, c.clock)
	governing := around.governing(c, scene.set.ServiceName)
	if err := together(ctx, governing, func(ctx context.Context) error { return c.fill(ctx, v, scene, o) }); err != nil {
		return rollout.State{}, err
	}
	glance := v.glance()
	glance.Set = o.soaked(glance.Set)
	glance.At, glance.FailurePolicy, glance.Endings = c.clock.Now(), o.FailurePolicy, o.Endings
	glance.Set.Hands = append(glance.Set.Hands, scalersOf(scene.set, around.scalers)...)
	glance.Around, glance.Claims = around.of(scene, glance.Pods), claimSights(around.claims)
	var err error
	glance.Pending, err = pending(ctx, rollout.Assemble(glance), func(ctx context.Context) (volume.Stock, error) {
		stock := volume.Stock{Claims: around.claims}
		err := c.supply(&stock)(ctx)
		return stock, err
	})
	if err != nil {
		return rollout.State{}, err
	}
	if glance, err = c.withEvents(ctx, glance, anyCause, c.podEvents); err != nil {
		return rollout.State{}, err
	}
	if glance.Makings, err = c.makings(ctx, glance); err != nil {
		return rollout.State{}, err
	}
	return c.scouted(ctx, glance)
}

// fill brings what belongs to the set into a view, once.
func (c *Client) fill(ctx context.Context, v *view, s scene, o Options) error {
	var tasks []task
	var helps helps
	for _, f := range c.feeds(v, s) {
		f.fill = func(change func() error) error { return change() }
		list := task(func(ctx context.Context) error { _, err := f.list(ctx); return err })
		switch f.need {
		case permitted:
			tasks = append(tasks, optional(list))
		case helpful:
			helps = append(helps, help{f.name, list})
		default:
			tasks = append(tasks, list)
		}
	}
	return helps.along(ctx, o, tasks...)
}

// scouted asks for the pod of the lowest ordinal that is missing without a
// reason, since the selector does not find one that has not the set's labels.
func (c *Client) scouted(ctx context.Context, glance rollout.Glance) (rollout.State, error) {
	s := rollout.Assemble(glance)
	missing := unexplained(s)
	if len(missing) == 0 {
		return s, nil
	}
	podName := missing[0].Name
	var why string
	err := optional(func(ctx context.Context) (err error) {
		why, err = c.squatter(ctx, s.Set, podName)
		return err
	})(ctx)
	if err != nil || why == "" {
		return s, err
	}
	glance.Strays = append(glance.Strays, rollout.Stray{PodName: podName, Why: why})
	return rollout.Assemble(glance), nil
}
