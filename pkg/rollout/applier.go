// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Applier is a tool that writes its own manifest of the set again, as long as it has one.
type Applier struct {
	tool
	applies  bool // by server-side apply
	replicas bool // its manifest has replicas
	template bool // its manifest has the template
	agrees   bool // its manifest has what our own writes have set in the template
	at       time.Time
}

// tool is what is known of an applier of one name.
type tool struct {
	name     string
	managers []string // in managedFields
	labels   []string // or annotations, of any value, that it leaves
	kind     HandKind
	forces   bool   // it overwrites what another manager has, by itself
	write    string // what it calls its next write
	source   string // where its manifest is
}

// tools that are known. Helm's own mark is the annotation: the label
// app.kubernetes.io/managed-by is the chart's, and there where it was only rendered.
func tools() []tool {
	return []tool{
		{
			name: "Argo CD", kind: TemplateHand, forces: true, write: "sync", source: "Git",
			managers: []string{"argocd-controller", "argocd-application-controller"},
			labels:   []string{"argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"},
		},
		{
			name: "Flux", kind: TemplateHand, forces: true, write: "sync", source: "Git",
			managers: []string{"kustomize-controller", "helm-controller"},
			labels:   []string{"kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"},
		},
		{
			name: "Helm", kind: NoteHand, write: "upgrade", source: "the chart",
			managers: []string{"helm"}, labels: []string{"meta.helm.sh/release-name"},
		},
		{
			name: "kapp", kind: ReplaceHand, forces: true, write: "deploy", source: "its manifest",
			managers: []string{"kapp"}, labels: []string{"kapp.k14s.io/app", "kapp.k14s.io/identity"},
		},
	}
}

// kubectlApply is kubectl apply --server-side.
const kubectlApply = "kubectl"

// appliersOf finds who applies the set: the tools that are known, by their managers
// and by what they leave on it, and any other manager that applies it server-side.
func appliersOf(object *unstructured.Unstructured, entries []managedEntry) []Applier {
	var appliers []Applier
	rest := others(entries)
	for _, t := range tools() {
		mine := func(m managedEntry) bool { return slices.Contains(t.managers, m.managerName) }
		written := slices.DeleteFunc(slices.Clone(rest), func(m managedEntry) bool { return !mine(m) })
		rest = slices.DeleteFunc(rest, mine)
		isRelease := t.name == "Helm" && len(written) == 0 && len(appliers) > 0 // another tool's, such as helm-controller
		if len(written) > 0 || t.marks(object) && !isRelease {
			appliers = append(appliers, applierOf(t, object, entries, written))
		}
	}
	for _, m := range rest {
		if m.applies {
			t := tool{name: fmt.Sprintf("field manager %q", m.managerName), managers: []string{m.managerName}, kind: NoteHand, write: "apply", source: "what it applies"}
			appliers = append(appliers, applierOf(t, object, entries, []managedEntry{m}))
		}
	}
	return appliers
}

func (t tool) marks(object *unstructured.Unstructured) bool {
	return slices.ContainsFunc(t.labels, func(key string) bool {
		_, labelled := object.GetLabels()[key]
		_, annotated := object.GetAnnotations()[key]
		return labelled || annotated
	})
}

// known says that it is one of the tools.
func (t tool) known() bool { return !strings.HasPrefix(t.name, "field manager ") }

func applierOf(t tool, object *unstructured.Unstructured, entries, written []managedEntry) Applier {
	a := Applier{tool: t, template: len(written) == 0}
	last := lastAppliedOf(object)
	for _, m := range written {
		if m.at.After(a.at) {
			a.at = m.at
		}
		a.applies = a.applies || m.applies
		a.template = a.template || m.names(templatePath())
		switch {
		case m.applies:
			a.replicas = a.replicas || m.names(replicasPath())
			a.agrees = a.agrees || m.agrees(entries)
		case last != nil: // kubectl's client-side apply, also as a library
			_, found, err := unstructured.NestedFieldNoCopy(last, replicasField...)
			a.replicas = a.replicas || found && err == nil
			a.agrees = a.agrees || sameImages(last, object.Object)
		default:
			// The manager that made a set by an Update has every default in it too,
			// one replica among them.
			a.replicas = a.replicas || m.names(replicasPath()) && replicasIn(object) != 1
		}
	}
	return a
}

var replicasField = []string{"spec", "replicas"}

func replicasIn(object *unstructured.Unstructured) int64 {
	n, found, err := unstructured.NestedInt64(object.Object, replicasField...)
	if err != nil || !found {
		return 1
	}
	return n
}

// agrees says that an applier has all that our own Updates have set in the template:
// two managers have a field only with one value.
func (m managedEntry) agrees(entries []managedEntry) bool {
	set := false
	for _, ours := range stepsOf(entries) {
		wrote := ours.under(templatePath())
		if !wrote.Difference(m.under(templatePath())).Empty() {
			return false
		}
		set = set || !wrote.Empty()
	}
	return set
}

// lastApplied is where kubectl apply keeps what it applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// lastAppliedOf is what kubectl apply applied last; nil where it did not.
func lastAppliedOf(object *unstructured.Unstructured) map[string]any {
	var applied map[string]any
	if json.Unmarshal([]byte(object.GetAnnotations()[lastApplied]), &applied) != nil {
		return nil
	}
	return applied
}

// sameImages says that two manifests have the same images in their containers.
func sameImages(a, b map[string]any) bool {
	left, right := imagesOf(a), imagesOf(b)
	if len(left) == 0 || len(left) != len(right) {
		return false
	}
	for containerName, image := range left {
		if right[containerName] != image {
			return false
		}
	}
	return true
}

func imagesOf(manifest map[string]any) map[string]any {
	images := map[string]any{}
	list, _, err := unstructured.NestedSlice(manifest, "spec", "template", "spec", "containers")
	if err != nil {
		return images
	}
	for _, item := range list {
		if container, ok := item.(map[string]any); ok {
			images[fmt.Sprint(container["name"])] = container["image"]
		}
	}
	return images
}

// argAppliers names the managers that applied spec.replicas before a write of ours took
// that field away from them, as a write of another value does.
const argAppliers = "replicasAppliedBy"

// noteAppliers are the args of a patch's record, with who applies the replicas: what
// managedFields tells only until the first write.
func (s State) noteAppliers(p SetPatch) map[string]string {
	var managers []string
	for _, a := range s.Set.Appliers {
		if s.noted(a) || p.Replicas != nil && a.replicas {
			managers = append(managers, a.managers...)
		}
	}
	if len(managers) == 0 {
		return p.Record.Args
	}
	args := map[string]string{argAppliers: strings.Join(managers, ",")}
	for key, value := range p.Record.Args {
		args[key] = value
	}
	return args
}

// noted says that an applier had the replicas before ours, and has not applied the set
// without them since.
func (s State) noted(a Applier) bool {
	r := s.Set.Record
	if r == nil || r.UID != s.Set.UID || r.Args[argAppliers] == "" || a.applies && a.at.After(r.At) {
		return false
	}
	return slices.ContainsFunc(strings.Split(r.Args[argAppliers], ","), func(managerName string) bool { return slices.Contains(a.managers, managerName) })
}
