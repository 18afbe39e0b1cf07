// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// liveDoubled is a set as a server has it.
const liveDoubled = `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web","uid":"u","labels":{"a":"1"}%s},
	"spec":{"replicas":3,"minReadySeconds":5,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":1,"maxUnavailable":2}},
		"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"now","old":"x"}},
			"spec":{"hostname":"h","containers":[{"name":"app","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}]}}},
	"status":{"replicas":3}}`

func doubledTree(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestOverlay: the template is the file's alone, but for a restart by hand; of the
// rest what the file does not name stays.
func TestOverlay(t *testing.T) {
	over, err := Overlay([]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web","labels":{"b":"2"}},
		"spec":{"serviceName":null,"minReadySeconds":7,"updateStrategy":{"rollingUpdate":{"partition":0}},
			"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"3"},{"name":"A","value":"2"}]}]}}}}`), doubledTree(t, fill(liveDoubled, "")))
	if err != nil {
		t.Fatal(err)
	}
	want := doubledTree(t, `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web","uid":"u","labels":{"a":"1","b":"2"}},
		"spec":{"replicas":3,"minReadySeconds":7,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0,"maxUnavailable":2}},
			"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"now"}},
				"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"3"},{"name":"A","value":"2"}]}]}}},
		"status":{"replicas":3}}`)
	if diff := cmp.Diff(want.Object, over.Object); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// TestOverwritten: what others have and what changes or goes, once, and not what is ours.
func TestOverwritten(t *testing.T) {
	const managers = `,"managedFields":[
		{"manager":"else","operation":"Update","apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:minReadySeconds":{},"f:replicas":{},
			"f:template":{"f:spec":{"f:hostname":{},"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:name":{},"f:env":{"k:{\"name\":\"A\"}":{".":{},"f:value":{}}}},"k:{\"name\":\"side\"}":{".":{}}}}}}}},
		{"manager":"kubectl-sts","operation":"Update","apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{"f:a":{}}}}}]`
	live := doubledTree(t, fill(liveDoubled, managers))
	after := doubledTree(t, fill(liveDoubled, ""))
	for _, change := range []struct {
		value any
		keys  []string
	}{{int64(9), []string{"spec", "minReadySeconds"}}, {"2", []string{"metadata", "labels", "a"}}} {
		if err := unstructured.SetNestedField(after.Object, change.value, change.keys...); err != nil {
			t.Fatal(err)
		}
	}
	unstructured.RemoveNestedField(after.Object, "spec", "template", "spec", "hostname")
	env := after.Object["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)["env"].([]any)
	env[0].(map[string]any)["value"] = "changed"
	got, err := Object{Kind: Set, Name: "web"}.Overwritten(live, after)
	want := []Conflict{
		{"else", "spec.minReadySeconds"},
		{"else", `spec.template.spec.containers.{"name":"app"}.env.{"name":"A"}.value`},
		{"else", "spec.template.spec.hostname"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, want -, got +\n%s", err, diff)
	}
}

func fill(text, managers string) string { return strings.Replace(text, "%s", managers, 1) }
