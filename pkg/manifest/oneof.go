// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Exclusion is a place where the file has one of several fields that exclude each
// other, and another of them is live, such as value and valueFrom of a variable. A
// server-side apply keeps both where another manager wrote the live one, and the
// server then refuses the sum.
type Exclusion struct {
	at      []string // as in managedFields
	group   []string
	removed []string // those that are live and that the file has not
}

// The groups of fields of which an object has one
// (pkg/apis/core/validation/validation.go: validateEnvVarValueFrom, validateHandler,
// validateVolumeSource, validatePodResourceClaimSource).
var (
	envSources   = []string{"value", "valueFrom"}
	valueSources = []string{"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"}
	handlers     = []string{"exec", "httpGet", "tcpSocket", "grpc", "sleep"}
	claimSources = []string{"resourceClaimName", "resourceClaimTemplateName"}
)

// Exclusions of the file's template and of what is live. Only a set has any.
func (o Object) Exclusions(live *unstructured.Unstructured) []Exclusion {
	if o.Kind != Set {
		return nil
	}
	all := side{o.tree, live.Object, nil}
	pod, ok := all.field("spec", "template", "spec")
	if !ok {
		return nil
	}
	found := pod.profiles()
	for _, list := range []string{"initContainers", "containers"} {
		for _, container := range pod.items(list) {
			found = append(found, container.ofContainer()...)
		}
	}
	for _, volume := range pod.items("volumes") {
		sources := union(volume.file, volume.live)
		delete(sources, "name")
		found = append(found, volume.excludes(slices.Sorted(maps.Keys(sources)))...)
	}
	for _, claim := range pod.items("resourceClaims") {
		found = append(found, claim.excludes(claimSources)...)
	}
	return found
}

// side is one place in the file and in what is live.
type side struct {
	file, live map[string]any
	at         []string
}

// field goes down where both are objects.
func (s side) field(keys ...string) (side, bool) {
	for _, key := range keys {
		file, isFile := s.file[key].(map[string]any)
		live, isLive := s.live[key].(map[string]any)
		if !isFile || !isLive {
			return s, false
		}
		s = side{file, live, append(slices.Clone(s.at), "f:"+key)}
	}
	return s, true
}

// items are those of a list that both have under one name.
func (s side) items(list string) []side {
	inFile, _ := s.file[list].([]any)
	var pairs []side
	for _, item := range inFile {
		file, _ := item.(map[string]any)
		name, ok := file["name"].(string)
		if !ok {
			continue
		}
		key := itemKey(map[string]any{"name": name})
		if live := itemOf(s.live[list], key); live != nil {
			pairs = append(pairs, side{file, live, append(slices.Clone(s.at), "f:"+list, key)})
		}
	}
	return pairs
}

// itemKey is the key of a list's item in managedFields.
func itemKey(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		return ""
	}
	return "k:" + string(text)
}

// itemOf finds the item of a list by its key.
func itemOf(list any, key string) map[string]any {
	items, _ := list.([]any)
	var fields map[string]any
	if err := utiljson.Unmarshal([]byte(strings.TrimPrefix(key, "k:")), &fields); err != nil {
		return nil
	}
	for _, item := range items {
		entry, _ := item.(map[string]any)
		if entry != nil && matches(entry, fields) {
			return entry
		}
	}
	return nil
}

func matches(entry, fields map[string]any) bool {
	for key, value := range fields {
		if !reflect.DeepEqual(entry[key], value) {
			return false
		}
	}
	return true
}

func (s side) ofContainer() []Exclusion {
	found := s.profiles()
	for _, variable := range s.items("env") {
		found = append(found, variable.excludes(envSources)...)
		if source, ok := variable.field("valueFrom"); ok {
			found = append(found, source.excludes(valueSources)...)
		}
	}
	for _, keys := range [][]string{{"livenessProbe"}, {"readinessProbe"}, {"startupProbe"}, {"lifecycle", "postStart"}, {"lifecycle", "preStop"}} {
		if handler, ok := s.field(keys...); ok {
			found = append(found, handler.excludes(handlers)...)
		}
	}
	return found
}

// profiles are those whose type says which other fields they may have.
func (s side) profiles() []Exclusion {
	context, ok := s.field("securityContext")
	if !ok {
		return nil
	}
	var found []Exclusion
	for _, key := range []string{"seccompProfile", "appArmorProfile"} {
		profile, ok := context.field(key)
		if ok && profile.file["type"] != profile.live["type"] && profile.file["localhostProfile"] == nil && profile.live["localhostProfile"] != nil {
			found = append(found, Exclusion{at: context.at, group: []string{key}, removed: []string{key, "localhostProfile"}})
		}
	}
	return found
}

// excludes is the exclusion of one group; none where the live one is the file's.
func (s side) excludes(group []string) []Exclusion {
	var has, removed []string
	for _, key := range group {
		switch {
		case s.file[key] != nil:
			has = append(has, key)
		case s.live[key] != nil && s.live[key] != "":
			removed = append(removed, key)
		}
	}
	if len(has) == 0 || len(removed) == 0 {
		return nil
	}
	return []Exclusion{{at: s.at, group: group, removed: removed}}
}

// keys are those of the live field in managedFields.
func (e Exclusion) keys() [][]string {
	if len(e.group) == 1 { // a profile
		return [][]string{slices.Concat(e.at, []string{"f:" + e.removed[0], "f:" + e.removed[1]})}
	}
	var all [][]string
	for _, key := range e.removed {
		all = append(all, append(slices.Clone(e.at), "f:"+key))
	}
	return all
}

// placed sets the group's fields at the place of a tree to those of another tree.
func (e Exclusion) placed(to, from map[string]any) {
	target, source := placeIn(to, e.at), placeIn(from, e.at)
	if target == nil || source == nil {
		return
	}
	for _, key := range e.group {
		if value, found := source[key]; found && value != nil {
			target[key] = runtime.DeepCopyJSONValue(value)
		} else {
			delete(target, key)
		}
	}
}

// placeIn goes down a tree by the keys of managedFields; nil for nowhere.
func placeIn(tree map[string]any, at []string) map[string]any {
	var list any
	for _, key := range at {
		if name, isField := strings.CutPrefix(key, "f:"); isField {
			list = tree[name]
			tree, _ = list.(map[string]any)
		} else {
			tree = itemOf(list, key)
		}
		if tree == nil && list == nil {
			return nil
		}
	}
	return tree
}

// AsLive is a body with what is live in the place of what excludes it, so that the
// server can check all else.
func AsLive(body []byte, exclusions []Exclusion, live *unstructured.Unstructured) ([]byte, error) {
	var tree map[string]any
	if err := utiljson.Unmarshal(body, &tree); err != nil {
		return nil, fmt.Errorf("body of an apply: %w", err)
	}
	for _, e := range exclusions {
		e.placed(tree, live.Object)
	}
	return json.Marshal(tree)
}

// Resulting is the template that the file comes to, where after is the server's
// answer: without what the file excludes, and without what only the server has put
// back ([Object.leftovers]); nil where after has it already. It names what goes, and
// the managers that are not ours and had it.
func (o Object) Resulting(after *unstructured.Unstructured, exclusions []Exclusion) (map[string]any, []Conflict, error) {
	tree := runtime.DeepCopyJSON(after.Object)
	m, err := o.managed(after)
	if err != nil {
		return nil, nil, err
	}
	var gone []Conflict
	for _, e := range exclusions {
		e.placed(tree, o.tree)
		for _, keys := range e.keys() {
			gone = append(gone, m.had(keys)...)
		}
	}
	if o.leftovers(tree, m) || len(exclusions) > 0 {
		template, _, err := unstructured.NestedMap(tree, "spec", "template")
		return template, gone, err
	}
	return nil, nil, nil
}

// had are the managers that are not ours and have a field.
func (m managed) had(keys []string) []Conflict {
	var conflicts []Conflict
	for _, other := range m.foreign {
		fields := under(other.fields, keys[:len(keys)-1])
		if _, found := fields[keys[len(keys)-1]]; found {
			conflicts = append(conflicts, Conflict{Manager: other.managerName, Field: spoken(keys)})
		}
	}
	return conflicts
}

// leftovers takes out what the server has made of a field that the file no longer
// has, and what nobody manages: the old name of an account
// (pkg/apis/core/v1/conversion.go: Convert_core_PodSpec_To_v1_PodSpec), by which the
// new one comes back, and the host ports of a pod that was in the host's network
// (pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts).
func (o Object) leftovers(tree map[string]any, m managed) bool {
	if o.Kind != Set {
		return false
	}
	pod := []string{"f:spec", "f:template", "f:spec"}
	file, after := placeIn(o.tree, pod), placeIn(tree, pod)
	if file == nil || after == nil {
		return false
	}
	found := false
	account := []string{"serviceAccountName", "serviceAccount"}
	if !anyOf(file, account) && anyOf(after, account) && !m.manages(pod, account) {
		delete(after, account[0])
		delete(after, account[1])
		found = true
	}
	if file["hostNetwork"] == true || after["hostNetwork"] == true {
		return found
	}
	for _, list := range []string{"initContainers", "containers"} {
		items, _ := file[list].([]any)
		for _, item := range items {
			container, _ := item.(map[string]any)
			at := append(slices.Clone(pod), "f:"+list, itemKey(map[string]any{"name": container["name"]}))
			found = m.dropHostPorts(container, placeIn(tree, at), at) || found
		}
	}
	return found
}

func anyOf(tree map[string]any, keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return tree[key] != nil && tree[key] != "" })
}

// manages says that a manager that is not ours has one of the fields.
func (m managed) manages(at []string, keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return len(m.had(append(slices.Clone(at), "f:"+key))) > 0 })
}

func (m managed) dropHostPorts(file, after map[string]any, at []string) bool {
	found := false
	ports, _ := file["ports"].([]any)
	for _, item := range ports {
		port, _ := item.(map[string]any)
		key := portKey(port, "containerPort")
		live := itemOf(after["ports"], key)
		if live["hostPort"] == nil || port["hostPort"] != nil || m.manages(append(slices.Clone(at), "f:ports", key), []string{"hostPort"}) {
			continue
		}
		delete(live, "hostPort")
		found = true
	}
	return found
}

// portKey is the key of a port in managedFields.
func portKey(port map[string]any, number string) string {
	protocol := port["protocol"]
	if protocol == nil {
		protocol = "TCP"
	}
	return itemKey(map[string]any{number: port[number], "protocol": protocol})
}
