// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bundle is what a file has for one set.
type Bundle struct {
	// Others are of kinds that an apply does not manage.
	Others   []Object
	Volumes  []Object
	Services []Object
	Set      Object
	Asked    Asked // of the set
}

// Parse reads the documents of a file, each as JSON.
func Parse(documents [][]byte) (Bundle, error) {
	var b Bundle
	for _, document := range documents {
		if err := b.Add(document); err != nil {
			return Bundle{}, err
		}
	}
	return b, b.Check()
}

// Add reads one document more, as JSON. Its error is about that one.
func (b *Bundle) Add(document []byte) error {
	objects, err := Objects(document)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := b.take(o); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bundle) take(o Object) (err error) {
	if o.Managed() {
		if o, err = o.Checked(); err != nil {
			return err
		}
	}
	switch {
	case slices.ContainsFunc(append(slices.Concat(b.Others, b.Beside()), b.Set), o.same):
		return fmt.Errorf("%s is there a second time", o)
	case !o.Managed():
		b.Others = append(b.Others, o)
	case o.Kind == Volume:
		b.Volumes = append(b.Volumes, o)
	case o.Kind == Service:
		b.Services = append(b.Services, o)
	case b.Set.Name != "":
		return fmt.Errorf("there are two StatefulSets, %q and %q; apply them one by one", b.Set.Name, o.Name)
	default:
		b.Set = o
		b.Asked, err = o.asked()
	}
	return err
}

// same: documents of an object without a name, which is to be made, are many.
func (o Object) same(other Object) bool {
	return o.Name != "" && o.String() == other.String() && (o.Managed() || o.Namespace == other.Namespace)
}

// Check says what is missing of the whole.
func (b Bundle) Check() error {
	if b.Set.Name == "" {
		return NoSet(b.Others)
	}
	return nil
}

// NoSet says that there is no StatefulSet, and which other objects of that name
// there are: other projects have kinds called so.
func NoSet(others []Object) error {
	for _, o := range others {
		if kind, group, _ := strings.Cut(string(o.Kind), "."); kind == string(Set) && o.Name != "" {
			return fmt.Errorf("there is no StatefulSet of apps/v1 in it; the %s %q is one of %s, which is another kind", kind, o.Name, group)
		}
	}
	return errors.New("there is no StatefulSet in it")
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

// HasService says that the file has the Service of a name.
func (b Bundle) HasService(serviceName string) bool {
	return slices.ContainsFunc(b.Services, func(o Object) bool { return o.Name == serviceName })
}
