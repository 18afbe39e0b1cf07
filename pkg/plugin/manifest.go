// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// setManifest is as much of a StatefulSet's manifest as a canary reads.
type setManifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec  json.RawMessage   `json:"spec"`
	Items []json.RawMessage `json:"items"` // of a List
}

func (m setManifest) isStatefulSet() bool {
	return m.Kind == "StatefulSet" && m.APIVersion == "apps/v1"
}

// documents of a file, as JSON, each on one line; those with comments only are none.
func documents(file []byte) ([][]byte, error) {
	var objects [][]byte
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(file)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := yaml.ToJSON(document)
		if err != nil {
			return nil, err
		}
		more, err := values(text)
		if err != nil {
			return nil, err
		}
		objects = append(objects, more...)
	}
}

// values are those of a JSON text, which may be spread over many lines, and follow
// each other with nothing between.
func values(text []byte) ([][]byte, error) {
	var all [][]byte
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var line bytes.Buffer
		if err := json.Compact(&line, value); err != nil {
			return nil, err
		}
		if line.String() != "null" {
			all = append(all, line.Bytes())
		}
	}
}

// statefulSetIn finds the one StatefulSet of a file with any number of documents.
func statefulSetIn(file []byte) (string, error) {
	objects, err := documents(file)
	if err != nil {
		return "", usage("-f: %v", err)
	}
	found, err := statefulSetsOf(objects)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", usage("-f: the file has %d StatefulSets of apps/v1, one is needed", len(found))
	}
	return found[0], nil
}

// statefulSetsOf looks into lists too.
func statefulSetsOf(objects [][]byte) ([]string, error) {
	var found []string
	for _, object := range objects {
		var m setManifest
		if err := json.Unmarshal(object, &m); err != nil {
			return nil, usage("-f: %v", err)
		}
		if m.isStatefulSet() {
			found = append(found, string(object))
		}
		for _, item := range m.Items {
			inner, err := statefulSetsOf([][]byte{item})
			if err != nil {
				return nil, err
			}
			found = append(found, inner...)
		}
	}
	return found, nil
}

// fromManifest takes the template of a manifest of this set, and tells what
// else the manifest says that the canary leaves alone.
func fromManifest(manifest string, o Opening) ([]byte, error) {
	var m setManifest
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		return nil, usage("-f: %v", err)
	}
	var spec struct {
		Template json.RawMessage `json:"template"`
	}
	if err := json.Unmarshal(m.Spec, &spec); err != nil || !isObject(spec.Template) {
		return nil, usage("-f: the StatefulSet %q has no spec.template", m.Metadata.Name)
	}
	set := o.State.Set
	if m.Metadata.Name != set.Name {
		return nil, usage("-f: the StatefulSet of the file is %q, not %q", m.Metadata.Name, set.Name)
	}
	if in := m.Metadata.Namespace; in != "" && in != set.Namespace {
		return nil, usage("-f: the StatefulSet of the file is in namespace %q, not in %q", in, set.Namespace)
	}
	changed, fixed, err := rollout.Beside(m.Spec, set.Whole)
	if err != nil {
		return nil, err
	}
	if len(fixed) > 0 {
		return nil, &rollout.Refusal{
			Reason:  reasonImmutable,
			Message: set.String() + ": the manifest also changes " + strings.Join(fixed, ", ") + ", which cannot be changed on a set that exists",
		}
	}
	if len(changed) > 0 {
		o.Note("the manifest also changes %s; a canary leaves that alone", strings.Join(changed, ", "))
	}
	return spec.Template, nil
}

func isObject(text []byte) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(text, &fields) == nil && fields != nil
}
