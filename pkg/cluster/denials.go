// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// denials are the pods that the server would not let the controller make, and when
// those were made that it did let, by the set's events. Events help and are never
// needed: the server keeps them for an hour, and the controller may drop them.
type denials struct {
	byEvent map[told]rollout.Denial
	made    map[string]rollout.Creation // by the name of the pod
}

func newDenials() denials {
	return denials{byEvent: map[told]rollout.Denial{}, made: map[string]rollout.Creation{}}
}

// told is one event, of one pod: of many that are alike, one event tells of all.
type told struct{ eventName, podName string }

// mostTimes that are kept of one event: its recorder sends some two dozen of it, then
// one in five minutes (client-go/tools/record: EventSourceObjectSpamFilter).
const mostTimes = 64

// replace keeps, of the events that are still there, when they were seen.
func (d *denials) replace(objects []runtime.Object) error {
	before := d.byEvent
	d.byEvent, d.made = make(map[told]rollout.Denial, len(objects)), map[string]rollout.Creation{}
	for _, object := range objects {
		if err := d.take(object, before); err != nil {
			return err
		}
	}
	return nil
}

func (d *denials) put(object runtime.Object) error { return d.take(object, d.byEvent) }

func (d *denials) take(object runtime.Object, before map[told]rollout.Denial) error {
	event, ok := object.(*corev1.Event)
	if !ok {
		return fmt.Errorf("an event came as %T", object)
	}
	if podName, creation, ok := rollout.LookCreation(event); ok && creation.At.After(d.made[podName].At) {
		d.made[podName] = creation
	}
	if denial, ok := rollout.LookDenial(event); ok {
		key := told{event.Name, denial.PodName}
		denial.Earlier = times(denial, before[key])
		d.byEvent[key] = denial
	}
	return nil
}

// times are those of an event before its newest, with those that were seen before.
func times(now, before rollout.Denial) []time.Time {
	all := append(slices.Clone(now.Earlier), before.Earlier...)
	if !before.At.IsZero() {
		all = append(all, before.At)
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	return all[max(len(all)-mostTimes, 0):]
}

func (d *denials) drop(object runtime.Object) error {
	if event, ok := object.(*corev1.Event); ok {
		maps.DeleteFunc(d.byEvent, func(key told, _ rollout.Denial) bool { return key.eventName == event.Name })
	}
	return nil
}

// newestFirst puts those of one time in the order of their messages, which two
// sightings of the same have in common.
func (d *denials) newestFirst() []rollout.Denial {
	return slices.SortedFunc(maps.Values(d.byEvent), func(a, b rollout.Denial) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Cause.Message, b.Cause.Message))
	})
}
