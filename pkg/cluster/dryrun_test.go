// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// That the set is there is the last thing that a server says of a create, and a
// quota means nothing of one that is there; whatever else it says is the answer.
func TestDryRunCreate(t *testing.T) {
	const denied = `statefulsets.apps "web" is forbidden: ValidatingAdmissionPolicy 'sizes' with binding 'sizes' denied request: too large`
	for name, tt := range map[string]struct {
		answer any
		want   string // of the error
	}{
		"it would be made":          {answer: webSet()},
		"it is there":               {answer: failure(http.StatusConflict, metav1.StatusReasonAlreadyExists, `statefulsets.apps "web" already exists`)},
		"a quota counts it already": {answer: failure(http.StatusForbidden, metav1.StatusReasonForbidden, `statefulsets.apps "web" is forbidden: exceeded quota: sets, requested: count/statefulsets.apps=1`)},
		"a policy denies it":        {answer: failure(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, denied), want: "too large"},
		"a webhook denies it":       {answer: failure(http.StatusForbidden, metav1.StatusReasonForbidden, "admission webhook denied the request: no"), want: "denied the request: no"},
		"another conflict":          {answer: failure(http.StatusConflict, metav1.StatusReasonConflict, "modified"), want: "modified"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t)
			server.answersTo("POST", tt.answer)
			object := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": map[string]any{"name": "web", "namespace": "default"},
			}}
			err := server.client(t).DryRunCreate(t.Context(), object)
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("it answers %v, want %q", err, tt.want)
			}
			if made := server.last(t, http.MethodPost); made.Query.Get("dryRun") != metav1.DryRunAll || made.String() != "POST statefulsets" {
				t.Errorf("%s, dryRun=%s", made, made.Query.Get("dryRun"))
			}
		})
	}
}
