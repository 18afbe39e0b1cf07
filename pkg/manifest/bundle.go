// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/json"
)

// Bundle is what a file has.
type Bundle struct {
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
	var tree map[string]any
	if err := json.Unmarshal(document, &tree); err != nil {
		return fmt.Errorf("a document is no object: %w", err)
	}
	objects, err := objectsOf(tree)
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
	switch {
	case slices.ContainsFunc(append(b.Beside(), b.Set), func(other Object) bool { return other.String() == o.String() }):
		return fmt.Errorf("%s is there a second time", o)
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

// Check says what is missing of the whole.
func (b Bundle) Check() error {
	if b.Set.Name == "" {
		return errors.New("there is no StatefulSet in it")
	}
	return nil
}

// objectsOf takes Lists apart.
func objectsOf(tree map[string]any) ([]Object, error) {
	if tree == nil {
		return nil, errNull
	}
	items, isList := tree["items"].([]any)
	if !isList {
		o, err := objectOf(tree)
		return []Object{o}, err
	}
	var all []Object
	for _, item := range items {
		inner, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New("an item of a List is no object")
		}
		objects, err := objectsOf(inner)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
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
