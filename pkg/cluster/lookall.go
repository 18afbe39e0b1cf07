// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// everything is what a namespace, or a cluster, has of sets: one list of each
// kind, and who owns what.
type everything struct {
	sets      []runtime.Object
	pods      map[types.UID][]runtime.Object
	revisions map[types.UID][]runtime.Object
	events    map[types.UID][]runtime.Object
}

// LookAll reads all sets that labels select, each as [Client.Look] does, apart
// from what is around them. The number of its requests does not grow with the
// number of sets.
func (c *Client) LookAll(ctx context.Context, labelSelector string, o Options) ([]rollout.State, error) {
	all, err := c.everything(ctx, labelSelector, o)
	if err != nil {
		return nil, err
	}
	states := make([]rollout.State, 0, len(all.sets))
	stock := once(c.Stock)
	events := once(func(ctx context.Context) ([]corev1.Event, error) { return c.listEvents(ctx, ofPods) })
	said := func(ctx context.Context, pods []rollout.Pod) (eventsByPod, error) {
		all, err := events(ctx)
		if err != nil {
			return nil, err
		}
		return eventsOf(pods, all), nil
	}
	for _, object := range all.sets {
		set, err := rollout.LookSet(object.(*unstructured.Unstructured))
		if err != nil {
			return nil, err
		}
		if set.Followed() != nil {
			states = append(states, rollout.Oversized(set, c.clock.Now()))
			continue
		}
		set.Via = c.via
		glance, err := all.glance(set, c.clock)
		if err != nil {
			return nil, err
		}
		glance.At, glance.FailurePolicy, glance.Set = c.clock.Now(), o.FailurePolicy, o.soaked(glance.Set)
		if glance.Pending, err = pending(ctx, rollout.Assemble(glance), stock); err != nil {
			return nil, err
		}
		if glance, err = c.withEvents(ctx, glance, verdicts, said); err != nil {
			return nil, err
		}
		states = append(states, rollout.Assemble(glance))
	}
	return states, nil
}

// once asks the first time that somebody wants to know.
func once[T any](ask func(context.Context) (T, error)) func(context.Context) (T, error) {
	var (
		asked  bool
		answer T
		err    error
	)
	return func(ctx context.Context) (T, error) {
		if !asked {
			asked = true
			answer, err = ask(ctx)
		}
		return answer, err
	}
}

func (c *Client) everything(ctx context.Context, labelSelector string, o Options) (everything, error) {
	var all everything
	// The controller labels each of its pods with its name.
	pods := sourceOf(c.core.Pods(c.namespaceName), appsv1.StatefulSetPodNameLabel, "")
	revisions := sourceOf(c.apps.ControllerRevisions(c.namespaceName), "", "")
	events := sourceOf(c.core.Events(c.namespaceName), "", "involvedObject.kind=StatefulSet")
	err := helps{{EventsRead, grouped(events, &all.events, about)}}.along(ctx, o,
		func(ctx context.Context) (err error) {
			all.sets, _, err = sourceOf(c.sets, labelSelector, "").all(ctx)
			return err
		},
		grouped(pods, &all.pods, owner),
		grouped(revisions, &all.revisions, owner),
	)
	return all, err
}

// grouped lists a source and sorts what comes by whom it belongs to.
func grouped(s source, into *map[types.UID][]runtime.Object, key func(runtime.Object) types.UID) task {
	return func(ctx context.Context) error {
		objects, _, err := s.all(ctx)
		if err != nil {
			return err
		}
		*into = map[types.UID][]runtime.Object{}
		for _, object := range objects {
			uid := key(object)
			(*into)[uid] = append((*into)[uid], object)
		}
		return nil
	}
}

// owner is the uid of what an object belongs to; "" for nobody.
func owner(object runtime.Object) types.UID {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return ""
	}
	reference := metav1.GetControllerOf(accessor)
	if reference == nil {
		return ""
	}
	return reference.UID
}

// about is the uid of what an event is about.
func about(object runtime.Object) types.UID {
	event, ok := object.(*corev1.Event)
	if !ok {
		return ""
	}
	return event.InvolvedObject.UID
}

// glance is what there is of one set.
func (e everything) glance(set rollout.Set, clock *serverClock) (rollout.Glance, error) {
	v := newView(set, clock)
	if err := e.fill(v); err != nil {
		return rollout.Glance{}, err
	}
	return v.glance(), nil
}

func (e everything) fill(v *view) error {
	uid := v.set.UID
	for _, f := range []struct {
		sink    sink
		objects []runtime.Object
	}{
		{&v.pods, e.pods[uid]},
		{&v.revisions, e.revisions[uid]},
		{&v.denials, e.events[uid]},
	} {
		if err := f.sink.replace(f.objects); err != nil {
			return err
		}
	}
	return nil
}
