// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"reflect"
	"slices"
)

// Departs is what pods of a template run otherwise than those of another one, in words; nil
// where the two are one but for what the server fills in and for labels and annotations,
// or where one of them cannot be read.
func Departs(was, now []byte) []string {
	before, errBefore := decode(was)
	after, errAfter := decode(now)
	if errBefore != nil || errAfter != nil {
		return nil
	}
	spec := withoutDefaults(before["spec"], after["spec"])
	if reflect.DeepEqual(prune(before["spec"]), prune(spec)) {
		return nil
	}
	left, errLeft := json.Marshal(map[string]any{"spec": before["spec"]})
	right, errRight := json.Marshal(map[string]any{"spec": spec})
	if errLeft != nil || errRight != nil {
		return nil
	}
	return Differences(left, right)
}

// withoutDefaults leaves out of a tree what the server may have filled in where another one
// has nothing.
func withoutDefaults(was, now any) any {
	switch now := now.(type) {
	case map[string]any:
		before, ok := was.(map[string]any)
		if !ok {
			return now
		}
		kept := map[string]any{}
		for key, value := range now {
			if old := before[key]; old != nil {
				kept[key] = withoutDefaults(old, value)
			} else if !isDefault(key, value) {
				kept[key] = value
			}
		}
		return kept
	case []any:
		before, ok := was.([]any)
		if !ok || len(before) != len(now) {
			return now
		}
		kept := make([]any, len(now))
		for i := range now {
			kept[i] = withoutDefaults(before[i], now[i])
		}
		return kept
	default:
		return now
	}
}

// isDefault says that the server may fill in a field where there is none: one value, an
// empty object, or requests of the limits (pkg/apis/core/v1/defaults.go). Nothing fills
// in where a pod runs, and as whom.
func isDefault(key string, value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) == 0 || key == "requests"
	case []any:
		return len(value) == 0
	default:
		return !slices.Contains([]string{"nodeName", "priorityClassName", "runtimeClassName", "serviceAccountName"}, key)
	}
}
