// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Run is the watched sighting of one set; it implements rollout.Cluster.
type Run struct {
	client        *Client
	failurePolicy rollout.FailurePolicy
	bell          bell // rung by whatever brings something
	paced         bell // the same, and no more often than it is worth to look
	lull          lull
	sight         *sight
	scout         *scout
	clerk         *clerk
	events        *eventReader

	mu      sync.Mutex
	view    *view
	history history
	told    Options
	held    *heldFeed // the feed of claims, where Open did without it; else nil

	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// Open brings a set into sight: it returns when all that a decision needs has
// been read, and the set's uid is pinned. It stays in sight until [Run.Close],
// or until ctx ends.
func (c *Client) Open(ctx context.Context, setName string, o Options) (*Run, error) {
	itself, scene, err := c.follow(ctx, setName)
	if err != nil {
		return nil, err
	}
	r := &Run{client: c, failurePolicy: o.FailurePolicy, bell: newBell(), paced: newBell(), view: newView(scene.set, c.clock), told: o}
	r.sight = &sight{clock: c.clock, bell: r.bell}
	r.scout, r.clerk, r.events = newScout(c, scene.set, r.bell), newClerk(c, r.bell), newEventReader(c, r.bell)
	ctx, r.cancel = context.WithCancel(ctx)
	itself.sink = &r.view.set
	feeds, claims := append(c.feeds(r.view, scene), itself), c.claimsFeed(r.view, o)
	if o.NeedsClaims || scene.set.MountsClaims() {
		feeds = append(feeds, claims)
	} else {
		r.held = r.hold(ctx, claims)
	}
	if err = r.begin(ctx, feeds); err == nil {
		err = r.seeMounted(ctx)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// follow finds a set by a list of one, from which its watch goes on: who began
// with a get would have to list all the same.
func (c *Client) follow(ctx context.Context, setName string) (*feed, scene, error) {
	itself := &feed{name: "the set", source: sourceOf(c.sets, "", "metadata.name="+setName)}
	objects, version, err := itself.source.all(ctx)
	if err != nil {
		return nil, scene{}, err
	}
	if len(objects) == 0 {
		return nil, scene{}, apierrors.NewNotFound(appsv1.Resource("statefulsets"), setName)
	}
	object, ok := objects[0].(*unstructured.Unstructured)
	if !ok {
		return nil, scene{}, fmt.Errorf("a statefulset came as %T", objects[0])
	}
	itself.listed = version
	s, err := c.sceneOf(object)
	return itself, s, err
}

// begin starts the feeds, and waits until each is there, or has failed for good,
// and a little for one that only helps.
func (r *Run) begin(ctx context.Context, feeds []*feed) error {
	firsts := make([]chan error, len(feeds))
	for i, f := range feeds {
		firsts[i] = make(chan error, 1)
		r.wait.Go(func() { r.follow(ctx, f, firsts[i]) })
	}
	r.wait.Go(func() { r.scout.run(ctx) })
	r.wait.Go(func() { r.lull.pass(ctx, r.client.clock.now, r.bell, r.paced) })
	for i, f := range feeds {
		if f.need == helpful {
			continue
		}
		// Every feed reports, since its requests end with ctx.
		if err := r.admit(f, <-firsts[i]); err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
	}
	r.await(ctx, feeds, firsts)
	r.recall(ctx)
	r.clerk.settle(ctx, r.sighting())
	r.events.settle(ctx, r.sighting())
	r.wait.Go(func() { r.clerk.run(ctx) })
	r.wait.Go(func() { r.events.run(ctx) })
	return context.Cause(ctx)
}

// follow runs a feed of the run's; first gets its first word.
func (r *Run) follow(ctx context.Context, f *feed, first chan<- error) {
	f.now, f.fill, f.report = r.client.clock.now, r.fill, r.reporter(ctx, f, first)
	f.run(ctx)
}

// admit tells of a feed that may not be read, and goes on without it.
func (r *Run) admit(f *feed, err error) error {
	if f.need == permitted && IsForbidden(err) {
		r.told.unread(f.name, err)
		return nil
	}
	return err
}

// await gives the feeds that only help a little time. What they bring later is
// used too.
func (r *Run) await(ctx context.Context, feeds []*feed, firsts []chan error) {
	late := time.NewTimer(helpWithin)
	defer late.Stop()
	for i, f := range feeds {
		if f.need != helpful {
			continue
		}
		select {
		case err := <-firsts[i]:
			r.told.unread(f.name, err)
		case <-late.C:
			r.told.unread(f.name, errSlow)
			return
		case <-ctx.Done():
			return
		}
	}
}

// reporter passes on what a feed reports: to Open that it is there, or why it
// will not be, and every word to the sight, unless the run goes on without it.
func (r *Run) reporter(ctx context.Context, f *feed, first chan<- error) func(error) {
	began := r.client.clock.now()
	return func(err error) {
		// First the sight: Open goes on with the word to first, and observes.
		if f.need != helpful && !f.given(err) {
			r.sight.note(f.name, err)
		}
		if f.need == helpful || ctx.Err() != nil || !transient(err) || r.client.clock.now().Sub(began) >= healWithin {
			select {
			case first <- err:
			default:
			}
		}
	}
}

// fill makes a change of the view, and rings.
func (r *Run) fill(change func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.bell.ring()
	return change()
}

// Close ends the watches and waits until they have ended.
func (r *Run) Close() {
	r.cancel()
	r.wait.Wait()
}

// Endings are how the last pods of ordinals ended, where that was seen.
func (r *Run) Endings() map[int32]rollout.Ending {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view.pods.ended()
}

// Changed implements rollout.Cluster.
func (r *Run) Changed() <-chan struct{} { return r.paced }

// Observe implements rollout.Cluster. It reads what the feeds have brought.
func (r *Run) Observe() rollout.State {
	begun := r.client.clock.now()
	s := r.sighting()
	r.lull.began(begun, len(s.Pods))
	r.scout.look(s)
	r.clerk.look(s)
	r.events.look(s)
	return s
}

func (r *Run) sighting() rollout.State {
	// First: a feed that comes back must not make what was read before it fresh.
	blind := r.sight.blind()
	glance := r.glance()
	glance.At, glance.FailurePolicy, glance.Blind = r.client.clock.Now(), r.failurePolicy, blind
	return rollout.Assemble(glance)
}

// glance is what the feeds have brought, and what the scout and the clerk have
// found that they do not show.
func (r *Run) glance() rollout.Glance {
	found, pending, said := r.scout.found(), r.clerk.found(), r.events.found()
	r.mu.Lock()
	defer r.mu.Unlock()
	glance := r.view.glance()
	glance.Set = r.told.soaked(glance.Set)
	glance.Pending, glance.PodEvents, glance.Makings = pending, said, r.history.of(glance.Set)
	for _, stray := range found {
		if _, shown := r.view.pods.byName[stray.PodName]; !shown {
			glance.Strays = append(glance.Strays, stray)
		}
	}
	return glance
}
