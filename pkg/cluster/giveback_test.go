// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestGiveBack: one write, of managedFields alone, bound to uid and version; none where
// there is nothing to give back.
func TestGiveBack(t *testing.T) {
	const replicas = `{"f:spec":{"f:replicas":{}}}`
	server := newStub(t, web()...)
	s := server.open(t).Observe()
	client := server.client(t)
	if to, err := client.GiveBack(t.Context(), s); len(to) > 0 || err != nil {
		t.Errorf("nothing of anybody: %q, %v", to, err)
	}
	entry := func(managerName string, operation metav1.ManagedFieldsOperationType) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: managerName, Operation: operation, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(replicas)}
	}
	s.Set.Managed = []metav1.ManagedFieldsEntry{entry("helm", metav1.ManagedFieldsOperationApply), entry(rollout.FieldManager, metav1.ManagedFieldsOperationUpdate)}
	server.answersTo("PATCH", webSet())
	to, err := client.GiveBack(t.Context(), s)
	if err != nil || strings.Join(to, " ") != "helm" {
		t.Errorf("it goes to %q, %v", to, err)
	}
	if n := strings.Count(strings.Join(server.asked(), " "), "PATCH"); n != 1 {
		t.Errorf("%d patches", n)
	}
	made := server.last(t, http.MethodPatch)
	for _, part := range []string{
		`{"op":"test","path":"/metadata/uid","value":"set-uid"}`, `"path":"/metadata/managedFields"`,
		`{"op":"replace","path":"/metadata/resourceVersion","value":"` + s.Set.Version + `"}`,
	} {
		if !strings.Contains(made.Body, part) {
			t.Errorf("%s is missing in %s", part, made.Body)
		}
	}
	if strings.Count(made.Body, "f:replicas") != 1 || strings.Contains(made.Body, "/spec") {
		t.Errorf("it writes %s", made.Body)
	}
}
