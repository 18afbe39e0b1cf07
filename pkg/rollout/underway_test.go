// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestUnderWay: what is under way, by whom, and how far; nothing is on a set that is
// settled, nor where only a partition is left, which is told otherwise.
func TestUnderWay(t *testing.T) {
	left := func(r *rollout.Record) {
		r.ToDigest, r.FromDigest, r.From, r.Gen = "digest of b", "digest of a", "web-a", 6
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want string
	}{
		"settled":                 {web(), ""},
		"a canary":                {half(), "a canary is under way since 08:00:00 UTC: it is canary, 2/5 on web-b, from web-a"},
		"one by kubectl":          {web().Revisions("a", "b").Pods("a a a a b?"), "a rollout is under way: it is rolling, 0/5 on web-b, from web-a"},
		"one that has failed":     {half().Pods("a a a b b!"), "a canary is under way since 08:00:00 UTC: it is failing, 1/5 on web-b, from web-a"},
		"changed by somebody":     {half().Record("canary", rollout.Open, rewritten), "a canary is under way since 08:00:00 UTC: it is canary, 2/5 on web-b, from web-a; the template was changed"},
		"a cut promote":           {half().Record("promote", rollout.Open, args("target", "0")), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago: it is canary, 2/5 on web-b, from web-a"},
		"a cut scale":             {web().Record("scale", rollout.Open, args("replicas", "7")), "a scale to 7 replicas (run 0000aaaa) wrote 60m ago: it is settled, 5/5 on web-a"},
		"a scale that waits":      {web().Pods("a a a a -").Record("scale", rollout.Open, args("replicas", "5")), "a scale is under way since 08:00:00 UTC: it is scaling, 4/5 on web-a"},
		"a delete":                {web().Record("delete", rollout.Open), "a delete is under way since 08:00:00 UTC: it is deleting, 5/5 on web-a"},
		"pods wait to be deleted": {web().With(onDelete).Revisions("a", "b").Pods("a a a a b"), "4 ordinals wait to be deleted, as its strategy OnDelete has it: it is rolling, 1/5 on web-b, from web-a"},
		"an ordinal comes":        {web().Pods("a a a a a?"), "it is not settled: it is rolling, 4/5 on web-a"},
		"a partition is left":     {three().Partition(2).Record("canary", rollout.Open, left), ""},
	} {
		text, is := tt.in.State().UnderWay()
		if is != (tt.want != "") || text != tt.want {
			t.Errorf("%s: %v, %q; want %q", name, is, text, tt.want)
		}
	}
}
