// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// later is half a rollout, after another run has written once more.
func later() rollouttest.Sight {
	return half().Partition(2).With(func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 })
}

// TestAnew: what somebody wrote before the run did is where the run begins, if its
// goal can be made anew, and ends it if not.
func TestAnew(t *testing.T) {
	for name, tt := range map[string]struct {
		anew func(rollout.State) (rollout.Goal, error)
		kind string
	}{
		"a goal of its own time": {nil, "superseded: TakenOver"},
		"a goal made anew":       {func(rollout.State) (rollout.Goal, error) { return promote("", "1"), nil }, "error: nobody answers"},
		"one that cannot be":     {func(rollout.State) (rollout.Goal, error) { return nil, &rollout.Refusal{Reason: rollout.NotSettled} }, "refused: NotSettled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newStage(half())
				c.answer = func(context.Context, rollout.Change) (rollout.Set, error) {
					c.show(later())
					c.answer = newStage(half()).answer
					return rollout.Set{}, rollout.ErrMoved
				}
				is(t, <-c.drive(t.Context(), promote("", "1"), rollout.Options{Anew: tt.anew}), tt.kind)
			})
		})
	}
}

// TestFight: who undoes each write does not make a run go on for ever.
func TestFight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStage(half())
		generation := int64(7)
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			generation++
			undone := half().With(func(s *rollout.Set) { s.Generation, s.Observed = generation, generation })
			c.show(undone)
			set := undone.State().Set
			set.Spec = change.Set.Spec(set.Spec)
			return set, nil
		}
		is(t, <-c.drive(t.Context(), promote("", "1"), rollout.Options{}), "superseded: SpecChanged")
		if got := c.requests(); got != 10 {
			t.Errorf("it wrote the same %d times, want 10", got)
		}
	})
}

// TestScaleLeftAlone names the way out that there is: an abort has nothing to do there.
func TestScaleLeftAlone(t *testing.T) {
	begun := web().Pods("a a a a a?").Partition(1).Record("scale", rollout.Open, func(r *rollout.Record) { r.Partition, r.Gen = 0, 6 }).
		With(func(s *rollout.Set) { s.Via = " --context=prod" })
	decision := rollout.Decide(rollout.Scale{To: 4}, begun.State(), rollout.LeaseOf(rollout.Scale{To: 4}, begun.State(), ""))
	const way = "to begin anew, without what that scale has kept: kubectl -n default annotate statefulset.apps/web kubectl-sts/rollout- --context=prod"
	if decision.Err == nil || !strings.Contains(decision.Err.Error(), way) {
		t.Errorf("it says %v\nwant %s", decision.Err, way)
	}
}

// TestManyAlike: what many claims, or pods, go for is written once of each.
func TestManyAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims []rollout.ClaimSight
		for i := range 12 {
			claims = append(claims, rollout.ClaimSight{Name: fmt.Sprintf("data-web-%d", i), UID: types.UID(fmt.Sprint("c", i)), Version: "1"})
		}
		sight := func() rollouttest.Sight {
			left := slices.Clone(claims)
			return none().Record("delete", rollout.Open).Glance(func(g *rollout.Glance) { g.Claims = left })
		}
		c := newStage(sight())
		c.answer = func(_ context.Context, change rollout.Change) (rollout.Set, error) {
			if change.Claim == nil {
				return rollout.Set{}, errors.New("all claims are gone")
			}
			claims = slices.DeleteFunc(claims, func(claim rollout.ClaimSight) bool { return claim.Name == change.Claim.ClaimName })
			c.show(sight())
			return sight().State().Set, nil
		}
		goal := rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web"}
		is(t, <-c.drive(t.Context(), goal, rollout.Options{Stall: time.Minute}), "error: all claims are gone")
		if len(claims) != 0 {
			t.Errorf("%d claims are left", len(claims))
		}
	})
}
