// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestUnfinished: what was cut is told by who wrote last and how it is finished, and
// what has come to its end, or is not ours any more, is not.
func TestUnfinished(t *testing.T) {
	at := func(ago time.Duration) func(*rollout.Record) {
		return func(r *rollout.Record) { r.At = r.At.Add(time.Hour - ago) }
	}
	own := func(r *rollout.Record) { r.Own = &rollout.OwnPartition{Partition: 2} }
	all, two := args("target", "0"), args("target", "3")
	seven := args("replicas", "7")
	five := web().Replicas(5)
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		text  string
		words string // "" is that nothing is unfinished
		rests bool
	}{
		"a promote":                   {half().Record("promote", rollout.Open, all, at(40*time.Second)), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 40s ago", "promote web --revision=web-b", false},
		"one of an hour ago":          {half().Record("promote", rollout.Open, all), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-b", true},
		"one whose pods move":         {half().Pods("a a a b b?").Record("promote", rollout.Open, all), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-b", false},
		"one to some":                 {half().Partition(4).Pods("a a a a b").Record("promote", rollout.Open, two), "a promote to 2 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-b --count=2", true},
		"one to some, which is there": {half().Record("promote", rollout.Open, two), "", "", false},
		"one before its last write":   {five.Record("promote", rollout.Open, all, own), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-a", true},
		"one that has but its end":    {five.Record("promote", rollout.Open, all), "a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-a", true},
		"one that has ended":          {five.Record("promote", rollout.Promoted, all), "", "", false},
		"a broken one":                {half().Pods("a a a b b!").Record("promote", rollout.Open, all), "", "", false},
		"another's template":          {half().Record("promote", rollout.Open, all, rewritten), "", "", false},
		"a canary":                    {half().Partition(4).Pods("a a a a b").Record("canary", rollout.Open, two), "a canary to 2 of 5 ordinals (run 0000aaaa) wrote 60m ago", "promote web --revision=web-b --count=2", true},
		"a canary that is there":      {half().Record("canary", rollout.Open, two), "", "", false},
		"a canary of an old version":  {half().Record("canary", rollout.Open), "", "", false},
		"a scale":                     {five.Record("scale", rollout.Open, seven), "a scale to 7 replicas (run 0000aaaa) wrote 60m ago", "scale web --replicas=7", true},
		"a scale whose pods come":     {five.Pods("a a a a -").Record("scale", rollout.Open, seven, at(time.Second)), "a scale to 7 replicas (run 0000aaaa) wrote 1s ago", "scale web --replicas=7", false},
		"a scale of just now":         {five.Record("scale", rollout.Open, seven, at(time.Second)), "a scale to 7 replicas (run 0000aaaa) wrote 1s ago", "scale web --replicas=7", false},
		"a scale that is there":       {five.Record("scale", rollout.Open, args("replicas", "5")), "", "", false},
		"scaled by somebody since":    {five.Record("scale", rollout.Open, seven, func(r *rollout.Record) { r.Replicas, r.Gen = 4, 6 }), "", "", false},
		"an abort":                    {back("a a a a b?").Record("abort", rollout.Open), "an abort (run 0000aaaa) wrote 60m ago", "abort web", false},
		"an abort before its end":     {five.Record("abort", rollout.Open, own), "an abort (run 0000aaaa) wrote 60m ago", "abort web", true},
		"an abort that has ended":     {five.Record("abort", rollout.Aborted), "", "", false},
		"nothing":                     {five, "", "", false},
	} {
		u, is := tt.in.State().Unfinished()
		if is != (tt.words != "") || is && (u.Text != tt.text || u.Words != tt.words || u.Rests != tt.rests) {
			t.Errorf("%s: %v, %+v; want %q, %q, rests %v", name, is, u, tt.text, tt.words, tt.rests)
		}
	}
}
