// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/document"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Subject is what a command looks at: a set that exists, by its name, or one
// that is only a manifest.
type Subject struct {
	SetName  string
	Manifest string // the documents of the files, as JSON, a line each; "" for none
}

// subjectFlags are -f, and standard input for it.
type subjectFlags struct {
	files []string
	in    io.Reader
}

func (f *subjectFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.files, "filename", "f", nil, "the manifest of the StatefulSet, instead of its name; may be repeated; - for standard input")
}

// subject checks that there is a name or a manifest.
func (f *subjectFlags) subject(args []string) (Subject, error) {
	switch {
	case len(args) > 1:
		return Subject{}, usage("one StatefulSet at a time, not %q", args)
	case len(args) == 1 && len(f.files) > 0:
		return Subject{}, usage("the name of a StatefulSet or -f, not both")
	case len(args) == 1:
		setName, err := parseName(args[0])
		return Subject{SetName: setName}, err
	case len(f.files) == 0:
		return Subject{}, usage("the name of a StatefulSet is missing, or -f with its manifest")
	}
	var (
		m     typedManifest
		lines bytes.Buffer
	)
	err := f.read(func(object []byte) error {
		lines.Write(append(object, '\n'))
		return m.add(object)
	})
	if err != nil {
		return Subject{}, err
	}
	if err := m.check(); err != nil {
		return Subject{}, usage("%s: %v", f, err)
	}
	return Subject{SetName: m.set.Name, Manifest: lines.String()}, nil
}

// read gives each document of all files, as a line of JSON, to take, which may
// refuse it. What is wrong is told of the file that it is in.
func (f *subjectFlags) read(take func(object []byte) error) error {
	for _, fileName := range f.files {
		if err := f.readOne(fileName, take); err != nil {
			return usage("%s: %v", source(fileName), err)
		}
	}
	return nil
}

func (f *subjectFlags) readOne(fileName string, take func(object []byte) error) error {
	text, err := open(fileName, f.in)
	if err != nil {
		return err
	}
	objects, err := document.Split(text)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := take(object); err != nil {
			return err
		}
	}
	return nil
}

// String names the files.
func (f *subjectFlags) String() string {
	var names []string
	for _, fileName := range f.files {
		names = append(names, source(fileName))
	}
	return strings.Join(names, ", ")
}

// typedManifest is what the commands read of a manifest's documents. Other kinds are
// none of their business.
type typedManifest struct {
	set      *appsv1.StatefulSet
	volumes  []corev1.PersistentVolume
	services []corev1.Service
	others   []manifest.Object
}

func parseManifest(lines string) (typedManifest, error) {
	var m typedManifest
	for line := range strings.Lines(lines) {
		if err := m.add([]byte(line)); err != nil {
			return typedManifest{}, usage("-f: %v", err)
		}
	}
	if err := m.check(); err != nil {
		return typedManifest{}, usage("-f: %v", err)
	}
	return m, nil
}

// check says what is missing of the whole.
func (m typedManifest) check() error {
	if m.set == nil {
		return manifest.NoSet(m.others)
	}
	return nil
}

// checkSet says what no server would store, before any ordinal is made of it.
func checkSet(set *appsv1.StatefulSet) error {
	if set.Name == "" {
		return errors.New("the StatefulSet has no name")
	}
	if problems := validation.IsDNS1123Subdomain(set.Name); len(problems) > 0 {
		return fmt.Errorf("%q is no name of a StatefulSet: %s", set.Name, problems[0])
	}
	if problems := validation.IsDNS1123Label(set.Namespace); set.Namespace != "" && len(problems) > 0 {
		return fmt.Errorf("%q is no name of a namespace: %s", set.Namespace, problems[0])
	}
	return checkSize(set)
}

// checkSize refuses a set whose ordinals cannot be gone through.
func checkSize(object *appsv1.StatefulSet) error {
	set := volume.SetOf(object)
	if set.Replicas < 0 || set.Start < 0 || set.Replicas > rollout.MostReplicas || set.Start > math.MaxInt32-set.Replicas {
		return fmt.Errorf("%s: %d replicas from ordinal %d on are not between 0 and the %d that this program follows",
			set, set.Replicas, set.Start, rollout.MostReplicas)
	}
	return nil
}

func (m *typedManifest) add(document []byte) error {
	objects, err := manifest.Objects(document)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := m.include(o); err != nil {
			return err
		}
	}
	return nil
}

func (m *typedManifest) include(o manifest.Object) error {
	switch o.Kind {
	case manifest.Set:
		if m.set != nil {
			return fmt.Errorf("there are two StatefulSets, %q and %q", m.set.Name, o.Name)
		}
		m.set = &appsv1.StatefulSet{}
		if err := o.Into(m.set); err != nil {
			return err
		}
		return checkSet(m.set)
	case manifest.Volume:
		return include(&m.volumes, o)
	case manifest.Service:
		return include(&m.services, o)
	default:
		m.others = append(m.others, o)
		return nil
	}
}

// include reads an object more.
func include[T any](all *[]T, o manifest.Object) error {
	var one T
	err := o.Into(&one)
	*all = append(*all, one)
	return err
}

// hasService says that the Service of a name is among the documents, in the
// namespace of the set.
func (m typedManifest) hasService(serviceName string) bool {
	return slices.ContainsFunc(m.services, func(s corev1.Service) bool {
		return s.Name == serviceName && cmp.Or(s.Namespace, m.set.Namespace) == m.set.Namespace
	})
}

// found is a subject and the way to its namespace.
type found struct {
	client *cluster.Client
	typedManifest
}

// find connects and reads the set, unless it is only a manifest.
func (s session) find(ctx context.Context, subject Subject) (found, error) {
	if subject.Manifest == "" {
		client, err := s.client()
		if err != nil {
			return found{}, err
		}
		set, err := client.StatefulSet(ctx, subject.SetName)
		if err != nil {
			return found{}, err
		}
		return found{client, typedManifest{set: set}}, checkSize(set)
	}
	m, err := parseManifest(subject.Manifest)
	if err != nil {
		return found{}, err
	}
	client, err := s.clientIn(m.set.Namespace)
	if err != nil {
		return found{}, err
	}
	m.set.Namespace = client.Namespace()
	return found{client, m}, nil
}
