// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestRefusedAsAnApply: check says of a manifest what its apply would say, and nothing
// where that would write, wait or go on.
func TestRefusedAsAnApply(t *testing.T) {
	two := rollouttest.Set("web").Replicas(2)
	canary := two.Revisions("a", "b").Partition(1).Record("canary", rollout.Open)
	another := func(r *rollout.Record) { r.ToDigest, r.Gen = "digest of c", 6 }
	operator := func(s *rollout.Set) {
		s.Hands = []rollout.Hand{{Kind: rollout.OwnerHand, Name: `Shop "web"`, Meaning: "it is an operator's"}}
	}
	for name, tt := range map[string]struct {
		in       rollouttest.Sight
		template string
		strategy string
		want     string // "" for no finding
		remedy   string
	}{
		"the same template":        {two, "a", "RollingUpdate", "", ""},
		"another one":              {two, "b", "RollingUpdate", "", ""},
		"a canary of another":      {canary, "c", "RollingUpdate", "a rollout is under way (web-b, from web-a); promote it or abort it before applying", "promote web --revision=web-b"},
		"a canary of this one":     {canary, "b", "RollingUpdate", "a rollout is under way (web-b, from web-a); promote it or abort it before applying", "promote web --revision=web-b"},
		"its own, which was cut":   {canary.Record("promote", rollout.Open, args("target", "0")), "b", "RollingUpdate", "", ""},
		"an abort is under way":    {two.Pods("a a?").Record("abort", rollout.Open), "b", "RollingUpdate", "an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims", "abort web"},
		"an ordinal is broken":     {two.Pods("a a!"), "b", "RollingUpdate", "web-1 has failed: image-pull: manifest unknown; if the template is at fault, apply a corrected one with --replace-broken", "kubectl -n default describe pod web-1"},
		"it is of this template":   {two.Pods("a a!"), "a", "RollingUpdate", "", ""},
		"somebody has changed it":  {canary.Record("promote", rollout.Open, another), "c", "RollingUpdate", "the template was changed; abort goes back, promote --revision=web-b goes on", ""},
		"an operator's":            {two.With(operator), "b", "RollingUpdate", `Shop "web" also writes to it: it is an operator's; to go on all the same, add --ignore-owners`, ""},
		"it would move ordinals":   {two, "a", "OnDelete", "the file changes spec.updateStrategy.type from RollingUpdate to OnDelete, which may move every ordinal at once, and apply does not; make that change by itself, with kubectl patch", ""},
		"pods on their way":        {two.Pods("a a?"), "b", "RollingUpdate", "", ""},
		"a scale that is not done": {two.Pods("a -").Record("scale", rollout.Open, args("replicas", "2")), "b", "RollingUpdate", "", ""},
	} {
		state := tt.in.State()
		intent := Apply{Step: "1"}
		a := &applyRun{action: action{request: Request{Verb: "apply", SetName: "web", Intent: intent, Run: RunOptions{Soak: soakDefault}}}, intent: intent}
		a.outcome.First = state
		a.set = cluster.Prospect{Live: setOf(t, state.Set.Live, "RollingUpdate"), After: setOf(t, rollouttest.Template{Name: tt.template}.Raw(), tt.strategy)}
		findings, err := notApplied(manifest.Object{Kind: manifest.Set, Name: "web"}, a.refused())
		switch {
		case err != nil, len(findings) > 1, len(findings) == 0 && tt.want != "":
			t.Errorf("%s: %+v, %v", name, findings, err)
		case len(findings) == 1 && (findings[0].Message != tt.want || findings[0].Remedy != tt.remedy || findings[0].ID != foundNotApplied):
			t.Errorf("%s: %+v; want %q, %q", name, findings[0], tt.want, tt.remedy)
		}
	}
}

// TestNotAppliedWithoutAnAnswer: what is no refusal is no finding either.
func TestNotAppliedWithoutAnAnswer(t *testing.T) {
	no := errors.New("connection refused")
	if findings, err := notApplied(manifest.Object{}, no); !errors.Is(err, no) || len(findings) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}

func setOf(t *testing.T, template []byte, strategy string) *unstructured.Unstructured {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(template, &tree); err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "web", "namespace": "default"},
		"spec":     map[string]any{"replicas": int64(2), "template": tree, "updateStrategy": map[string]any{"type": strategy}},
	}}
}
