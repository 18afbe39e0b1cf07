// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestLeftover: somebody took the canary's template back, and its partition stayed.
func TestLeftover(t *testing.T) {
	took := func(r *rollout.Record) {
		r.ToDigest, r.FromDigest, r.From, r.Gen = "digest of b", "digest of a", "web-a", 6
	}
	for name, tt := range map[string]struct {
		state rollout.State
		own   string
		left  bool
	}{
		"taken back":           {three().Partition(2).Record("canary", rollout.Open, took).State(), "0", true},
		"and put back":         {three().Partition(0).Record("canary", rollout.Open, took, func(r *rollout.Record) { r.Partition = 2 }).State(), "0", false},
		"its own stood there":  {three().Partition(2).Record("canary", rollout.Open, took, func(r *rollout.Record) { r.Own = &rollout.OwnPartition{Partition: 2} }).State(), "2", false},
		"it ended":             {three().Partition(2).Record("canary", rollout.Aborted, took).State(), "", false},
		"still a canary":       {half().State(), "", false},
		"a scale":              {three().Partition(2).Record("scale", rollout.Open, took).State(), "", false},
		"pods are on the move": {three().Partition(2).Pods("a a? a").Record("canary", rollout.Open, took).State(), "", false},
	} {
		own, left := tt.state.Leftover()
		if left != tt.left || left && own.String() != tt.own {
			t.Errorf("%s: own %s, left %v; want %s, %v", name, own, left, tt.own, tt.left)
		}
	}
}

// TestSome: a line takes no more than five of many.
func TestSome(t *testing.T) {
	for want, texts := range map[string][]string{
		"":                         nil,
		"a, b, c, d, e":            {"a", "b", "c", "d", "e"},
		"a, b, c, d, e and 2 more": {"a", "b", "c", "d", "e", "f", "g"},
	} {
		if got := rollout.Some(texts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
