// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// web is the set of most rows: five ordinals.
func web() rollouttest.Sight { return rollouttest.Set("web").Replicas(5) }

// three is a set of three ordinals with claims.
func three() rollouttest.Sight {
	return rollouttest.Set("web").Replicas(3).With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} })
}

// half is a canary of ours on the top two.
func half() rollouttest.Sight {
	return web().Revisions("a", "b").Partition(3).Record("canary", rollout.Open)
}

// outcome is what a command would do: its plan, or why there is none.
func outcome(g rollout.Goal, err error, s rollout.State) string {
	if err == nil {
		d := rollout.Decide(g, s, rollout.LeaseOf(g, s, "0000bbbb"))
		switch {
		case d.Err != nil:
			err = d.Err
		case d.Wait != nil:
			return rollout.Describe(s.Set, d.Wait)
		case d.Done:
			return g.Reached(s)
		}
	}
	if err != nil {
		return rollouttest.Kind(err) + ": " + err.Error()
	}
	plan, err := g.Plan(s)
	if err != nil {
		return err.Error()
	}
	return named(plan.String())
}

// named puts the names of templates in place of their digests.
func named(text string) string {
	for _, name := range []string{"a", "b", "c"} {
		text = strings.ReplaceAll(text, rollouttest.Template{Name: name}.Patch().Digest[:8], name)
	}
	return strings.TrimSuffix(text, "\n")
}

// These are outcomes of more than one command.
const (
	unseen          = "statefulset.apps/web: waiting for the controller to see generation 7: controller-silent: it has not seen the newest spec, and says nothing; a quota or a webhook may deny its ControllerRevision"
	abortUnderWay   = "refused: OtherOperationUnderWay: statefulset.apps/web: an abort is under way since 08:00:00 UTC; finish it first, or take the set away with delete, which keeps its claims"
	unknownStrategy = `refused: WrongStrategy: statefulset.apps/web: its update strategy "Recreate" is not one that this command knows how to drive`
)

type row struct {
	name string
	in   rollouttest.Sight
	goal rollout.Goal // nil: abort
	want string
}

func try(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := r.in.State()
			goal, err := r.goal, error(nil)
			if goal == nil {
				goal, err = abort(s)
			}
			if got := outcome(goal, err, s); got != strings.TrimPrefix(r.want, "\n") {
				t.Errorf("it says\n%s\nwant\n%s", got, r.want)
			}
		})
	}
}

func onDelete(s *rollout.Set) { s.Strategy = rollout.OnDelete }

func parallel(s *rollout.Set) { s.OrderedReady = false }

func minReady(s *rollout.Set) { s.MinReadySeconds = 10 }

func recreate(s *rollout.Set) { s.Strategy = "Recreate" }

func claims(s *rollout.Set) { s.ClaimTemplates, s.DeletesClaims = []string{"data", "logs"}, true }
