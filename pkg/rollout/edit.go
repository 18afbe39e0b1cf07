// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// Edit makes a new pod template of one that is raw JSON, without passing it
// through a typed struct: what this program does not know of stays.
type Edit func(template []byte) ([]byte, error)

// SetImage changes one container's image; an init container's too.
func SetImage(containerName, image string) Edit {
	return onContainer(containerName, func(container map[string]any) {
		container["image"] = image
	})
}

// SetEnv sets one variable of one container, in its place where it has one.
func SetEnv(containerName, key, value string) Edit {
	return onContainer(containerName, func(container map[string]any) {
		variable := map[string]any{"name": key, "value": value}
		list, _ := container["env"].([]any)
		for i, item := range list {
			if old, ok := item.(map[string]any); ok && old["name"] == key {
				list[i] = variable
				return
			}
		}
		container["env"] = append(list, variable)
	})
}

func onContainer(containerName string, change func(map[string]any)) Edit {
	return func(template []byte) ([]byte, error) {
		tree, err := decode(template)
		if err != nil {
			return nil, fmt.Errorf("pod template: %w", err)
		}
		spec, _ := tree["spec"].(map[string]any)
		var names []string
		for _, key := range []string{"containers", "initContainers"} {
			list, _ := spec[key].([]any)
			for _, item := range list {
				container, _ := item.(map[string]any)
				name, _ := container["name"].(string)
				if name == containerName {
					change(container)
					return json.Marshal(tree)
				}
				names = append(names, name)
			}
		}
		return nil, fmt.Errorf("the pod template has no container %q; it has %s", containerName, strings.Join(names, ", "))
	}
}

// Patch applies a strategic merge patch of the whole set, as kubectl patch
// takes it, which may touch spec.template only.
func Patch(patch []byte) Edit {
	return func(template []byte) ([]byte, error) {
		inner, err := templateOf(patch)
		if err != nil {
			return nil, err
		}
		merged, err := strategicpatch.StrategicMergePatch(template, inner, corev1.PodTemplateSpec{})
		if err != nil {
			return nil, fmt.Errorf("the patch does not fit a pod template: %w", err)
		}
		if err := json.Unmarshal(merged, &corev1.PodTemplateSpec{}); err != nil {
			return nil, fmt.Errorf("the patch does not fit a pod template: %w", err)
		}
		return merged, nil
	}
}

// templateOf takes spec.template out of a patch and refuses anything beside it.
func templateOf(patch []byte) ([]byte, error) {
	tree, err := decode(patch)
	if err != nil {
		return nil, fmt.Errorf("the patch is no JSON or YAML object: %w", err)
	}
	spec, ok := tree["spec"].(map[string]any)
	if err := only(tree, "spec", ""); err != nil {
		return nil, err
	}
	if err := only(spec, "template", "spec."); err != nil {
		return nil, err
	}
	template, isMap := spec["template"].(map[string]any)
	if !ok || !isMap {
		return nil, fmt.Errorf("the patch has no spec.template")
	}
	return json.Marshal(template)
}

func only(tree map[string]any, allowed, prefix string) error {
	for key := range tree {
		if key != allowed {
			return fmt.Errorf("the patch touches %q; a canary may change spec.template only", prefix+key)
		}
	}
	return nil
}

// Replace takes a template as it is.
func Replace(template []byte) Edit {
	return func([]byte) ([]byte, error) { return template, nil }
}

// Resolve finds a revision by name, by a suffix of the name that only one has,
// or by number.
func (rs Revisions) Resolve(text string) (Revision, error) {
	if r, ok := rs.ByName(text); ok {
		return r, nil
	}
	var found []Revision
	for _, r := range rs {
		if fmt.Sprint(r.Number) == text {
			return r, nil
		}
		if strings.HasSuffix(r.Name, text) {
			found = append(found, r)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return Revision{}, fmt.Errorf("%q names %d of the revisions %s", text, len(found), strings.Join(rs.names(), ", "))
}

// named is the name of the revision that a text resolves to, else the text.
func (rs Revisions) named(text string) string {
	if r, err := rs.Resolve(text); err == nil {
		return r.Name
	}
	return text
}

func (rs Revisions) names() []string {
	names := make([]string, 0, len(rs))
	for _, r := range rs {
		names = append(names, fmt.Sprintf("%s (%d)", r.Name, r.Number))
	}
	return names
}
