// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strconv"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func scale(to int32, edits ...func(*rollout.Scale)) rollout.Goal {
	g := rollout.Scale{To: to, Step: 1}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

// toward is what the record of a scale says of its end.
func toward(n int) func(*rollout.Record) {
	return func(r *rollout.Record) { r.Args = map[string]string{"replicas": strconv.Itoa(n)} }
}

// expecting is --current-replicas.
func expecting(n int32) func(*rollout.Scale) { return func(g *rollout.Scale) { g.Current = &n } }

func TestScaleUpPlans(t *testing.T) {
	try(t, []row{
		{"up", web(), scale(7), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. replicas 7: make web-6; then wait until web-6 is Available
3. record done: it is done`},
		{"to what it is", web(), scale(5), "scaled (5/5 Available)"},
		{"goes on", web().Record("scale", rollout.Open, toward(6)), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"only the record is left open", web().Record("scale", rollout.Open), scale(5), "1. record done: it is done"},
		{"another scale was done", web().Record("scale", rollout.Done), scale(5), "scaled (5/5 Available)"},
		{"from ordinal 3", rollouttest.Set("web").Replicas(2).Start(3), scale(3), `
1. replicas 3: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"OnDelete", web().Revisions("a", "b").Pods("a a a b b").With(onDelete), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"Recreate", web().With(recreate), scale(6), unknownStrategy},
		{"a broken pod", web().Pods("a a! a a a"), scale(6), `
refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown`},
		{"a broken pod, begun", web().Pods("a a! a a a").Record("scale", rollout.Open, toward(6)), scale(6), `
failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown`},
		{"not observed", web().Unobserved(), scale(6), unseen},
	})
}

func TestScaleDownPlans(t *testing.T) {
	try(t, []row{
		{"down, two at a time", web(), scale(2, func(g *rollout.Scale) { g.Step = 2 }), `
1. replicas 3: take web-3 to web-4 away; then wait until web-3 to web-4 are gone
2. replicas 2: take web-2 away; then wait until web-2 is gone
3. record done: it is done`},
		{"down past broken ordinals", web().Pods("a a a a! a?"), scale(2), `
1. replicas 3: take web-3 to web-4 away, one by one: the controller would wait for the lowest of them; then wait until web-3 to web-4 are gone
2. replicas 2: take web-2 away; then wait until web-2 is gone
3. record done: it is done`},
		{"down past a broken ordinal, Parallel", web().Pods("a a a a! a").With(parallel), scale(3), `
1. replicas 4: take web-4 away; then wait until web-4 is gone
2. replicas 3: take web-3 away; then wait until web-3 is gone
3. record done: it is done`},
		{"down, and the next to go is not Ready", web().Pods("a a a a a?"), scale(4), `
1. replicas 4: take web-4 away; then wait until web-4 is gone
2. record done: it is done`},
		{"down, and the next but one to go is not Ready", web().Pods("a a a a? a"), scale(3), `
statefulset.apps/web: waiting for web-3 to be Available`},
		{"down, and one that stays is not Ready", web().Pods("a a a? a a?"), scale(4), `
statefulset.apps/web: waiting for web-2 to be Available; waiting for web-4 to be Available`},
		{"down, past a broken one, and one that stays is not Ready", web().Pods("a a? a a a!"), scale(4), `
refused: BrokenPods: statefulset.apps/web: web-4 has failed: image-pull: manifest unknown`},
		{"down, and a broken one stays", web().Pods("a a! a a a"), scale(4), `
refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown`},
	})
}

func TestScaleFromOtherReplicas(t *testing.T) {
	try(t, []row{
		{"current replicas as expected", web(), scale(6, expecting(5)), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"other current replicas", web(), scale(6, expecting(4)), `
refused: ReplicasDiffer: statefulset.apps/web: it has 5 replicas, not the 4 that --current-replicas expects`},
		{"other current replicas, begun", web().Record("scale", rollout.Open, toward(6)), scale(6, expecting(4)), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
	})
}

// The ordinals of a canary are counted from the top, so a scale would move them.
func TestScaleOntoARollout(t *testing.T) {
	const counted = "refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and its ordinals are counted from the top; promote it or abort it before scaling"
	try(t, []row{
		{"a canary", half(), scale(6), counted},
		{"a canary, to zero", half(), scale(0), counted},
		{"staged", web().Revisions("a", "b").Partition(5), scale(6), counted},
		{"an own partition is no canary", web().Partition(2).Revisions("a", "a"), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"a rollout is under way", web().Revisions("a", "b").Pods("a a a/ b b"), scale(6), `
statefulset.apps/web: waiting for web-0 to be replaced; waiting for web-1 to be replaced; waiting for web-2 to be gone`},
		{"an abort is under way", back("a a a a b/"), scale(6), abortUnderWay},
	})
}

func TestScaleAndItsClaims(t *testing.T) {
	try(t, []row{
		{"up, claims are deleted", web().With(claims), scale(6), `
1. replicas 6: make web-5; then wait until web-5 is Available
2. record done: it is done`},
		{"down, claims are deleted", web().With(claims), scale(3), `
refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-4, logs-web-4, data-web-3, logs-web-3; to agree to that, add --confirm-data-loss=web`},
		{"down, claims are deleted, agreed", web().With(claims), scale(4, func(g *rollout.Scale) { g.LosesClaimsOf = "web" }), `
1. replicas 4: take web-4 away; then wait until web-4 is gone
2. record done: it is done`},
		{"down, agreed for another set", web().With(claims), scale(4, func(g *rollout.Scale) { g.LosesClaimsOf = "db" }), `
refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-4, logs-web-4; to agree to that, add --confirm-data-loss=web`},
	})
}

func TestScaleAndSurplusPods(t *testing.T) {
	try(t, []row{
		{"surplus pods go", web().Pods("a a a a a a a/"), scale(5), `
statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go`},
		{"two broken surplus pods", web().Pods("a a a a a a? a?"), scale(5), `
1. delete pod "web-6": two broken surplus pods block each other, and neither is ever made again; then wait until web-6 is gone`},
		{"two broken surplus pods, and one in range", web().Pods("a a a? a a a? a?"), scale(5), `
statefulset.apps/web: waiting for web-2 to be Available; waiting for web-5 to go; waiting for web-6 to go`},
		{"two broken surplus pods, the highest is well", web().Pods("a a a a a a? a? a"), scale(5), `
statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go; waiting for web-7 to go`},
		{"two broken surplus pods, one goes", web().Pods("a a a a a a? a/"), scale(5), `
statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go`},
		{"two broken surplus pods, Parallel", web().Pods("a a a a a a? a?").With(parallel), scale(5), `
statefulset.apps/web: waiting for web-5 to go; waiting for web-6 to go`},
	})
}

// TestScaleDownBeforeItIsSeen: of a revision that an older server has stored, nothing tells
// for a moment that its ordinals are on the live template. Those that have failed are to
// go, and hold nothing up then either.
func TestScaleDownBeforeItIsSeen(t *testing.T) {
	older := func(g *rollout.Glance) { g.Revisions[0].Digest = "before some defaults" }
	for name, in := range map[string]rollouttest.Sight{
		"seen":     web().Replicas(3).Pods("a a! a! a/").With(parallel).Glance(older),
		"not seen": web().Replicas(3).Pods("a a! a! a/").With(parallel).Glance(older).Unobserved(),
	} {
		s := in.State()
		lease := rollout.LeaseOf(scale(0), s, "0000bbbb")
		lease.Wrote = true
		if d := rollout.Decide(scale(0), s, lease); len(d.Wait) == 0 {
			t.Errorf("%s: it decides %+v", name, d)
		}
	}
}
