// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// FuzzParse: whatever a file and a cluster say, what is to be sent is an object,
// with the uid of the one that it is for.
func FuzzParse(f *testing.F) {
	f.Add(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{"updateStrategy":3}}`, `{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}`)
	f.Add(`{"kind":"List","items":[{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"a"},"spec":{"claimRef":{"uid":1}}}]}`, `{"spec":{"claimRef":7}}`)
	f.Add(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web","annotations":[]},"spec":{}}`, `{"metadata":{"annotations":{"kubectl-sts/rollout":"x"},"managedFields":[{"manager":"sts-rollout","operation":"Update","fieldsV1":{"f:a":null}}]}}`)
	f.Fuzz(func(t *testing.T, text, cluster string) {
		file, err := Parse(bytes.Split([]byte(text), []byte("\n")))
		if err != nil {
			return
		}
		live := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(cluster), &live.Object); err != nil || live.Object == nil {
			return
		}
		live.SetUID("u")
		for _, bundle := range file.Bundles() {
			for _, o := range append(bundle.Beside(), bundle.Set) {
				trySend(t, o, live)
			}
		}
	})
}

func trySend(t *testing.T, o Object, live *unstructured.Unstructured) {
	t.Helper()
	body, err := o.Body("shop", live)
	if err != nil {
		return
	}
	var sent map[string]any
	if err := json.Unmarshal(body, &sent); err != nil || (&unstructured.Unstructured{Object: sent}).GetUID() != "u" {
		t.Errorf("%s: it sends %s (%v)", o, body, err)
	}
	Changes(live, &unstructured.Unstructured{Object: sent})
	if _, err := o.Left(live); err != nil {
		t.Log(err)
	}
}
