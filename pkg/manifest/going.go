// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Going are those of the fields of [Object.Left] that change by the fold: their live
// value is not what the server makes of the file alone, which is fresh. What the server
// has filled in by default is there in both.
func (o Object) Going(live, after, fresh *unstructured.Unstructured) ([]string, error) {
	left, err := o.left(after)
	if err != nil {
		return nil, err
	}
	var going [][]string
	for _, keys := range left {
		if !reflect.DeepEqual(valueAt(live.Object, keys), valueAt(fresh.Object, keys)) {
			going = append(going, keys)
		}
	}
	return spokenAll(going), nil
}

// valueAt follows the keys of managedFields; nil where there is nothing.
func valueAt(node any, keys []string) any {
	for _, key := range keys {
		kind, name, _ := strings.Cut(key, ":")
		switch tree := node.(type) {
		case map[string]any:
			node = tree[name]
		case []any:
			node = itemAt(tree, kind, name)
		default:
			return nil
		}
	}
	return node
}

// itemAt finds the item of a list that has a key ("k") or is a value ("v").
func itemAt(list []any, kind, name string) any {
	var wanted any
	if json.Unmarshal([]byte(name), &wanted) != nil {
		return nil
	}
	for _, item := range list {
		if kind == "v" && fmt.Sprint(item) == fmt.Sprint(wanted) || kind == "k" && hasKey(item, wanted) {
			return item
		}
	}
	return nil
}

// hasKey compares as text: a number is of one type in managedFields, and of another
// one in an object.
func hasKey(item, wanted any) bool {
	fields, isObject := item.(map[string]any)
	keys, isKey := wanted.(map[string]any)
	for name, value := range keys {
		if fmt.Sprint(fields[name]) != fmt.Sprint(value) {
			return false
		}
	}
	return isObject && isKey
}
