// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// planned is a goal whose plan somebody has tampered with.
type planned struct {
	rollout.Goal

	plan func(rollout.State, rollout.Plan) rollout.Plan
}

func (p planned) Plan(s rollout.State) (rollout.Plan, error) {
	plan, err := p.Goal.Plan(s)
	if err != nil {
		return plan, err
	}
	return p.plan(s, plan), nil
}

// tamper makes a fresh plan function for every run.
func tamper(fresh func() func(rollout.State, rollout.Plan) rollout.Plan) rollouttest.Wrap {
	return rollouttest.Wrap{Goal: func(g rollout.Goal) rollout.Goal { return planned{g, fresh()} }}
}

func always(plan func(rollout.State, rollout.Plan) rollout.Plan) rollouttest.Wrap {
	return tamper(func() func(rollout.State, rollout.Plan) rollout.Plan { return plan })
}

// bent is a cluster that shows or does something else than it should.
type bent struct {
	rollout.Cluster

	observe func(rollout.State) rollout.State
	apply   func(rollout.Change) rollout.Change
}

func (b bent) Observe() rollout.State {
	if b.observe == nil {
		return b.Cluster.Observe()
	}
	return b.observe(b.Cluster.Observe())
}

func (b bent) Apply(ctx context.Context, s rollout.State, change rollout.Change) (rollout.Set, error) {
	if b.apply != nil {
		change = b.apply(change)
	}
	return b.Cluster.Apply(ctx, s, change)
}

func bend(observe func(rollout.State) rollout.State, apply func(rollout.Change) rollout.Change) rollouttest.Wrap {
	return rollouttest.Wrap{Cluster: func(c rollout.Cluster) rollout.Cluster { return bent{c, observe, apply} }}
}

// withSet changes a copy of a change's patch.
func withSet(edit func(*rollout.SetPatch)) func(rollout.Change) rollout.Change {
	return func(change rollout.Change) rollout.Change {
		if change.Set != nil {
			patch := *change.Set
			edit(&patch)
			change.Set = &patch
		}
		return change
	}
}

// note is the step of a goal that writes a record for the sake of it.
func note(s rollout.State) rollout.Step {
	record := rollout.Record{
		V: rollout.RecordVersion, UID: s.Set.UID, Op: "promote", State: rollout.Open, From: s.Set.Current, ToDigest: s.Set.Template,
		Gen: s.Set.Generation, Partition: s.Set.Partition.Index, Replicas: s.Set.Replicas,
	}
	return rollout.Step{Change: rollout.Change{Set: &rollout.SetPatch{Record: record}}}
}

type mutant struct {
	law  rollouttest.Law
	op   string
	wrap rollouttest.Wrap
}

// mutants break one law each.
func mutants() map[string]mutant {
	all := wrongPlans()
	maps.Copy(all, wrongClusters())
	return all
}

// wrongPlans are mutants of a goal.
func wrongPlans() map[string]mutant {
	return map[string]mutant{
		"moves on before the last ordinal stands": {1, "canary", always(func(_ rollout.State, p rollout.Plan) rollout.Plan {
			p.Hold = nil
			return p
		})},
		"lets all go at once": {2, "promote", rollouttest.Wrap{Goal: func(g rollout.Goal) rollout.Goal {
			p, _ := g.(rollout.Promote)
			p.Step = intstr.FromString("100%")
			return p
		}}},
		"goes one too far": {3, "canary", rollouttest.Wrap{Goal: func(g rollout.Goal) rollout.Goal {
			c, _ := g.(rollout.Canary)
			c.Count = intstr.FromInt32(4)
			return c
		}}},
		"does not wait for the controller to complete": {3, "promote", always(func(_ rollout.State, p rollout.Plan) rollout.Plan {
			p.Hold = slices.DeleteFunc(p.Hold, func(b rollout.Blocker) bool { return strings.Contains(b.Message, "current revision") })
			return p
		})},
		"removes a pod that serves": {4, "abort", tamper(func() func(rollout.State, rollout.Plan) rollout.Plan {
			removed := false
			return func(s rollout.State, p rollout.Plan) rollout.Plan {
				if removed || s.Pods[0].UID == "" {
					return p
				}
				removed = true
				r := &rollout.Removal{PodName: s.Pods[0].Name, UID: s.Pods[0].UID, Version: s.Pods[0].Version}
				return rollout.Plan{Steps: []rollout.Step{{Change: rollout.Change{Pod: r}}}}
			}
		})},
		"waits for ever": {6, "canary", always(func(rollout.State, rollout.Plan) rollout.Plan {
			return rollout.Plan{Hold: []rollout.Blocker{{Rests: math.MaxInt64}}}
		})},
		"notes every time that it was here": {7, "canary", tamper(func() func(rollout.State, rollout.Plan) rollout.Plan {
			noted := false
			return func(s rollout.State, p rollout.Plan) rollout.Plan {
				if len(p.Hold)+len(p.Steps) > 0 || noted {
					return p
				}
				noted = true
				return rollout.Plan{Steps: []rollout.Step{note(s)}}
			}
		})},
		"says done when it is not": {rollouttest.Truthful, "promote", always(func(rollout.State, rollout.Plan) rollout.Plan {
			return rollout.Plan{}
		})},
	}
}

// wrongClusters are mutants of what is seen of the cluster, and written to it.
func wrongClusters() map[string]mutant {
	return map[string]mutant{
		"does not notice that it is blind": {5, "promote", bend(func(s rollout.State) rollout.State {
			s.Blind = ""
			return s
		}, nil)},
		"does not wait for the controller to observe": {5, "promote", bend(func(s rollout.State) rollout.State {
			s.Set.Observed = s.Set.Generation
			return s
		}, nil)},
		"keeps the own partition in its head": {8, "promote", rollouttest.Wrap{Cluster: func(c rollout.Cluster) rollout.Cluster {
			own := &rollout.OwnPartition{Partition: c.Observe().Set.Partition.Index}
			return bent{Cluster: c, apply: withSet(func(p *rollout.SetPatch) { p.Record.Own = own })}
		}}},
		"writes the partition without the record": {9, "promote", bend(nil, withSet(func(p *rollout.SetPatch) {
			p.Record = rollout.Record{}
		}))},
		"does not see the hand of others": {rollouttest.Yields, "promote", rollouttest.Wrap{Cluster: func(c rollout.Cluster) rollout.Cluster {
			first := c.Observe().Set
			return bent{Cluster: c, observe: func(s rollout.State) rollout.State {
				s.Set.Generation, s.Set.Observed = first.Generation, first.Generation
				return s
			}}
		}}},
	}
}

// TestLawsCanBeBroken plays each law's mutant until the law is reported, and the
// same stories without the mutant, in which it must not be.
func TestLawsCanBeBroken(t *testing.T) {
	for name, mutant := range mutants() {
		t.Run(name, func(t *testing.T) {
			const stories = 3000
			for seed := range uint64(stories) {
				if breaks(t, seed, mutant, rollouttest.Wrap{}) {
					t.Fatalf("seed %d: law %d is broken without the mutant", seed, mutant.law)
				}
				if breaks(t, seed, mutant, mutant.wrap) {
					return
				}
			}
			t.Errorf("law %d was not reported in %d stories", mutant.law, stories)
		})
	}
}

// breaks tells one story, and says whether a law was broken in it.
func breaks(t *testing.T, seed uint64, m mutant, wrap rollouttest.Wrap) bool {
	t.Helper()
	var breaches []rollouttest.Breach
	tell := func(draw func(rollouttest.Dice, string) rollouttest.Story, play func(context.Context, *rollouttest.World, rollouttest.Story)) {
		synctest.Test(t, func(t *testing.T) {
			dice := rollouttest.NewSeeded(seed)
			story := draw(dice, m.op)
			w := rollouttest.NewWorld(story.Start, dice)
			defer w.Close()
			play(t.Context(), w, story)
			breaches = append(breaches, w.Laws()...)
		})
	}
	if m.law == 8 {
		var uncut string
		tell(rollouttest.DrawPlainStory, func(ctx context.Context, w *rollouttest.World, s rollouttest.Story) {
			uncut = w.End(w.PlayStory(ctx, s, rollouttest.Cut{}, wrap))
		})
		tell(rollouttest.DrawPlainStory, func(ctx context.Context, w *rollouttest.World, s rollouttest.Story) {
			w.PlayStory(ctx, s, rollouttest.Cut{At: 2, Stored: true}, wrap)
			breaches = append(breaches, rollouttest.SameEnd(uncut, w.End(w.Play(ctx, s.Ask, rollouttest.Cut{}, wrap)))...)
		})
	} else {
		tell(rollouttest.DrawStory, func(ctx context.Context, w *rollouttest.World, s rollouttest.Story) {
			breaches = append(breaches, w.Again(ctx, s, w.PlayStory(ctx, s, rollouttest.Cut{}, wrap), wrap)...)
		})
	}
	return slices.ContainsFunc(breaches, func(b rollouttest.Breach) bool { return b.Law == m.law })
}
