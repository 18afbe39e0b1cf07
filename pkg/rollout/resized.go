// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// A pod can be resized in place, through its subresource resize. The template does not
// know of it, so that the next pod of the ordinal has the template's resources again.

// Resize is one quantity of a running pod that was written through the subresource.
type Resize struct {
	Container string // "" for the pod as a whole
	List      string // requests or limits
	Resource  corev1.ResourceName
	Quantity  resource.Quantity
}

// resizesOf is what was written through the subresource, as managedFields has it.
func resizesOf(pod *corev1.Pod) []Resize {
	var all []Resize
	for i, entry := range pod.ManagedFields {
		if entry.Subresource != "resize" {
			continue
		}
		written := decodeEntry(i, entry)
		if pod.Spec.Resources != nil {
			all = append(all, resized("", *pod.Spec.Resources, written, specPath("resources"))...)
		}
		for list, containers := range map[string][]corev1.Container{"containers": pod.Spec.Containers, "initContainers": pod.Spec.InitContainers} {
			for _, c := range containers {
				path := append(specPath(list), named(c.Name), fieldName("resources"))
				all = append(all, resized(c.Name, c.Resources, written, path)...)
			}
		}
	}
	return all
}

func named(name string) fieldpath.PathElement {
	return fieldpath.PathElement{Key: &value.FieldList{{Name: "name", Value: value.NewValueInterface(name)}}}
}

// resized are the quantities of one container that an entry has.
func resized(containerName string, now corev1.ResourceRequirements, written managedEntry, path fieldpath.Path) []Resize {
	var all []Resize
	for list, quantities := range map[string]corev1.ResourceList{"requests": now.Requests, "limits": now.Limits} {
		for name, quantity := range quantities {
			if written.names(append(slices.Clone(path), fieldName(list), fieldName(string(name)))) {
				all = append(all, Resize{Container: containerName, List: list, Resource: name, Quantity: quantity})
			}
		}
	}
	return all
}

// undone says what the next pod of the ordinal has instead; "" where that is the same.
func (r Resize) undone(template corev1.PodSpec) string {
	next, there := r.in(template)
	if there && next.Cmp(r.Quantity) == 0 {
		return ""
	}
	what, becomes := fmt.Sprintf("%s.%s", r.List, r.Resource), "none"
	if r.Container != "" {
		what = fmt.Sprintf("container %q ", r.Container) + what
	}
	if there {
		becomes = next.String()
	}
	return fmt.Sprintf("%s %s -> %s", what, r.Quantity.String(), becomes)
}

// in is the quantity of the same name in a template. Where only a limit is given, the
// server makes it the request of the pod too (pkg/apis/core/v1/defaults.go:
// SetDefaults_Pod).
func (r Resize) in(template corev1.PodSpec) (resource.Quantity, bool) {
	requirements := template.Resources
	for _, c := range slices.Concat(template.Containers, template.InitContainers) {
		if c.Name == r.Container {
			requirements = &c.Resources
		}
	}
	if requirements == nil {
		return resource.Quantity{}, false
	}
	limit, limited := requirements.Limits[r.Resource]
	if request, ok := requirements.Requests[r.Resource]; ok && r.List == "requests" {
		return request, true
	}
	return limit, limited
}

// Resized tells of the in-range pods that were resized in place and differ from their
// revision by it; "" where none does.
func (s State) Resized() string {
	return s.resized(func(int32, Pod) bool { return true })
}

// Unsizes tells the same of those that a plan makes anew.
func (s State) Unsizes(plan Plan) string {
	lowest, end := s.Set.Replicas, s
	var removed []string
	for _, step := range plan.Steps {
		end = end.after([]Step{step})
		lowest = min(lowest, end.Set.Boundary())
		if step.Change.Pod != nil {
			removed = append(removed, step.Change.Pod.PodName)
		}
	}
	return s.resized(func(index int32, pod Pod) bool {
		rolls := index >= lowest && !end.sameDigest(s.Revisions.digest(pod.Revision), end.Set.Template)
		return rolls || slices.Contains(removed, pod.Name)
	})
}

func (s State) resized(counts func(index int32, pod Pod) bool) string {
	var names, all []string
	for i, pod := range s.Pods {
		if len(pod.Resizes) == 0 || !counts(int32(i), pod) {
			continue
		}
		if undone := s.undone(pod); len(undone) > 0 {
			names = append(names, pod.Name)
			all = append(all, undone...)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(all)
	return fmt.Sprintf("resized in place, which the template does not know of: %s (%s)", Enumerate(names), strings.Join(slices.Compact(all), ", "))
}

// undone is what the template of a pod's own revision undoes; nothing where that is not
// known.
func (s State) undone(pod Pod) []string {
	revision, ok := s.Revisions.ByName(pod.Revision)
	var template corev1.PodTemplateSpec
	if !ok || json.Unmarshal(revision.Template, &template) != nil {
		return nil
	}
	var all []string
	for _, r := range pod.Resizes {
		if text := r.undone(template.Spec); text != "" {
			all = append(all, text)
		}
	}
	return all
}
