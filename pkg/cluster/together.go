// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// task is one of several requests that do not wait for each other.
type task func(context.Context) error

// together makes requests at the same time. The error is that of the first task
// in their order, so that it does not depend on which was the quickest.
func together(ctx context.Context, tasks ...task) error {
	var wait sync.WaitGroup
	errs := make([]error, len(tasks))
	for i, t := range tasks {
		wait.Go(func() { errs[i] = t(ctx) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// optional makes a task of one whose result nobody needs: what may not be read,
// or what the server does not have, is left out. Any other error is one: nothing
// is known by it of what is there.
func optional(t task) task {
	return func(ctx context.Context) error {
		err := t(ctx)
		if IsForbidden(err) || apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
}

// What may be read by a sighting, or be left out.
const (
	EventsRead = "events"
	ClaimsRead = "claims"
)

const (
	// helpWithin: so much longer than for what is needed is waited for what only helps.
	helpWithin = time.Second
	// healWithin: for so long what is needed is asked for again where the server fails.
	healWithin = 5 * time.Second
)

var errSlow = errors.New("they do not come in time")

// help is a task whose result is used where it comes.
type help struct {
	what string
	task task
}

type helps []help

// along makes these requests beside those that are needed, and gives them little
// more time.
func (h helps) along(ctx context.Context, o Options, needed ...task) error {
	helping, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	errs := make([]error, len(h))
	done := make(chan struct{})
	go func() {
		defer close(done)
		var wait sync.WaitGroup
		for i := range h {
			wait.Go(func() { errs[i] = h[i].task(helping) })
		}
		wait.Wait()
	}()
	err := together(ctx, needed...)
	if err == nil {
		finish(done, helpWithin)
	}
	stop(errSlow)
	<-done
	for i, failed := range errs {
		if failed != nil && context.Cause(helping) != nil && errors.Is(failed, context.Canceled) {
			failed = context.Cause(helping)
		}
		o.unread(h[i].what, failed)
	}
	return err
}

// finish waits until something is done, or for limit.
func finish(done <-chan struct{}, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// persist makes a request again, after a pause that grows, where its answer says
// nothing but that it did not get through.
func persist(ctx context.Context, now func() time.Time, t task) error {
	began, pause := now(), backoff()
	for {
		err := t(ctx)
		if err == nil || !transient(err) || ctx.Err() != nil || now().Sub(began) >= healWithin {
			return err
		}
		sleep(ctx, pause.Step())
	}
}
