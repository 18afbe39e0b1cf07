// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
)

// TestDoubledEntries: a set whose lists have entries of one key is made by a create;
// one that is there is patched, the template as a whole, and what is wrong in other ways
// too is not written.
func TestDoubledEntries(t *testing.T) {
	const (
		env     = `.spec.template.spec.containers[name="app"].env: duplicate entries for key [name="OPTS"]`
		unknown = ".spec.replcas: field not declared in schema"
	)
	set := &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "uid-web"},
	}
	after, others := set.DeepCopy(), set.DeepCopy()
	after.Spec.MinReadySeconds = 3
	others.ManagedFields = []metav1.ManagedFieldsEntry{{
		Manager: "else", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", FieldsType: "FieldsV1",
		FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReadySeconds":{}}}`),
	}}
	for name, tt := range map[string]struct {
		live   *appsv1.StatefulSet
		lines  []string
		create any
		asked  []string
		want   string
	}{
		"not there":     {lines: []string{env, env}, create: set, asked: []string{"PATCH dry", "POST dry", "POST"}},
		"more is wrong": {lines: []string{env, unknown}, create: set, asked: []string{"PATCH dry"}, want: "replcas"},
		"there":         {live: set, lines: []string{env}, create: after, asked: []string{"PATCH dry", "OVERLAY dry", "OVERLAY"}},
		"the same":      {live: set, lines: []string{env}, create: set, asked: []string{"PATCH dry", "OVERLAY dry"}},
		"another's":     {live: others, lines: []string{env}, create: after, asked: []string{"PATCH dry", "OVERLAY dry"}, want: `"else" manages spec.minReadySeconds; put that into the file`},
		"made meanwhile": {
			lines: []string{env}, create: failure(http.StatusConflict, metav1.StatusReasonAlreadyExists, "there"),
			asked: []string{"PATCH dry", "POST dry"}, want: "made by somebody else",
		},
	} {
		server, asked := newStub(t), []string{}
		if tt.live != nil {
			server.put(tt.live)
		}
		server.answers(answersUntyped(tt.lines, tt.create, &asked))
		f, err := manifest.Parse([][]byte{[]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{"replicas":2,"template":{"spec":{"hostname":"a"}}}}`)})
		if err != nil {
			t.Fatal(err)
		}
		c := server.client(t)
		p, err := c.Foresee(t.Context(), f.Bundles()[0].Set, Yield)
		if err == nil {
			_, err = c.ServerSide(t.Context(), p, always)
		}
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: it answers %v, want %q", name, err, tt.want)
		}
		if !slices.Equal(asked, tt.asked) {
			t.Errorf("%s: it asks %q, want %q", name, asked, tt.asked)
		}
	}
}

// answersUntyped answers to writes as a server does that cannot type what it was sent, and
// keeps what it was asked.
func answersUntyped(lines []string, create any, asked *[]string) func(request) any {
	return func(r request) any {
		if r.Method == http.MethodGet {
			return nil
		}
		method := r.Method
		if r.ContentType == string(types.JSONPatchType) {
			method = "OVERLAY"
		}
		*asked = append(*asked, strings.TrimSuffix(method+" "+map[bool]string{true: "dry"}[r.Query.Has("dryRun")], " "))
		if method != http.MethodPatch {
			return create
		}
		return failure(http.StatusInternalServerError, "", "failed to create typed patch object (default/web; apps/v1, Kind=StatefulSet): errors:\n  "+strings.Join(lines, "\n  "))
	}
}
