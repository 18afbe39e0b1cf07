// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Subject is what a command looks at: a set that exists, by its name, or one
// that is only a manifest.
type Subject struct {
	SetName  string
	Manifest string // the documents of the files, as JSON, a line each; "" for none
	Words    string // what names the manifest on a command line
}

// subjectFlags are a name, or -f, -R and -k.
type subjectFlags struct{ sourceFlags }

func (f *subjectFlags) add(flags *pflag.FlagSet) {
	f.sourceFlags.add(flags, "the manifest of the StatefulSet, instead of its name: files, directories, URLs, or - for standard input")
}

// subject checks that there is a name or a manifest, or a manifest and the name of
// one of its sets.
func (f *subjectFlags) subject(args []string) (Subject, error) {
	if len(args) > 1 {
		return Subject{}, usage("one StatefulSet at a time, not %q", args)
	}
	setName := ""
	if len(args) == 1 {
		var err error
		if setName, err = parseName(args[0]); err != nil || !f.given() {
			return Subject{SetName: setName}, err
		}
	}
	if !f.given() {
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
	if err := m.check(setName); err != nil {
		return Subject{}, fileError("%s: %v", f, err)
	}
	if len(m.sets) == 1 {
		setName = m.sets[0].Name
	}
	return Subject{SetName: setName, Manifest: lines.String(), Words: f.words()}, nil
}

// single is a subject of one set, where a manifest may have several.
func (f *subjectFlags) single(args []string) (Subject, error) {
	subject, err := f.subject(args)
	if err != nil || subject.SetName != "" {
		return subject, err
	}
	m, err := parseManifest(subject)
	if err != nil {
		return Subject{}, err
	}
	return Subject{}, usage("%s: there are %d StatefulSets in it, %s; name one of them beside -f", f, len(m.sets), rollout.Enumerate(m.setNames()))
}

// typedManifest is what the commands read of a manifest's documents. Other kinds are
// none of their business.
type typedManifest struct {
	set      *appsv1.StatefulSet   // the one that is looked at
	sets     []*appsv1.StatefulSet // all of them
	volumes  []corev1.PersistentVolume
	services []corev1.Service
	classes  []storagev1.StorageClass
	objects  []manifest.Object // of the kinds that an apply manages
	others   []manifest.Object
}

func parseManifest(subject Subject) (typedManifest, error) {
	var m typedManifest
	for line := range strings.Lines(subject.Manifest) {
		if err := m.add([]byte(line)); err != nil {
			return typedManifest{}, fileError("-f: %v", err)
		}
	}
	if err := m.check(subject.SetName); err != nil {
		return typedManifest{}, fileError("-f: %v", err)
	}
	return m, nil
}

// check says what is missing of the whole, where one set is named or all are looked at.
func (m typedManifest) check(setName string) error {
	switch {
	case len(m.sets) == 0:
		return manifest.NoSet(m.others)
	case setName != "" && !slices.Contains(m.setNames(), setName):
		return fmt.Errorf("there is no StatefulSet %q in it, but %s", setName, rollout.Enumerate(m.setNames()))
	default:
		return nil
	}
}

func (m typedManifest) setNames() []string {
	var names []string
	for _, set := range m.sets {
		names = append(names, set.Name)
	}
	return names
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
	if !o.Managed() {
		m.others = append(m.others, o)
	} else {
		m.objects = append(m.objects, o)
	}
	switch o.Kind {
	case manifest.Set:
		var set appsv1.StatefulSet
		if err := o.Into(&set); err != nil {
			return err
		}
		if slices.Contains(m.setNames(), set.Name) {
			return fmt.Errorf("%s is there a second time", o)
		}
		m.sets = append(m.sets, &set)
		return checkSet(&set)
	case manifest.Volume:
		return include(&m.volumes, o)
	case manifest.Service:
		return include(&m.services, o)
	case manifest.StorageClass:
		return include(&m.classes, o)
	default:
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

// service is that of a name among the documents, in the namespace of the set.
func (m typedManifest) service(serviceName string) (corev1.Service, bool) {
	for _, s := range m.services {
		if s.Name == serviceName && cmp.Or(s.Namespace, m.set.Namespace) == m.set.Namespace {
			return s, true
		}
	}
	return corev1.Service{}, false
}

// found is a subject and the way to its namespace.
type found struct {
	client *cluster.Client
	typedManifest
	sight *sighting // of the set that is there
}

// live says that the set is one that exists, and not that of a manifest.
func (f found) live() bool { return len(f.sets) == 0 }

// find connects and reads the one set, unless it is only a manifest.
func (s session) find(ctx context.Context, subject Subject) (found, error) {
	all, err := s.findAll(ctx, subject)
	if err != nil {
		return found{}, err
	}
	return all[0], nil
}

// findAll finds every set of a manifest, in its order.
func (s session) findAll(ctx context.Context, subject Subject) ([]found, error) {
	if subject.Manifest == "" {
		client, err := s.client()
		if err != nil {
			return nil, err
		}
		set, err := client.StatefulSet(ctx, subject.SetName)
		if err != nil {
			return nil, err
		}
		return []found{{client: client, typedManifest: typedManifest{set: set}, sight: &sighting{}}}, checkSize(set)
	}
	m, err := parseManifest(subject)
	if err != nil {
		return nil, err
	}
	var all []found
	for _, set := range m.sets {
		if subject.SetName != "" && set.Name != subject.SetName {
			continue
		}
		one := found{typedManifest: m, sight: &sighting{}}
		one.set = set
		if one.client, err = s.clientIn(set.Namespace); err != nil {
			return nil, err
		}
		set.Namespace = one.client.Namespace()
		all = append(all, one)
	}
	return all, nil
}
