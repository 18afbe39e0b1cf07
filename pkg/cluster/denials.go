// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// denials are the pods that the server would not let the controller make, by
// the name of the event that tells of it. Events help and are never needed: the
// server keeps them for an hour, and the controller may drop them.
type denials map[string]rollout.Denial

func (d *denials) replace(objects []runtime.Object) error {
	*d = make(denials, len(objects))
	for _, object := range objects {
		if err := d.put(object); err != nil {
			return err
		}
	}
	return nil
}

func (d *denials) put(object runtime.Object) error {
	event, ok := object.(*corev1.Event)
	if !ok {
		return fmt.Errorf("an event came as %T", object)
	}
	if denial, ok := rollout.LookDenial(event); ok {
		(*d)[event.Name] = denial
	}
	return nil
}

func (d *denials) drop(object runtime.Object) error {
	if event, ok := object.(*corev1.Event); ok {
		delete(*d, event.Name)
	}
	return nil
}

func (d *denials) newestFirst() []rollout.Denial {
	all := make([]rollout.Denial, 0, len(*d))
	for _, denial := range *d {
		all = append(all, denial)
	}
	slices.SortFunc(all, func(a, b rollout.Denial) int { return b.At.Compare(a.At) })
	return all
}

// watchedDenials are those of a run. It takes what was there before it for a
// cause and not for a verdict: whoever runs a command again may have ended it,
// and the controller comes back to it late (its pauses grow up to 1000 s).
type watchedDenials struct{ *denials }

func (w watchedDenials) replace(objects []runtime.Object) error {
	if err := w.denials.replace(objects); err != nil {
		return err
	}
	for eventName, denial := range *w.denials {
		denial.Cause.Hard = false
		(*w.denials)[eventName] = denial
	}
	return nil
}
