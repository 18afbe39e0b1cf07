// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/pager"
)

// source is where objects of one kind come from.
type source struct {
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// reader is what the typed clients and the dynamic one have in common.
type reader[L runtime.Object] interface {
	List(context.Context, metav1.ListOptions) (L, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// sourceOf narrows a resource to the objects that labels and fields select;
// "" selects all.
func sourceOf[L runtime.Object](r reader[L], labels, fields string) source {
	return source{
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.LabelSelector, o.FieldSelector = labels, fields
			list, err := r.List(ctx, o)
			if err != nil {
				return nil, err // not list: a nil of its type is no nil
			}
			return list, nil
		},
		watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.LabelSelector, o.FieldSelector = labels, fields
			return r.Watch(ctx, o)
		},
	}
}

// all lists the objects, page by page, and the version of the whole. Without a
// resourceVersion in the request, no server answers from a state that another
// one has moved on from.
func (s source) all(ctx context.Context) ([]runtime.Object, string, error) {
	list, _, err := pager.New(s.list).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, "", err
	}
	whole, err := meta.ListAccessor(list)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	objects, err := meta.ExtractList(list)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	return objects, whole.GetResourceVersion(), nil
}

// open begins a stream of what changed after a version.
func (s source) open(ctx context.Context, version string) (watch.Interface, error) {
	seconds := int64(longestStream.Seconds())
	stream, err := s.watch(ctx, metav1.ListOptions{
		ResourceVersion: version, AllowWatchBookmarks: true, TimeoutSeconds: &seconds,
	})
	if err != nil {
		return nil, err
	}
	// Where the connection was cut, client-go answers with a stream that is
	// empty and over, and no error (rest/request.go: Watch).
	if _, ok := stream.(*watch.StreamWatcher); !ok {
		stream.Stop()
		return nil, errCut
	}
	return stream, nil
}
