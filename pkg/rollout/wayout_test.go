// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestWayOut: what a refusal names as the way out goes back only where something has
// failed, or where that is what was asked for.
func TestWayOut(t *testing.T) {
	stands, starts, broken := half(), half().Pods("a a a b b?"), half().Pods("a a a b b!")
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		want string
	}{
		"a scale, it stands":            {stands, scale(6), "promote web --revision=web-b"},
		"a scale, it is on its way":     {starts, scale(6), "status web -w"},
		"a scale, it has failed":        {broken, scale(6), "abort web"},
		"a delete, it is on its way":    {starts, rollout.Delete{Found: rollout.Found{Replicas: 5}}, "status web -w"},
		"a canary, it is on its way":    {starts, canary("c", "1", "1"), "status web -w"},
		"an apply, it is on its way":    {starts, apply("c"), "status web -w"},
		"an apply, it has failed":       {broken, apply("c"), "abort web"},
		"an apply of what was before":   {stands, apply("a"), "abort web"},
		"a canary of what was before":   {starts, canary("a", "1", "1"), "abort web"},
		"an apply, it stands":           {stands, apply("c"), "promote web --revision=web-b"},
		"a smaller canary":              {stands, canary("b", "1", "1"), ""},
		"a smaller one, it has failed":  {half().Pods("a a a b b!").Record("canary", rollout.Open), promote("1", "1"), "abort web"},
		"a smaller promote":             {stands, promote("1", "1"), ""},
		"a smaller one, it is starting": {starts, promote("1", "1"), ""},
	} {
		_, err := tt.goal.Plan(tt.in.State())
		var r *rollout.Refusal
		if !errors.As(err, &r) || r.Hint != tt.want {
			t.Errorf("%s: %v, hint %q; want %q", name, err, r.Hint, tt.want)
		}
	}
}

// TestTheSameCommandFails: of a canary that fails, the same command again goes on with what
// it has begun, and fails; another has begun nothing, and is refused.
func TestTheSameCommandFails(t *testing.T) {
	failing := half().Pods("a a a b b!").Record("canary", rollout.Open)
	const told = "statefulset.apps/web: web-4 has failed: image-pull: manifest unknown"
	try(t, []row{
		{"the canary", failing, canary("b", "2", "1"), "failed: OrdinalFailed: " + told},
		{"a promote", failing, promote("", "1"), "refused: BrokenPods: " + told},
	})
}
