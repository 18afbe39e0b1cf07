// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// goingOf is a set of which some claims are being deleted.
func goingOf(s rollouttest.Sight, claimNames ...string) rollouttest.Sight {
	return s.With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
		for _, claimName := range claimNames {
			g.Claims = append(g.Claims, rollout.ClaimSight{Name: claimName, Terminating: true, VolumeName: "pv-" + claimName})
		}
	})
}

// A command that would be refused for a claim that is being deleted is told so beforehand.
func TestBarred(t *testing.T) {
	for name, tt := range map[string]struct {
		in     rollouttest.Sight
		words  string
		barred string
	}{
		"promote":                {goingOf(half(), "data-web-1"), "promote web --revision=web-b", "a promote would be refused: web-1 would go, "},
		"promote, not so far":    {goingOf(half(), "data-web-0"), "promote web --revision=web-b --count=3", ""},
		"promote, past it":       {goingOf(half(), "data-web-4"), "promote web", ""},
		"abort":                  {goingOf(half(), "data-web-4"), "abort web", "an abort would be refused: web-4 would go, "},
		"abort, of another":      {goingOf(half(), "data-web-0"), "abort web", ""},
		"of a set that is whole": {goingOf(web(), "data-web-4"), "abort web", ""},
		"another command":        {goingOf(half(), "data-web-4"), "apply -f FILE", ""},
		"none":                   {goingOf(half(), "data-web-4"), "", ""},
	} {
		got := tt.in.State().Barred(tt.words)
		if !strings.HasPrefix(got, tt.barred) || (got == "") != (tt.barred == "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// refusalOf a goal; empty where it is let through.
func refusalOf(g rollout.Goal, s rollout.State) rollout.Refusal {
	var refusal *rollout.Refusal
	if errors.As(rollout.Decide(g, s, rollout.LeaseOf(g, s, "0000cafe")).Err, &refusal) {
		return *refusal
	}
	return rollout.Refusal{}
}

// What a canary is in the way of names no way out that would be refused, and says what comes first.
func TestCanaryInTheWayNamesNoBarredWay(t *testing.T) {
	s := goingOf(half(), "data-web-1").State()
	for _, goal := range []rollout.Goal{rollout.Scale{To: 3, Step: 1}, rollout.Delete{}, canary("c", "1", "1"), apply("c")} {
		r := refusalOf(goal, s)
		if r.Reason != rollout.CanaryUnderWay || r.Hint != "" || !strings.Contains(r.Message, "; a promote would be refused: web-1 would go, ") {
			t.Errorf("%s: %+v", goal.Op(), r)
		}
	}
}

// A pod that is gone or goes keeps no claim, so that the same command goes on once its
// user has deleted it.
func TestPodThatGoesKeepsNoClaim(t *testing.T) {
	for _, pods := range []string{"a a a a b/", "a a a a -"} {
		s := goingOf(half().Pods(pods), "data-web-4").State()
		if s.Barred("abort web") != "" {
			t.Errorf("%s: %s", pods, s.Barred("abort web"))
		}
	}
}

// The hint shows the reclaim policy, by which the data stay or go.
func TestHintShowsTheReclaimPolicy(t *testing.T) {
	s := goingOf(web(), "data-web-4").State()
	goal := rollout.Scale{To: 3, Step: 1}
	r := refusalOf(goal, s)
	if r.Hint != "kubectl get pv pv-data-web-4" {
		t.Errorf("%+v", r)
	}
}
