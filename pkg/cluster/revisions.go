// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// revisions are the ControllerRevisions of the set: its own, and those without
// an owner, which it will adopt
// (pkg/controller/history/controller_history.go: ListControllerRevisions). One
// that cannot be read is none: it could not be gone back to.
type revisions struct {
	set    rollout.Set
	byName map[string]rollout.Revision
}

func (r *revisions) replace(objects []runtime.Object) error {
	r.byName = make(map[string]rollout.Revision, len(objects))
	for _, object := range objects {
		if err := r.put(object); err != nil {
			return err
		}
	}
	return nil
}

func (r *revisions) put(object runtime.Object) error {
	cr, ok := object.(*appsv1.ControllerRevision)
	if !ok {
		return fmt.Errorf("a controllerrevision came as %T", object)
	}
	delete(r.byName, cr.Name)
	if !r.set.Owns(cr) && metav1.GetControllerOf(cr) != nil {
		return nil
	}
	if revision, err := rollout.LookRevision(cr); err == nil {
		r.byName[cr.Name] = revision
	}
	return nil
}

func (r *revisions) drop(object runtime.Object) error {
	if cr, ok := object.(*appsv1.ControllerRevision); ok {
		delete(r.byName, cr.Name)
	}
	return nil
}

func (r *revisions) sorted() rollout.Revisions {
	all := make(rollout.Revisions, 0, len(r.byName))
	for _, revision := range r.byName {
		all = append(all, revision)
	}
	slices.SortFunc(all, func(a, b rollout.Revision) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Name, b.Name))
	})
	return all
}
