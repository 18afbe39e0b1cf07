// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"cmp"
	"context"
	"slices"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// heldFeed is a feed that begins when somebody asks for it.
type heldFeed struct {
	feed  *feed
	first chan error
	asked chan struct{}
}

// hold keeps a feed back until it is asked for.
func (r *Run) hold(ctx context.Context, f *feed) *heldFeed {
	h := &heldFeed{feed: f, first: make(chan error, 1), asked: make(chan struct{})}
	r.wait.Go(func() {
		select {
		case <-h.asked:
			r.follow(ctx, f, h.first)
		case <-ctx.Done():
		}
	})
	return h
}

// seeMounted brings claims into sight where pods mount any, as those of an earlier template.
func (r *Run) seeMounted(ctx context.Context) error {
	s := r.sighting()
	if !slices.ContainsFunc(slices.Concat(s.Pods, s.Surplus), func(pod rollout.Pod) bool { return len(pod.Claims) > 0 }) {
		return nil
	}
	return r.SeeClaims(ctx)
}

// SeeClaims brings the namespace's claims into sight, if they may be read, and returns when
// they are there. One run has one caller.
func (r *Run) SeeClaims(ctx context.Context) error {
	h := r.held
	if h == nil {
		return nil
	}
	r.held = nil
	close(h.asked)
	select {
	case err := <-h.first:
		return cmp.Or(context.Cause(ctx), r.admit(h.feed, err))
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
