// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestCanaryless: a set that gets another template, or has a canary of this one, is asked
// whether it can have one of so many; one that has the template everywhere is not.
func TestCanaryless(t *testing.T) {
	on := func(template, update string) *unstructured.Unstructured {
		u := setOf(t, rollouttest.Template{Name: template}.Raw(), "RollingUpdate")
		u.Object["status"] = map[string]any{"currentRevision": "web-a", "updateRevision": update}
		return u
	}
	for name, tt := range map[string]struct {
		live    *unstructured.Unstructured
		canary  string
		refused bool
	}{
		"another template":           {on("a", "web-a"), "2", true},
		"another, and it fits":       {on("a", "web-a"), "1", false},
		"a canary of this one":       {on("b", "web-b"), "2", true},
		"a canary of it, which fits": {on("b", "web-b"), "1", false},
		"it has it everywhere":       {on("b", "web-a"), "2", false},
	} {
		a := &applyRun{intent: Apply{Canary: tt.canary}}
		a.set = cluster.Prospect{Live: tt.live, After: on("b", "web-b")}
		if err := a.canaryless(); (err != nil) != tt.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNextOfACanaryOverWhatFailed: what has failed below a canary is replaced by the file
// as a whole, and of several sets by none of them together.
func TestNextOfACanaryOverWhatFailed(t *testing.T) {
	below := rollouttest.Set("web").Replicas(3).Pods("a! a a").State()
	for name, tt := range map[string]struct {
		several    bool
		next, hint string
	}{
		"one set":      {false, "kubectl sts apply -f web.yaml --replace-broken", ""},
		"several sets": {true, "", "what has failed is below the canary: apply statefulset.apps/web by itself first, in a file of its own, with --replace-broken and without --canary"},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		a.Args, a.several = []string{"apply", "-f", "web.yaml", "--canary", "1"}, tt.several
		a.request.Intent, a.goal = Apply{Canary: "1"}, rollout.Canary{Template: rollouttest.Template{Name: "b"}.Patch(), Count: intstr.FromInt32(1), Step: intstr.FromInt32(1), Applies: true}
		r := render.Result{ExitCode: ExitFailed, State: below}
		r.Next = a.next(&rollout.Failure{Reason: rollout.OrdinalFailed}, below)
		if hint := a.advice(r); r.Next != tt.next || hint != tt.hint {
			t.Errorf("%s: next %q, hint %q", name, r.Next, hint)
		}
	}
}
