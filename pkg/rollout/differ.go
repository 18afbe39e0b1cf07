// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Differences says in a few lines where the pod template now differs from what
// it was, most telling first: "image app: v1 -> v2". Values are shown only of
// fields that are no place for a secret; of an environment variable the name
// alone. What both leave out, and what the server adds by itself, is no
// difference. A template that cannot be read differs as a whole.
func Differences(was, now []byte) []string {
	var before, after map[string]any
	if json.Unmarshal(was, &before) != nil || json.Unmarshal(now, &after) != nil {
		return []string{"template"}
	}
	d := &differ{}
	d.compare(nil, before, after)
	slices.SortStableFunc(d.found, func(a, b difference) int { return a.rank - b.rank })
	var lines []string
	for _, f := range d.found {
		if !slices.Contains(lines, f.text) {
			lines = append(lines, f.text)
		}
	}
	return lines
}

type difference struct {
	rank int // images first, then what else is of a container, then the rest
	text string
}

type differ struct{ found []difference }

// ignored are keys that say nothing about what runs.
var ignored = map[string]bool{"$patch": true, "creationTimestamp": true}

// compare walks two trees; lists of named things are compared by name.
func (d *differ) compare(path []string, was, now any) {
	before, after := children(was), children(now)
	if before == nil && after == nil {
		d.leaf(path, was, now)
		return
	}
	if was == nil && len(path) > 1 || now == nil && len(path) > 1 {
		d.leaf(path, was, now)
		return
	}
	all := maps.Clone(before)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if !ignored[key] {
			d.compare(append(slices.Clone(path), key), before[key], after[key])
		}
	}
}

// children of a map, or of a list whose items all have names; nil of anything else.
func children(node any) map[string]any {
	if tree, ok := node.(map[string]any); ok {
		return tree
	}
	list, ok := node.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	named := make(map[string]any, len(list))
	for _, item := range list {
		tree, _ := item.(map[string]any)
		name, ok := tree["name"].(string)
		if !ok {
			return nil
		}
		named[name] = item
	}
	return named
}

// leaf notes one difference.
func (d *differ) leaf(path []string, was, now any) {
	before, after := text(was), text(now)
	if before == after {
		return
	}
	path = withoutSpec(path)
	if slices.Contains(path, "annotations") || path[len(path)-1] == "value" {
		before, after = hide(before), hide(after)
	}
	if len(path) >= 2 && (path[0] == "containers" || path[0] == "initContainers") {
		d.ofContainer(path[1], path[2:], before, after)
		return
	}
	d.add(2, strings.Join(path, "."), before, after)
}

func withoutSpec(path []string) []string {
	if len(path) > 1 && path[0] == "spec" {
		return path[1:]
	}
	return path
}

func (d *differ) ofContainer(containerName string, field []string, before, after string) {
	switch {
	case len(field) == 0:
		d.add(1, "container "+containerName, before, after)
	case field[0] == "image":
		before, after = sameRepository(before, after)
		d.add(0, "image "+containerName, before, after)
	case field[0] == "env" && len(field) > 1:
		d.add(1, "env "+containerName+" "+field[1], hide(before), hide(after))
	default:
		d.add(1, "container "+containerName+" "+strings.Join(field, "."), before, after)
	}
}

// hide leaves of a value only whether there is one.
func hide(value string) string {
	if value == "" {
		return ""
	}
	return hidden
}

// add words a difference. What is long, or a tree, is only said to differ.
func (d *differ) add(rank int, what, before, after string) {
	words := "changed"
	switch {
	case before == "" && after != "":
		words = "added"
	case before != "" && after == "":
		words = "removed"
	case before == hidden, max(len(before), len(after)) > longest, strings.ContainsAny(before+after, "{["):
	default:
		words = ""
	}
	if words == "" {
		d.found = append(d.found, difference{rank, fmt.Sprintf("%s: %s -> %s", what, before, after)})
		return
	}
	d.found = append(d.found, difference{rank, what + " " + words})
}

const (
	hidden  = "\x00"
	longest = 80 // of a value that is shown
)

// sameRepository leaves of two images what differs: of one repository, the tags.
func sameRepository(was, now string) (before, after string) {
	at := strings.LastIndexAny(was, ":@")
	if at < 0 || at < strings.LastIndex(was, "/") || len(now) <= at || was[:at+1] != now[:at+1] {
		return was, now
	}
	return was[at+1:], now[at+1:]
}

// text of a node: a scalar as it is, anything else as JSON; "" of nothing.
func text(node any) string {
	switch node := node.(type) {
	case nil:
		return ""
	case string:
		return node
	}
	raw, err := json.Marshal(node)
	if err != nil { // came from JSON
		return ""
	}
	return string(raw)
}
