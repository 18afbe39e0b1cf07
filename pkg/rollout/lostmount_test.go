// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// lossy is web of five ordinals; claims of them are Lost, beside others.
func lossy(claimNames ...string) rollout.State {
	return web().With(func(s *rollout.Set) { s.ClaimTemplates = []string{"logs", "data"} }).Glance(func(g *rollout.Glance) {
		g.Claims = append(g.Claims, rollout.ClaimSight{Name: "logs-web-3"})
		for _, claimName := range claimNames {
			g.Claims = append(g.Claims, rollout.ClaimSight{Name: claimName, Lost: true, VolumeName: "pv", UID: "u"})
		}
		for i := range g.Pods {
			if g.Pods[i].Ordinal == 4 {
				g.Pods[i].Claims = []string{"shared"}
			}
		}
	}).State()
}

func TestLostMounts(t *testing.T) {
	for name, tt := range map[string]struct {
		lost []string
		low  int32
		want string
	}{
		"none":                      {},
		"one of two templates":      {lost: []string{"data-web-3"}, want: "web-3: data-web-3"},
		"below":                     {lost: []string{"data-web-3"}, low: 4},
		"from it on":                {lost: []string{"data-web-3"}, low: 3, want: "web-3: data-web-3"},
		"of an ordinal long gone":   {lost: []string{"data-web-7"}},
		"one that its pod mounts":   {lost: []string{"shared", "other"}, want: "web-4: shared"},
		"no ordinal goes":           {lost: []string{"data-web-3"}, low: 9},
		"several, the lowest first": {lost: []string{"data-web-3", "data-web-4", "logs-web-3"}, want: "web-3: data-web-3, web-3: logs-web-3, web-4: data-web-4"},
	} {
		var got []string
		for _, m := range lossy(tt.lost...).LostMounts(tt.low) {
			got = append(got, m.PodName+": "+m.Claim.Name)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// What a delete leaves is refused by an apply of its manifest where a claim of an ordinal
// that it brings back is Lost, also of one that an earlier run took away.
func TestFindsStopped(t *testing.T) {
	naming := lossy("shared", "data-web-3", "other")
	naming.Set.NamedClaims = []string{"shared"}
	going := naming
	going.Claims = []rollout.ClaimSight{{Name: "data-web-2", Terminating: true}, {Name: "shared", Terminating: true}}
	for name, tt := range map[string]struct {
		in       rollout.State
		replicas int32
		want     []string
	}{
		"none":                        {in: lossy(), replicas: 5},
		"one":                         {in: lossy("data-web-3", "shared"), replicas: 5, want: []string{"data-web-3"}},
		"one of an ordinal long gone": {in: lossy("data-web-5"), replicas: 5},
		"of one that has gone":        {in: lossy("data-web-6"), replicas: 7, want: []string{"data-web-6"}},
		"one that the template names": {in: naming, replicas: 5, want: []string{"shared", "data-web-3"}},
		"it has no ordinals":          {in: naming, replicas: 0},
		"one that is being deleted":   {in: going, replicas: 5, want: []string{"shared"}},
	} {
		if diff := cmp.Diff(tt.want, rollout.Found{Replicas: tt.replicas}.FindsStopped(tt.in), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
