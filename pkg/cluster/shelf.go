// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// object is a pointer to T that the API knows.
type object[T any] interface {
	*T
	runtime.Object
}

// shelf holds the objects of a source by name: a list, and while somebody takes
// from its stream, what changes after that. It is for one goroutine, which has
// time to begin anew when a stream ends; what must know at once that it is
// blind is a feed.
type shelf[T any, P object[T]] struct {
	source  source
	byName  map[string]T
	version string
	open    watch.Interface
}

func newShelf[T any, P object[T]](s source) *shelf[T, P] { return &shelf[T, P]{source: s} }

func (s *shelf[T, P]) list(ctx context.Context) error {
	objects, version, err := s.source.all(ctx)
	if err != nil {
		return err
	}
	s.byName, s.version = make(map[string]T, len(objects)), version
	for _, object := range objects {
		if err := s.put(object); err != nil {
			return err
		}
	}
	return nil
}

// stream makes sure that there is one, from where the list or the last one ended.
func (s *shelf[T, P]) stream(ctx context.Context) (err error) {
	if s.open != nil {
		return nil
	}
	if s.version == "" {
		sleep(ctx, shortestPause)
		if err := s.list(ctx); err != nil {
			return err
		}
	}
	s.open, err = s.source.open(ctx, s.version)
	if outdated(err) {
		s.version = ""
		return s.stream(ctx)
	}
	return err
}

func (s *shelf[T, P]) events() <-chan watch.Event { return s.open.ResultChan() }

func (s *shelf[T, P]) close() {
	if s.open != nil {
		drain(s.open)
		s.open = nil
	}
}

// all is sorted by name.
func (s *shelf[T, P]) all() []T {
	objects := make([]T, 0, len(s.byName))
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		objects = append(objects, s.byName[name])
	}
	return objects
}

func (s *shelf[T, P]) put(object runtime.Object) error {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	if typed, ok := object.(P); ok {
		s.byName[accessor.GetName()] = *typed
	}
	return nil
}

// take takes one event in; one without a type is the end of the stream. What a
// stream that is over left out is listed by the next.
func (s *shelf[T, P]) take(event watch.Event) error {
	switch event.Type {
	case "":
		s.forget()
		return nil
	case watch.Error:
		s.forget()
		if err := apierrors.FromObject(event.Object); !outdated(err) {
			return err
		}
		return nil
	case watch.Added, watch.Modified:
		return s.put(event.Object)
	case watch.Deleted:
		accessor, err := meta.Accessor(event.Object)
		if err != nil {
			return err
		}
		delete(s.byName, accessor.GetName())
	}
	return nil
}

// forget makes the next stream begin with a list.
func (s *shelf[T, P]) forget() {
	s.close()
	s.version = ""
}

// outdated: the server does not know any more what came after a version.
func outdated(err error) bool { return apierrors.IsGone(err) || apierrors.IsResourceExpired(err) }
