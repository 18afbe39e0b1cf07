// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// stamping is a set as a webhook that changes its template has it stored.
func stamping(set *appsv1.StatefulSet) {
	set.Generation++
	set.Spec.Template.Annotations = map[string]string{"at": "now"}
}

// TestAdmitted: what a write that changes nothing would change, as far as the server says.
func TestAdmitted(t *testing.T) {
	live, err := newStub(t, webSet()).client(t).look(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		answer any
		same   bool
		asked  bool
	}{
		"nothing":             {webSet(), true, true},
		"the template":        {webSet(stamping), false, true},
		"no dry run of it":    {failure(http.StatusBadRequest, metav1.StatusReasonBadRequest, "admission webhook does not support dry run"), false, false},
		"the set moved on":    {failure(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "the server rejected our request due to an error in our request"), false, false},
		"it may not be asked": {failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"), false, false},
	} {
		server := newStub(t, webSet())
		server.answersTo("PATCH", tt.answer)
		set, err := server.client(t).Admitted(t.Context(), live)
		if tt.asked != (err == nil) || err != nil && !errors.Is(err, ErrUnadmitted) || tt.asked && (set.Template == live.Template) != tt.same {
			t.Errorf("%s: %q (%v)", name, set.Template, err)
		}
		if made := server.last(t, http.MethodPatch); made.Query.Get("dryRun") != metav1.DryRunAll || strings.Contains(made.Body, "replace") || strings.Contains(made.Body, "add") {
			t.Errorf("%s: it asks %s of %v", name, made.Body, made.Query)
		}
	}
}

// TestNudgeIsAskedFirst: nobody has asked for a nudge, so that nothing may move by it.
func TestNudgeIsAskedFirst(t *testing.T) {
	change := rollout.Change{Nudge: &rollout.Nudge{At: time.Unix(0, 0)}}
	for name, tt := range map[string]struct {
		dry   any
		wants string // of the error
	}{
		"it moves nothing":   {webSet(), ""},
		"it moves ordinals":  {webSet(stamping), errRewrites.Error()},
		"it cannot be asked": {failure(http.StatusBadRequest, metav1.StatusReasonBadRequest, "does not support dry run"), ""},
	} {
		server := newStub(t, webSet())
		client := server.client(t)
		live, err := client.look(t.Context(), "web")
		if err != nil {
			t.Fatal(err)
		}
		written := 0
		server.answers(func(r request) any {
			switch {
			case r.Method != http.MethodPatch:
				return nil
			case r.Query.Get("dryRun") != "":
				return tt.dry
			}
			written++
			return webSet()
		})
		_, err = client.apply(t.Context(), rollout.State{Set: live}, change)
		if (err != nil) != (tt.wants != "") || err != nil && !strings.Contains(err.Error(), tt.wants) || (written == 1) != (tt.wants == "") {
			t.Errorf("%s: %d written, %v", name, written, err)
		}
	}
}
