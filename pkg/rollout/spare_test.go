// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// A claim that is being deleted lives for as long as its pod, so no write lets
// that pod go; of the others it may.
func TestNoPodGoesWhoseClaimIsBeingDeleted(t *testing.T) {
	dying := func(claimName string) func(rollouttest.Sight) rollouttest.Sight {
		return func(s rollouttest.Sight) rollouttest.Sight {
			return s.With(func(s *rollout.Set) { s.ClaimTemplates = []string{"logs", "data"} }).Glance(func(g *rollout.Glance) {
				g.Claims = []rollout.ClaimSight{{Name: "logs-web-4"}, {Name: claimName, Terminating: true}}
			})
		}
	}
	// Ordinals mount a claim that is there beside those of claim templates.
	sharing := func(ordinals ...int32) rollouttest.Sight {
		return dying("shared")(web()).Glance(func(g *rollout.Glance) {
			for i, pod := range g.Pods {
				if slices.Contains(ordinals, pod.Ordinal) {
					g.Pods[i].Claims = []string{"shared"}
				}
			}
		})
	}
	for name, tt := range map[string]struct {
		in      rollouttest.Sight
		goal    rollout.Goal
		refused bool
	}{
		"scale, of a shared one":          {sharing(4), rollout.Scale{To: 3}, true},
		"scale, and one below has it too": {sharing(2, 4), rollout.Scale{To: 3}, false},
		"scale, of all that have it":      {sharing(3, 4), rollout.Scale{To: 3}, true},
		"scale, and all below have it":    {sharing(0, 1), rollout.Scale{To: 3}, false},
		"delete, of a shared one":         {sharing(0, 4), rollout.Delete{}, true},
		"scale":                           {dying("data-web-4")(web()), rollout.Scale{To: 3}, true},
		"scale, and it stays":             {dying("data-web-3")(web()), rollout.Scale{To: 4}, false},
		"scale, agreed":                   {dying("data-web-4")(web()), rollout.Scale{To: 3, LosesClaimsOf: "web"}, false},
		"scale, agreed for another":       {dying("data-web-4")(web()), rollout.Scale{To: 3, LosesClaimsOf: "db"}, true},
		"scale up":                        {dying("data-web-4")(web()), rollout.Scale{To: 6}, false},
		"canary":                          {dying("data-web-4")(web()), canary("b", "1", "1"), true},
		"canary, of another":              {dying("data-web-3")(web()), canary("b", "1", "1"), false},
		"promote":                         {dying("data-web-2")(half()), promote("", "1"), true},
		"promote, at a later step":        {dying("data-web-0")(half()), promote("", "1"), true},
		"promote, past it":                {dying("data-web-3")(half()), promote("", "1"), false},
		"delete":                          {dying("data-web-4")(web()), rollout.Delete{}, true},
		"delete, of an ordinal long gone": {dying("data-web-7")(web()), rollout.Delete{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			decision := rollout.Decide(tt.goal, s, rollout.LeaseOf(tt.goal, s, "0000cafe"))
			if refused := rollouttest.Kind(decision.Err) == "refused: "+string(rollout.DataLoss); refused != tt.refused {
				t.Errorf("%+v, %v", decision.Act, decision.Err)
			}
		})
	}
}

// Where a template is put back, what carries another goes, and nothing else.
func TestAbortLetsNoPodGoWhoseClaimIsBeingDeleted(t *testing.T) {
	abortSparesAnOrdinal(t, rollout.ClaimSight{Terminating: true})
}

// Who makes an ordinal anew whose claim is Lost has a pod that never starts, so that no write
// comes before a refusal; those that stay as they are, and those that go, do not count.
func TestNoPodIsMadeWhoseClaimIsLost(t *testing.T) {
	losing := func(claimName string) func(rollouttest.Sight) rollouttest.Sight {
		return func(s rollouttest.Sight) rollouttest.Sight {
			return s.With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
				g.Claims = []rollout.ClaimSight{{Name: claimName, Lost: true, VolumeName: "pv4", UID: "claim"}}
			})
		}
	}
	naming := func(s rollouttest.Sight) rollouttest.Sight {
		return s.With(func(s *rollout.Set) { s.NamedClaims = []string{"shared"} })
	}
	mounting := rollouttest.Template{Name: "b"}.Patch()
	mounting.Raw = []byte(`{"spec":{"volumes":[{"name":"s","persistentVolumeClaim":{"claimName":"shared"}}]}}`)
	for name, tt := range map[string]struct {
		in      rollouttest.Sight
		goal    rollout.Goal
		refused bool
	}{
		"canary":                      {losing("data-web-4")(web()), canary("b", "1", "1"), true},
		"canary, of another":          {losing("data-web-3")(web()), canary("b", "1", "1"), false},
		"canary, of a shared one":     {losing("shared")(web()), rollout.Canary{Template: mounting, Count: intstr.FromInt32(1), Step: intstr.FromInt32(1)}, true},
		"canary, without it":          {losing("shared")(web()), canary("b", "1", "1"), false},
		"scale up, of a shared one":   {naming(losing("shared")(web())), rollout.Scale{To: 6, Step: 1}, true},
		"scale down, of a shared one": {naming(losing("shared")(web())), rollout.Scale{To: 3, Step: 1}, false},
		"promote, of a shared one":    {naming(losing("shared")(half())), promote("", "1"), true},
		"promote, at a later step":    {losing("data-web-0")(half()), promote("", "1"), true},
		"promote, past it":            {losing("data-web-4")(half()), promote("", "1"), false},
		"scale up, onto it":           {losing("data-web-6")(web()), rollout.Scale{To: 7, Step: 1}, true},
		"scale up, beside it":         {losing("data-web-4")(web()), rollout.Scale{To: 7, Step: 1}, false},
		"scale up, not so far":        {losing("data-web-6")(web()), rollout.Scale{To: 6, Step: 1}, false},
		"scale down, away from it":    {losing("data-web-4")(web()), rollout.Scale{To: 3, Step: 1}, false},
		"delete":                      {losing("data-web-4")(web()), rollout.Delete{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			decision := rollout.Decide(tt.goal, s, rollout.LeaseOf(tt.goal, s, "0000cafe"))
			if refused := rollouttest.Kind(decision.Err) == "refused: "+string(rollout.ClaimIsLost); refused != tt.refused {
				t.Errorf("%+v, %v", decision.Act, decision.Err)
			}
		})
	}
}

// A claim that is being deleted is made again by a claim template, and by no other.
func TestNoPodIsMadeWhoseNamedClaimIsBeingDeleted(t *testing.T) {
	for claimName, refused := range map[string]bool{"shared": true, "data-web-5": false, "other": false} {
		s := web().With(func(s *rollout.Set) { s.ClaimTemplates, s.NamedClaims = []string{"data"}, []string{"shared"} }).Glance(func(g *rollout.Glance) {
			g.Claims = []rollout.ClaimSight{{Name: claimName, Terminating: true}}
		}).State()
		goal := rollout.Scale{To: 6, Step: 1}
		decision := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000cafe"))
		if (rollouttest.Kind(decision.Err) == "refused: "+string(rollout.ClaimGoes)) != refused {
			t.Errorf("%s: %+v, %v", claimName, decision.Act, decision.Err)
		}
	}
}

func TestAbortMakesNoPodWhoseClaimIsLost(t *testing.T) {
	abortSparesAnOrdinal(t, rollout.ClaimSight{Lost: true})
}

// abortSparesAnOrdinal whose claim is such a one, and is not held up by one of an
// ordinal that it leaves alone.
func abortSparesAnOrdinal(t *testing.T, claim rollout.ClaimSight) {
	t.Helper()
	for claimName, refused := range map[string]bool{"data-web-4": true, "data-web-0": false} {
		claim.Name = claimName
		s := half().With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
			g.Claims = []rollout.ClaimSight{claim}
		}).State()
		goal, err := abort(s)
		if err != nil {
			t.Fatal(err)
		}
		decision := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000cafe"))
		if (decision.Err != nil) != refused {
			t.Errorf("%s: %+v, %v", claimName, decision.Act, decision.Err)
		}
	}
}
