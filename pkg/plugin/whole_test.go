// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"testing"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestCanaryOfOne: what a canary of a set of one ordinal is to be instead can be pasted,
// and shows no value of an environment variable.
func TestCanaryOfOne(t *testing.T) {
	const watched = " && kubectl sts promote web -n default"
	for name, tt := range map[string]struct {
		intent Intent
		args   []string
		want   string
	}{
		"images": {
			Canary{Images: []string{"app=example.com/app:v2", "log=l:v3"}},
			nil,
			"kubectl -n default set image statefulset.apps/web app=example.com/app:v2 log=l:v3" + watched,
		},
		"a variable": {Canary{Env: []string{"app:KEY=hunter2"}}, nil, `kubectl -n default set env statefulset.apps/web -c app KEY="${KEY:?}"` + watched},
		"a patch":    {Canary{Patch: `{"spec":{}}`}, nil, `kubectl -n default patch statefulset.apps/web -p '{"spec":{}}'` + watched},
		"a patch of variables": {
			Canary{Patch: `{"env":"hunter2"}`}, nil, `kubectl -n default patch statefulset.apps/web -p "${PATCH:?}"` + watched,
		},
		"a revision":  {Canary{Revision: "a"}, nil, "kubectl -n default rollout undo statefulset.apps/web --to-revision=1" + watched},
		"a file":      {Canary{Words: "-f web.yaml"}, nil, "kubectl sts apply -f web.yaml -n default"},
		"of an apply": {Apply{Canary: "1"}, []string{"apply", "-f", "web.yaml", "--canary", "1", "-y"}, "kubectl sts apply -f web.yaml -y -n default"},
		"one word":    {Apply{Canary: "1"}, []string{"apply", "--canary=1", "-f", "web.yaml"}, "kubectl sts apply -f web.yaml -n default"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &action{
				session: session{
					Invocation: Invocation{Name: "kubectl sts", Args: tt.args},
					voice:      newVoice(io.Discard), flags: pflag.NewFlagSet("", pflag.ContinueOnError),
				},
				request: Request{Verb: "canary", SetName: "web", Intent: tt.intent, Run: RunOptions{DryRun: DryRunNone}},
			}
			refusal := &rollout.Refusal{Reason: rollout.TooMany}
			if got := a.next(refusal, rollouttest.Set("web").State()); got != tt.want {
				t.Errorf("next is %q, want %q", got, tt.want)
			}
			if got := a.next(refusal, rollouttest.Set("web").Replicas(3).State()); got != "" {
				t.Errorf("of three ordinals next is %q", got)
			}
		})
	}
}
