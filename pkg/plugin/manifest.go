// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// setManifest is as much of a StatefulSet's manifest as a canary reads.
type setManifest struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

// statefulSetsOf are the StatefulSets of a document, as JSON.
func statefulSetsOf(text []byte) ([]string, error) {
	objects, err := manifest.Objects(text)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, o := range objects {
		switch outdated := o.Outdated(); {
		case o.Kind != manifest.Set:
			continue
		case outdated != "":
			return nil, errors.New(outdated)
		}
		object, err := o.JSON()
		if err != nil {
			return nil, err
		}
		found = append(found, string(object))
	}
	return found, nil
}

// manifestsOf are those of a name among manifests of StatefulSets.
func manifestsOf(all []string, setName string) ([]string, error) {
	var found, names []string
	for _, text := range all {
		var m setManifest
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, err
		}
		if names = append(names, m.Metadata.Name); m.Metadata.Name == setName {
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no StatefulSet %q in it, but %s", setName, rollout.Enumerate(names))
	}
	return found, nil
}

// fromManifest takes the template of a manifest of this set, and tells what
// else the manifest says that the canary leaves alone.
func fromManifest(object string, o Opening) ([]byte, error) {
	var m setManifest
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		return nil, fileError("-f: %v", err)
	}
	var spec struct {
		Template json.RawMessage `json:"template"`
	}
	if err := json.Unmarshal(m.Spec, &spec); err != nil || !isObject(spec.Template) {
		return nil, fileError("-f: the StatefulSet %q has no spec.template", m.Metadata.Name)
	}
	set := o.State.Set
	if m.Metadata.Name != set.Name {
		return nil, fileError("-f: the StatefulSet of the file is %q, not %q", m.Metadata.Name, set.Name)
	}
	if in := m.Metadata.Namespace; in != "" && in != set.Namespace {
		return nil, fileError("-f: the StatefulSet of the file is in namespace %q, not in %q", in, set.Namespace)
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
