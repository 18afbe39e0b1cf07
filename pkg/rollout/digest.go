// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Digest is the sha256 of a pod template by its meaning: nulls,
// metadata.creationTimestamp and the "$patch" key are dropped, keys sorted.
// Two revisions with the same digest are one revision: a server before 1.34
// wrote `"creationTimestamp":null` into every template that it stored, a later
// one leaves it out, and the controller compares bytes
// (pkg/controller/history/controller_history.go: EqualRevision).
func Digest(template []byte) (string, error) {
	tree, err := decode(template)
	if err != nil {
		return "", fmt.Errorf("pod template: %w", err)
	}
	if meta, ok := tree["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	delete(tree, "$patch")
	canonical, err := json.Marshal(prune(tree))
	if err != nil {
		return "", fmt.Errorf("pod template: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// SameBytes says whether the controller would take two templates of the same
// digest for one: equal JSON, nulls included.
func SameBytes(a, b []byte) bool {
	left, errLeft := decode(a)
	right, errRight := decode(b)
	if errLeft != nil || errRight != nil {
		return false
	}
	delete(left, "$patch")
	delete(right, "$patch")
	return reflect.DeepEqual(left, right)
}

// decode keeps numbers as they are written: a float would lose large integers.
func decode(raw []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	if tree == nil {
		return nil, errors.New("it is null, not an object")
	}
	return tree, nil
}

// prune drops nulls from maps, at every depth.
func prune(node any) any {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if value == nil {
				delete(node, key)
				continue
			}
			node[key] = prune(value)
		}
	case []any:
		for i, value := range node {
			node[i] = prune(value)
		}
	}
	return node
}
