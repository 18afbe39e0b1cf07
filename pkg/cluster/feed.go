// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	// longestStream: the server ends a stream after this, so that one which it
	// has forgotten to feed does not stay so for ever.
	longestStream = 8 * time.Minute
	// resumeWithin: a stream that goes on later than this after the last one
	// ended has a backlog, and the run would take old pods for the present
	// until that is read. A list first leaves no such time.
	resumeWithin = time.Second
	// The pause between two attempts grows from the first to the second.
	shortestPause = 100 * time.Millisecond
	longestPause  = 5 * time.Second
)

// How a stream ends without the server giving a reason.
var (
	errEnded = errors.New("the stream ended")
	errCut   = errors.New("the connection was cut")
	errLate  = errors.New("the stream could not be resumed at once")
)

// sink takes in what a feed brings. Calls never overlap.
type sink interface {
	// replace makes objects all that there is.
	replace(objects []runtime.Object) error
	// put takes an object that is new or has changed.
	put(object runtime.Object) error
	// drop takes the last state of an object that is gone.
	drop(object runtime.Object) error
}

// feed fills a sink from a source for as long as it runs: a list, then streams
// of what changes, each from where the last one ended. What it cannot resume it
// begins anew with a list.
type feed struct {
	name   string
	source source
	sink   sink
	now    func() time.Time
	read   bool // the sink has been the present once

	// listed is the version of a list that the sink has been filled from already;
	// "" for none.
	listed string
	need   need
	// fill makes a change of the sink when nobody reads it.
	fill func(change func() error) error
	// report is told nil when what the sink holds is the present, and an error
	// from when on it may not be.
	report func(error)
}

// need says what a run does without a feed.
type need int

const (
	required  need = iota // nothing is done without it
	permitted             // it may be forbidden, and is then given up; else it is required
	helpful               // the same, and it is waited for by nobody
)

func backoff() wait.Backoff {
	return wait.Backoff{Duration: shortestPause, Factor: 2, Jitter: 0.2, Steps: 10, Cap: longestPause}
}

// given says that a feed is given up: it may not be read, and never could be. One
// that is forbidden later may come back, as from an authorizer that is down itself.
func (f *feed) given(err error) bool { return f.need != required && !f.read && IsForbidden(err) }

// tell passes on what the sink is from now on.
func (f *feed) tell(err error) {
	f.read = f.read || err == nil
	f.report(err)
}

// run ends with ctx, or with a feed that is given up.
func (f *feed) run(ctx context.Context) {
	next := backoff()
	for {
		began := f.now()
		err := f.follow(ctx)
		f.tell(err)
		if ctx.Err() != nil || f.given(err) {
			return
		}
		if f.now().Sub(began) > longestPause {
			next = backoff()
		}
		sleep(ctx, next.Step())
	}
}

// follow lists and streams, until that ends.
func (f *feed) follow(ctx context.Context) error {
	version, err := f.list(ctx)
	if err != nil {
		return err
	}
	stream, err := f.source.open(ctx, version)
	for err == nil {
		f.tell(nil)
		version, err = f.take(stream, version)
		if err != nil {
			return err
		}
		f.tell(errEnded)
		stream, err = f.resume(ctx, version)
	}
	return err
}

func (f *feed) list(ctx context.Context) (version string, err error) {
	if version, f.listed = f.listed, ""; version != "" {
		return version, nil
	}
	objects, version, err := f.source.all(ctx)
	if err != nil {
		return "", err
	}
	return version, f.fill(func() error { return f.sink.replace(objects) })
}

// resume opens the stream that goes on where the last one, which has just
// ended, ended.
func (f *feed) resume(ctx context.Context, version string) (watch.Interface, error) {
	ended := f.now()
	stream, err := f.source.open(ctx, version)
	if err == nil && f.now().Sub(ended) > resumeWithin {
		drain(stream)
		return nil, errLate
	}
	return stream, err
}

// take takes in a stream until it ends, and returns how far that was. One that
// brings nothing, not even a bookmark, would be opened again and again.
func (f *feed) take(stream watch.Interface, version string) (string, error) {
	defer drain(stream)
	began, from := f.now(), version
	for event := range stream.ResultChan() {
		if event.Type == watch.Error {
			return version, apierrors.FromObject(event.Object)
		}
		if err := f.fill(func() error { return f.change(event) }); err != nil {
			return version, err
		}
		object, err := meta.Accessor(event.Object)
		if err != nil {
			return version, err
		}
		version = object.GetResourceVersion()
	}
	if version == from && f.now().Sub(began) < resumeWithin {
		return version, errCut
	}
	return version, nil
}

func (f *feed) change(event watch.Event) error {
	switch event.Type {
	case watch.Added, watch.Modified:
		return f.sink.put(event.Object)
	case watch.Deleted:
		return f.sink.drop(event.Object)
	default: // a bookmark
		return nil
	}
}

// drain ends a stream and waits for the goroutine that reads it.
func drain(stream watch.Interface) {
	stream.Stop()
	for range stream.ResultChan() {
		continue
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
