// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"fmt"
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// older leaves a record of a rollout from web-x to the template x2, both of
// which are history by now.
func older(op string, partition int32) func(rollouttest.Sight) rollouttest.Sight {
	return func(s rollouttest.Sight) rollouttest.Sight {
		return s.Record(op, rollout.Open, func(r *rollout.Record) {
			r.From, r.ToDigest, r.Partition, r.Gen = "web-x", "x2", partition, 6
		}).Glance(func(g *rollout.Glance) {
			g.Revisions = append(g.Revisions, rollouttest.Revision("web-x", 0, "x"))
		})
	}
}

func TestARecordOfAnotherRolloutDecidesNothing(t *testing.T) {
	tests := map[string]rollouttest.Sight{
		"an interrupted scale, then kubectl": older("scale", 0)(web().Revisions("a", "b").Pods("a a a a b")),
		"a promote killed before its end":    older("promote", 0)(web().Revisions("a", "b").Pods("a a a a b")),
		"a canary finished by kubectl":       older("canary", 4)(web().Revisions("a", "b").Pods("a a a a b")),
	}
	for name, sight := range tests {
		t.Run(name, func(t *testing.T) {
			stable, needed, err := rollout.Aborts(sight.State())
			if err != nil || !needed || stable.Name != "web-a" {
				t.Errorf("an abort goes back to %q (needed %v, %v), and not to web-a", stable.Name, needed, err)
			}
		})
	}
}

func TestASettledSetHasNoWayBack(t *testing.T) {
	live := func(r *rollout.Record) { r.From = "web-x" }
	with := func(s rollouttest.Sight) rollouttest.Sight {
		return s.Glance(func(g *rollout.Glance) {
			g.Revisions = append(g.Revisions, rollouttest.Revision("web-x", 0, "x"))
		})
	}
	canary := with(web().Record("canary", rollout.Open, live, func(r *rollout.Record) { r.Partition = 3 }))
	scale := with(web().Record("scale", rollout.Open, live))
	for name, sight := range map[string]rollouttest.Sight{"a canary that kubectl finished": canary, "an interrupted scale": scale} {
		t.Run(name, func(t *testing.T) {
			s := sight.State()
			if _, needed, err := rollout.Aborts(s); needed || err != nil {
				t.Errorf("needed %v, %v", needed, err)
			}
			if stable, err := s.Stable(); err != nil || stable.Name != "web-a" {
				t.Errorf("a canary would be based on %q, %v", stable.Name, err)
			}
		})
	}
}

func TestARunRemembersTheRecordThatSomebodyTookAway(t *testing.T) {
	goal := rollout.Promote{}
	end := web().Record("promote", rollout.Open, func(r *rollout.Record) {
		r.Own = &rollout.OwnPartition{Partition: 2}
	}).State()
	lease := rollout.LeaseOf(goal, end, "0000cafe")
	lease.Record = end.Set.Record
	end.Set.Record = nil
	decision := rollout.Decide(goal, end, lease)
	if decision.Act == nil || decision.Act.Set == nil || decision.Act.Set.Partition == nil || decision.Act.Set.Partition.Index != 2 {
		t.Errorf("its own partition does not come back: %+v", decision)
	}
}

// completed is a promote from web-x that came to its end, and has not written so.
func completed(edits ...func(*rollout.Glance)) rollout.State {
	sight := web().With(func(s *rollout.Set) { s.UpdatedReplicas = s.Replicas }).Record("promote", rollout.Open, func(r *rollout.Record) {
		r.From, r.FromDigest, r.Own = "web-x", "digest of x", &rollout.OwnPartition{Partition: 2}
	})
	for _, edit := range edits {
		sight = sight.Glance(edit)
	}
	return sight.State()
}

// What somebody sets when nothing is under way any more is theirs to set.
func TestAPartitionThatWasSetSinceIsTheOwnOne(t *testing.T) {
	s := back("a a a a a").State()
	if own := s.Own(); own.Index == 3 {
		t.Fatalf("the record says %d too, and tells nothing", own.Index)
	}
	s.Set.Partition, s.Set.Generation, s.Set.Observed = rollout.Partition{Index: 4}, s.Set.Generation+1, s.Set.Observed+1
	if own := s.Own(); own.Index != 4 {
		t.Errorf("its own partition is %d, want 4, which is there", own.Index)
	}
}

// A scale would take the place of the record that knows the own partition.
func TestNoScaleBeforeThePartitionIsBack(t *testing.T) {
	s := completed()
	_, err := rollout.Scale{To: 6, Step: 1}.Plan(s)
	const want = "a promote is under way since .*, which has its own partition, 2, still to put back; finish it first"
	if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
		t.Errorf("it answers %v", err)
	}
}

func TestTheEndOfAPromoteRemembersWhereItCameFrom(t *testing.T) {
	kept := func(g *rollout.Glance) {
		g.Revisions = append(g.Revisions, rollouttest.Revision("web-x", 0, "x"))
	}
	further := func(g *rollout.Glance) {
		g.Set.Generation++
		g.Set.Observed++
	}
	scaled := func(g *rollout.Glance) {
		further(g)
		g.Set.Replicas++
		g.Pods = append(g.Pods, g.Pods[len(g.Pods)-1])
		last := &g.Pods[len(g.Pods)-1]
		last.Name, last.UID, last.Ordinal = fmt.Sprintf("web-%d", len(g.Pods)-1), "another", int32(len(g.Pods)-1)
		g.Set.UpdatedReplicas = g.Set.Replicas
	}
	for name, s := range map[string]rollout.State{
		"its revision is kept":         completed(kept),
		"somebody has scaled it":       completed(kept, scaled),
		"revisionHistoryLimit: 0":      completed(),
		"a field that it does not say": completed(kept, further),
	} {
		t.Run(name, func(t *testing.T) {
			decision := rollout.Decide(rollout.Promote{}, s, rollout.LeaseOf(rollout.Promote{}, s, "0000cafe"))
			if decision.Act == nil {
				t.Fatalf("the record stays open: %+v", decision)
			}
			p := decision.Act.Set
			if p.Record.State != rollout.Promoted || p.Record.From != "web-x" || p.Record.FromDigest != "digest of x" || p.Partition.Index != 2 {
				t.Errorf("it writes %s, partition %v", p.Record, p.Partition)
			}
		})
	}
}

// TestAnswered: of the generation that a record made, what is live is what the server
// has made of its template, whatever the dry run said.
func TestAnswered(t *testing.T) {
	asked := func(r *rollout.Record) { r.ToDigest, r.From = "digest of the dry run", "web-a" }
	goal := rollout.Canary{Template: rollout.Template{Digest: "digest of the dry run"}, Count: intstr.FromInt32(2), Step: intstr.FromInt32(1)}
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		begun bool
	}{
		"its own generation":  {half().Record("canary", rollout.Open, asked), true},
		"it is noted":         {half().Record("canary", rollout.Open, func(r *rollout.Record) { r.Asked = "digest of the dry run" }), true},
		"written to since":    {half().Record("canary", rollout.Open, asked, gen(6)), false},
		"not its partition":   {half().Record("canary", rollout.Open, asked, func(r *rollout.Record) { r.Partition = 4 }), false},
		"asked for otherwise": {half().Record("canary", rollout.Open, func(r *rollout.Record) { r.Asked = "digest of another" }), false},
	} {
		if got := goal.Begun(tt.in.State()); got != tt.begun {
			t.Errorf("%s: begun %v, want %v", name, got, tt.begun)
		}
	}
}
