// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestGoing: of what kubectl apply has written, what a create of the file alone answers
// stays; where that is denied, any of it may go.
func TestGoing(t *testing.T) {
	live := liveService("None", "kubectl-client-side-apply")
	live.Spec.SessionAffinity, live.Labels = corev1.ServiceAffinityNone, map[string]string{"tier": "back"}
	live.ManagedFields[0].FieldsV1 = metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:tier":{}}},"f:spec":{"f:sessionAffinity":{}}}`)
	fresh := live.DeepCopy()
	fresh.Labels, fresh.UID = nil, ""
	for name, tt := range map[string]struct {
		answer any
		want   []string
	}{
		"answered": {fresh, []string{"metadata.labels.tier"}},
		"denied":   {failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"), []string{"metadata.labels.tier", "spec.sessionAffinity"}},
	} {
		server := newStub(t)
		server.put(live)
		made := ""
		server.answers(func(r request) any {
			switch r.Method {
			case http.MethodPatch:
				return live
			case http.MethodPost:
				made = r.Body + r.Query.Get("dryRun")
				return tt.answer
			default:
				return nil
			}
		})
		c := server.client(t)
		p, err := c.Foresee(t.Context(), theService(t), Yield)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Going(t.Context(), p)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q (%v), want %q", name, got, err, tt.want)
		}
		if !strings.Contains(made, `"generateName":"web-"`) || strings.Contains(made, `"name"`) || !strings.HasSuffix(made, metav1.DryRunAll) {
			t.Errorf("%s: it asks by %s", name, made)
		}
	}
}

// TestExists reads nothing of what is in a Secret.
func TestExists(t *testing.T) {
	server := newStub(t)
	server.put(&corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "there", Namespace: "default"}})
	c := server.client(t)
	for name, want := range map[string]bool{"there": true, "gone": false} {
		if got, err := c.Exists(t.Context(), "secrets", name); err != nil || got != want {
			t.Errorf("%s: %t (%v)", name, got, err)
		}
	}
	server.answersTo("GET", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if got, err := c.Exists(t.Context(), "secrets", "there"); !IsForbidden(err) || got {
		t.Errorf("denied: %t (%v)", got, err)
	}
}
