// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
)

// TestMadeAtOnce: the apply that makes a set changes none that somebody has made since the
// look, also by the same manager, and folds nothing of it.
func TestMadeAtOnce(t *testing.T) {
	other := errors.New("another's")
	for name, tt := range map[string]struct {
		manager string
		asked   []string
		want    error
	}{
		"nobody":             {"", []string{"apply dryRun", "apply"}, nil},
		"our own":            {fieldManager, []string{"apply dryRun", "apply", "apply dryRun"}, other},
		"one that is folded": {"kubectl-client-side-apply", []string{"apply dryRun", "apply", "apply dryRun"}, other},
	} {
		server := newStub(t)
		theirs := &appsv1.StatefulSet{
			TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
			ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "uid-web", ManagedFields: []metav1.ManagedFieldsEntry{{
				Manager: tt.manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", FieldsType: "FieldsV1",
				FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`),
			}}},
		}
		ours := theirs.DeepCopy()
		ours.Spec.MinReadySeconds = 3
		server.answers(func(r request) any {
			switch made := strings.Contains(r.Body, `"resourceVersion":"1"`); {
			case r.Method != http.MethodPatch:
				return nil
			case made && tt.manager != "" && !r.Query.Has("dryRun"):
				server.put(theirs)
				return failure(http.StatusConflict, metav1.StatusReasonConflict, "modified")
			default:
				return ours
			}
		})
		err := appliesWhatIsMade(t, server.client(t), other)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: it answers %v, want %v", name, err, tt.want)
		}
		if asked := server.applies(t); !slices.Equal(asked, tt.asked) {
			t.Errorf("%s: it asks %q, want %q", name, asked, tt.asked)
		}
	}
}

// appliesWhatIsMade applies a set, and refuses one that somebody else has made.
func appliesWhatIsMade(t *testing.T, c *Client, other error) error {
	t.Helper()
	f, err := manifest.Parse([][]byte{[]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{"replicas":2}}`)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Foresee(t.Context(), f.Bundles()[0].Set, Yield)
	if err != nil {
		return err
	}
	_, err = c.ServerSide(t.Context(), p, func(p Prospect) error {
		if p.Made() {
			return nil
		}
		return other
	})
	return err
}
