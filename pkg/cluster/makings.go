// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// makings is how often pods were made since they are asked for as they are, where that
// may be too often, and where events may be read.
func (c *Client) makings(ctx context.Context, glance rollout.Glance) (made map[string]rollout.Making, err error) {
	s := rollout.Assemble(glance)
	if !s.Remade(glance.Creations) {
		return nil, nil
	}
	err = optional(func(ctx context.Context) error {
		events, err := c.listEvents(ctx, ofPods)
		made = s.Makings(events)
		return err
	})(ctx)
	return made, err
}

// history is what a run is told of the time before it: what ended before its watch began
// that does not bring. It is of one template, and says nothing of the next.
type history struct {
	template string
	made     map[string]rollout.Making
}

// of a set: none, once its template is another one.
func (h history) of(set rollout.Set) map[string]rollout.Making {
	if set.Template != h.template {
		return nil
	}
	return h.made
}

// recall reads it, once. It helps, so that it is not waited for long.
func (r *Run) recall(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, helpWithin, errSlow)
	defer cancel()
	glance := r.glance()
	glance.At, glance.FailurePolicy = r.client.clock.Now(), r.failurePolicy
	made, err := r.client.makings(ctx, glance)
	if err != nil {
		r.told.unread(EventsRead, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = history{template: glance.Set.Template, made: made}
}
