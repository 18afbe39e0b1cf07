// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Bundle is one set of a file, and what of the file is applied before it.
type Bundle struct {
	// Others are of kinds that an apply does not manage.
	Others   []Object
	Volumes  []Object
	Services []Object
	Set      Object
	Asked    Asked    // of the set
	Earlier  []Object // what came with the sets before it
}

// Namespace is the one of all the objects. As with kubectl, one that names none
// is in the current one, that of -n or of the context.
func (b Bundle) Namespace(current string) (string, error) {
	namespaceName := cmp.Or(b.Set.Namespace, current)
	for _, o := range b.Services {
		if of := cmp.Or(o.Namespace, current); of != namespaceName {
			return "", fmt.Errorf("%s is in namespace %q, and %s in %q; what names no namespace is in %q, that of -n or of the context; write one into all of them",
				o, of, b.Set, namespaceName, current)
		}
	}
	return namespaceName, nil
}

// Beside are the objects that the set needs, in the order to be applied.
func (b Bundle) Beside() []Object {
	return slices.Concat(b.Volumes, b.Services)
}

// Brings says that the file has an object of a kind that an apply does not manage, which
// comes before the set or with an earlier one.
func (b Bundle) Brings(kind Kind, name string) bool {
	is := func(o Object) bool { return o.Kind == kind && o.Name == name }
	return slices.ContainsFunc(b.Others, is) || slices.ContainsFunc(b.Earlier, is)
}

// Sets are those of the file up to the bundle's own, which is the last of them.
func (b Bundle) Sets() ([]*appsv1.StatefulSet, error) {
	var sets []*appsv1.StatefulSet
	for _, o := range append(slices.Clone(b.Earlier), b.Set) {
		if o.Kind != Set || o.Namespace != b.Set.Namespace {
			continue
		}
		var set appsv1.StatefulSet
		if err := o.Into(&set); err != nil {
			return nil, err
		}
		sets = append(sets, &set)
	}
	return sets, nil
}

// Governing is the Service of a name in the file; nil where it has none.
func (b Bundle) Governing(serviceName string) (*corev1.Service, error) {
	for _, o := range slices.Concat(b.Services, b.Earlier) {
		if o.Kind == Service && o.Name == serviceName {
			var service corev1.Service
			return &service, o.Into(&service)
		}
	}
	return nil, nil
}

// HasService says that the file has the Service of a name, in the namespace of the set.
func (b Bundle) HasService(serviceName string) bool {
	inReach := func(o Object) bool {
		return o.Kind == Service && o.Name == serviceName && o.Namespace == b.Set.Namespace
	}
	isIt := func(o Object) bool { return o.Name == serviceName }
	return slices.ContainsFunc(b.Services, isIt) || slices.ContainsFunc(b.Earlier, inReach)
}
