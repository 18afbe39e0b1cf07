// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// File is all that the files of a command line have.
type File struct {
	others   []Object
	volumes  []Object
	services []Object
	sets     []Bundle // of each only the set
}

// Parse reads the documents of a file, each as JSON.
func Parse(documents [][]byte) (File, error) {
	var f File
	for _, document := range documents {
		if err := f.Add(document); err != nil {
			return File{}, err
		}
	}
	return f, f.Check()
}

// Add reads one document more, as JSON. Its error is about that one.
func (f *File) Add(document []byte) error {
	objects, err := Objects(document)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := f.take(o); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) take(o Object) (err error) {
	if o.Managed() {
		if o, err = o.Checked(); err != nil {
			return err
		}
	}
	switch {
	case f.has(o):
		return fmt.Errorf("%s is there a second time", o)
	case !o.Managed():
		f.others = append(f.others, o)
	case o.Kind == Volume:
		f.volumes = append(f.volumes, o)
	case o.Kind == Service:
		f.services = append(f.services, o)
	default:
		asked, err := o.Asked()
		f.sets = append(f.sets, Bundle{Set: o, Asked: asked})
		return err
	}
	return nil
}

func (f *File) has(o Object) bool {
	isSet := func(b Bundle) bool { return b.Set.same(o) }
	return slices.ContainsFunc(slices.Concat(f.others, f.volumes, f.services), o.same) || slices.ContainsFunc(f.sets, isSet)
}

// same: documents of an object without a name, which is to be made, are many. Of a
// managed one that names no namespace it is not known yet which it is in.
func (o Object) same(other Object) bool {
	unknown := o.Managed() && (o.Namespace == "" || other.Namespace == "")
	return o.Name != "" && o.String() == other.String() && (unknown || o.Namespace == other.Namespace)
}

// Check says what is missing of the whole.
func (f *File) Check() error {
	if len(f.sets) == 0 {
		return NoSet(f.others)
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

// Bundles are the sets in the file's order, each with what comes before it: the
// first with the volumes and all other kinds, and the first of a namespace with the
// Services in it.
func (f *File) Bundles() []Bundle {
	bundles := slices.Clone(f.sets)
	bundles[0].Others, bundles[0].Volumes = f.others, f.volumes
	for _, o := range f.services {
		beside := func(b Bundle) bool { return b.Set.Namespace == o.Namespace }
		at := max(0, slices.IndexFunc(bundles, beside))
		bundles[at].Services = append(bundles[at].Services, o)
	}
	for i, b := range bundles[:len(bundles)-1] {
		bundles[i+1].Earlier = slices.Concat(b.Earlier, b.Others, b.Beside(), []Object{b.Set})
	}
	return bundles
}
