// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestSevered: a delete or a scale that somebody else has written into is told, by what was
// written and how it goes on, though the set is settled.
func TestSevered(t *testing.T) {
	wrote := func(r *rollout.Record) { r.ToDigest, r.Gen = "digest of x", 6 }
	found := args("replicas", "7", "whenDeleted", "Retain", "whenScaled", "Retain", "saved", "web.yaml")
	policy := args("replicas", "7", "whenDeleted", "Delete", "whenScaled", "Retain", "saved", "web.yaml")
	back := args("replicas", "5", "whenDeleted", "Retain", "whenScaled", "Retain")
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		words string
		ways  string // "" is that nothing is severed
	}{
		"a delete":                       {web().Record("delete", rollout.Open, found, wrote), "scale web --replicas=7", "scale web --replicas=7 takes the replicas back; all is as it was by an apply of web.yaml; to delete it all the same, run delete again with another file for --save; to leave it as it is: kubectl -n default annotate statefulset.apps/web kubectl-sts/rollout-"},
		"one that made the policy other": {web().Record("delete", rollout.Open, policy, wrote), "scale web --replicas=7", "its retention policy was Delete/Retain"},
		"put back by somebody":           {web().Record("delete", rollout.Open, back, wrote), "", ""},
		"one that nobody wrote into":     {web().Record("delete", rollout.Open, found), "", ""},
		"a scale":                        {web().Record("scale", rollout.Open, args("replicas", "7"), wrote), "scale web --replicas=7", "scale web --replicas=7 finishes it; to leave it as it is: "},
		"a scale that is there":          {web().Record("scale", rollout.Open, args("replicas", "5"), wrote), "", ""},
		"scaled by somebody since":       {web().Record("scale", rollout.Open, args("replicas", "7"), wrote, func(r *rollout.Record) { r.Replicas = 4 }), "", ""},
		"a scale that has ended":         {web().Record("scale", rollout.Done, args("replicas", "7"), wrote), "", ""},
		"a promote":                      {web().Record("promote", rollout.Open, args("target", "0"), wrote), "", ""},
	} {
		s := tt.in.State()
		severed, is := s.Severed()
		if is != (tt.ways != "") || is && (severed.Words != tt.words || !strings.Contains(severed.Ways(), tt.ways)) {
			t.Errorf("%s: %v, %+v, %q; want %q, %q", name, is, severed, severed.Ways(), tt.words, tt.ways)
		}
		if changed := s.ForeignChange(); is != strings.Contains(changed, "the template was changed") {
			t.Errorf("%s: changed is %q", name, changed)
		}
		if text, underWay := s.UnderWay(); is && (!underWay || !strings.Contains(text, "and somebody else has since: it is settled, 5/5 on web-a; the template was changed")) {
			t.Errorf("%s: under way is %q", name, text)
		}
	}
}
