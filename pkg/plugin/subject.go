// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
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
	manifest, err := f.read()
	if err != nil {
		return Subject{}, err
	}
	m, err := parseManifest(manifest)
	if err != nil {
		return Subject{}, err
	}
	return Subject{SetName: m.set.Name, Manifest: manifest}, nil
}

// read makes one line of JSON of each document of all files.
func (f *subjectFlags) read() (string, error) {
	var lines bytes.Buffer
	for _, fileName := range f.files {
		text, err := f.open(fileName)
		if err != nil {
			return "", usage("-f: %v", err)
		}
		objects, err := documents(text)
		if err != nil {
			return "", usage("-f %s: %v", fileName, err)
		}
		for _, object := range objects {
			lines.Write(append(object, '\n'))
		}
	}
	return lines.String(), nil
}

func (f *subjectFlags) open(fileName string) ([]byte, error) {
	if fileName == "-" {
		return io.ReadAll(f.in)
	}
	return readFile(fileName)
}

// readFile names what kubectl would fetch, and this program does not.
func readFile(fileName string) ([]byte, error) {
	if strings.Contains(fileName, "://") {
		return nil, fmt.Errorf("%q: it takes files, not URLs; fetch it, and give it by -f -", fileName)
	}
	return os.ReadFile(fileName)
}

// typedManifest is what the commands read of a manifest's documents. Other kinds are
// none of their business.
type typedManifest struct {
	set     *appsv1.StatefulSet
	volumes []corev1.PersistentVolume
}

func parseManifest(lines string) (typedManifest, error) {
	var m typedManifest
	decoder := json.NewDecoder(bytes.NewReader([]byte(lines)))
	for {
		var object json.RawMessage
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = m.add(object)
		}
		if err != nil {
			return typedManifest{}, usage("-f: %v", err)
		}
	}
	return m, m.check()
}

// check says what no server would store, before any ordinal is made of it.
func (m typedManifest) check() error {
	switch {
	case m.set == nil:
		return usage("-f: there is no StatefulSet in it")
	case m.set.Name == "":
		return usage("-f: the StatefulSet has no name")
	}
	if problems := validation.IsDNS1123Subdomain(m.set.Name); len(problems) > 0 {
		return usage("-f: %q is no name of a StatefulSet: %s", m.set.Name, problems[0])
	}
	if problems := validation.IsDNS1123Label(m.set.Namespace); m.set.Namespace != "" && len(problems) > 0 {
		return usage("-f: %q is no name of a namespace: %s", m.set.Namespace, problems[0])
	}
	if err := checkSize(m.set); err != nil {
		return usage("-f: %v", err)
	}
	return nil
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

func (m *typedManifest) add(object []byte) error {
	var head struct {
		Kind  string
		Items []json.RawMessage
	}
	if err := json.Unmarshal(object, &head); err != nil {
		return err
	}
	switch head.Kind {
	case "StatefulSet":
		if m.set != nil {
			return errors.New("there is more than one StatefulSet in it")
		}
		m.set = &appsv1.StatefulSet{}
		return json.Unmarshal(object, m.set)
	case "PersistentVolume":
		var v corev1.PersistentVolume
		if err := json.Unmarshal(object, &v); err != nil {
			return err
		}
		m.volumes = append(m.volumes, v)
	case "List":
		for _, item := range head.Items {
			if err := m.add(item); err != nil {
				return err
			}
		}
	}
	return nil
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
