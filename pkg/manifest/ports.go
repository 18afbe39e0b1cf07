// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Renumbered are a Service's ports to which the file gives another number or
// protocol. The number is the key of a port, so that a server-side apply keeps the
// old one where another manager wrote it, and the server refuses two of one name.
type Renumbered struct {
	byOld map[string]map[string]any // the file's port, by the key of the live one
	live  []map[string]any
	Gone  []Conflict // the live ones that go, by the managers that are not ours
}

// Renumbered compares the file's ports with what is live.
func (o Object) Renumbered(live *unstructured.Unstructured) (Renumbered, error) {
	r := Renumbered{byOld: map[string]map[string]any{}}
	if o.Kind != Service {
		return r, nil
	}
	m, err := o.managed(live)
	if err != nil {
		return r, err
	}
	inFile := portsOf(o.tree)
	r.live = portsOf(live.Object)
	for _, port := range r.live {
		key := servicePort(port)
		if portAt(inFile, key) != nil {
			continue
		}
		for _, candidate := range inFile {
			if nameOf(candidate) == nameOf(port) {
				r.byOld[key] = candidate
				r.Gone = append(r.Gone, m.had([]string{"f:spec", "f:ports", key})...)
				break
			}
		}
	}
	return r, nil
}

// None says that every port keeps its number.
func (r Renumbered) None() bool { return len(r.byOld) == 0 }

// AsLive is a body with the live ports in the place of those that replace them, so
// that the server can check all else.
func (r Renumbered) AsLive(body []byte) ([]byte, error) {
	var tree map[string]any
	if err := utiljson.Unmarshal(body, &tree); err != nil {
		return nil, fmt.Errorf("body of an apply: %w", err)
	}
	var ports []any
	for _, port := range portsOf(tree) {
		ports = append(ports, r.before(port))
	}
	if err := unstructured.SetNestedSlice(tree, ports, "spec", "ports"); err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// before is what is live of a port of the file.
func (r Renumbered) before(port map[string]any) map[string]any {
	for old, candidate := range r.byOld {
		if servicePort(candidate) != servicePort(port) {
			continue
		}
		if same := portAt(r.live, servicePort(port)); same != nil {
			return same
		}
		return portAt(r.live, old)
	}
	return port
}

// Resulting are the ports that the Service comes to, where after is the server's
// answer to [Renumbered.AsLive].
func (r Renumbered) Resulting(after *unstructured.Unstructured) []any {
	var ports []any
	all := portsOf(after.Object)
	for _, port := range all {
		key := servicePort(port)
		candidate, goes := r.byOld[key]
		switch {
		case goes && portAt(all, servicePort(candidate)) != nil:
		case goes:
			ports = append(ports, candidate)
		default:
			ports = append(ports, r.overlaid(port))
		}
	}
	return ports
}

// overlaid is a port whose number another one takes over, with the file's fields.
func (r Renumbered) overlaid(port map[string]any) map[string]any {
	for _, candidate := range r.byOld {
		if servicePort(candidate) == servicePort(port) {
			port = maps.Clone(port)
			maps.Copy(port, candidate)
		}
	}
	return port
}

func portsOf(tree map[string]any) []map[string]any {
	list, _, err := unstructured.NestedFieldNoCopy(tree, "spec", "ports")
	items, _ := list.([]any)
	if err != nil {
		return nil
	}
	var ports []map[string]any
	for _, item := range items {
		if port, ok := item.(map[string]any); ok {
			ports = append(ports, port)
		}
	}
	return ports
}

func servicePort(port map[string]any) string { return portKey(port, "port") }

func portAt(ports []map[string]any, key string) map[string]any {
	for _, port := range ports {
		if servicePort(port) == key {
			return port
		}
	}
	return nil
}

func nameOf(port map[string]any) string {
	name, _ := port["name"].(string)
	return name
}
