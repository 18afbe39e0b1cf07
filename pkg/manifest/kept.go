// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// template and the maps in it whose keys are the user's, in managedFields.
var (
	template = []string{"f:spec", "f:template"}
	keyed    = []string{"f:annotations", "f:labels", "f:nodeSelector"}
)

// Kept is what others have put into the template of a set, such as an
// environment variable or an annotation, and what stays there since the file
// does not name it. Of plain fields it says nothing: to the server, who has made
// a set by an Update is the manager of every default in it, too. after is what a
// dry run answered.
func (o Object) Kept(after *unstructured.Unstructured) ([]Conflict, error) {
	m, err := o.managed(after)
	if err != nil || o.Kind != Set {
		return nil, err
	}
	var kept []Conflict
	for _, other := range m.foreign {
		put := entries(under(other.fields, template), under(m.named, template), template)
		slices.Sort(put)
		for _, field := range put {
			kept = append(kept, Conflict{Manager: other.managerName, Field: field})
		}
	}
	return kept, nil
}

func under(tree map[string]any, keys []string) map[string]any {
	for _, key := range keys {
		tree, _ = tree[key].(map[string]any)
	}
	return tree
}

// entries of lists and maps, at any depth, that are not named.
func entries(has, named map[string]any, above []string) []string {
	var paths []string
	for key, below := range has {
		here := append(slices.Clone(above), key)
		inner, _ := below.(map[string]any)
		also, found := named[key].(map[string]any)
		isEntry := !strings.HasPrefix(key, "f:") || slices.Contains(keyed, above[len(above)-1])
		switch {
		case key == ".":
		case isEntry && !found:
			paths = append(paths, spoken(here))
		default:
			paths = append(paths, entries(inner, also, here)...)
		}
	}
	return paths
}
