// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	kjson "sigs.k8s.io/json"
)

// decode reads a document whose quantities can be read.
func decode(document []byte, typed any) error {
	err := kjson.UnmarshalCaseSensitivePreserveInts(document, typed)
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return err
	case scalar(wrong):
		return fmt.Errorf("%s is %s, where text is needed; %s", wrong.Field, inWords(wrong.Value), inQuotes)
	default:
		return fmt.Errorf("%s is %s, where %s is needed", wrong.Field, inWords(wrong.Value), needed(wrong.Type))
	}
}

// scalar: YAML has taken for a number or a truth value what should be text.
func scalar(wrong *json.UnmarshalTypeError) bool {
	kind, _, _ := strings.Cut(wrong.Value, " ")
	return needed(wrong.Type) == "text" && (kind == "number" || kind == "bool")
}

// inWords is what a value was, as the decoder calls it: "string", "number 1.5".
func inWords(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	case "string":
		return "text"
	default:
		return "a " + value
	}
}

// needed is what a field of a type is written as.
func needed(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return needed(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	default:
		return "a whole number"
	}
}

// amounts are the fields whose values are quantities. Elsewhere in these kinds no
// field has such a name and a mapping of anything else.
var amounts = map[string]bool{"requests": true, "limits": true, "capacity": true}

// misread names the first quantity that none can read. The server refuses it
// without saying where it stands.
func misread(at string, value any) error {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if err := misread(fmt.Sprintf("%s[%d]", at, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if err := misreadField(strings.TrimPrefix(at+"."+key, "."), key, value[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

func misreadField(at, key string, value any) error {
	inner, ok := value.(map[string]any)
	if !ok || !amounts[key] {
		return misread(at, value)
	}
	for _, of := range slices.Sorted(maps.Keys(inner)) {
		if inner[of] == nil {
			continue
		}
		text := strings.TrimSpace(fmt.Sprint(inner[of]))
		if _, err := resource.ParseQuantity(text); err != nil {
			return fmt.Errorf("%s.%s is %q, which is no quantity; it is written as 500Mi, 2Gi or 0.5", at, of, text)
		}
	}
	return nil
}
