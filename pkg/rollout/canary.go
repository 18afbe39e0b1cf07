// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// Canary puts Template on the top Count ordinals, Step at a time, and leaves
// the rest on the stable one. The first write carries template and partition
// together, so that nothing rolls early. The same template again goes on where
// it stopped; another one is refused while this one is on.
type Canary struct {
	Template Template
	Count    intstr.IntOrString
	Step     intstr.IntOrString
	Soak     time.Duration
	// ReplaceBroken begins with the ordinals that have failed of the template that is
	// live, if they are among the top Count, and removes their pods.
	ReplaceBroken bool
	// Applies says that it is part of an apply, where the way to all ordinals is
	// the same command without --canary.
	Applies bool
}

// Op implements Goal.
func (g Canary) Op() string { return opCanary }

// Begun implements Goal.
func (g Canary) Begun(s State) bool {
	return s.begun(opCanary) && s.sameDigest(s.Set.Template, g.Template.Digest)
}

// Adopts implements Goal.
func (g Canary) Adopts() bool { return false }

// Plan implements Goal.
func (g Canary) Plan(s State) (Plan, error) {
	if err := g.allowed(s); err != nil {
		return Plan{}, err
	}
	count := resolve(g.Count, s.Set.Replicas)
	same := s.sameDigest(s.Set.Template, g.Template.Digest)
	// Of a template that all ordinals have there is no canary, of however many.
	if err := g.Fits(s); err != nil && !(g.Applies && same && (s.settled() || !s.twoRevisions())) {
		return Plan{}, err
	}
	if same {
		return g.goOn(s, count)
	}
	return g.begin(s, count)
}

func (g Canary) allowed(s State) error {
	if err := s.rolls(opCanary); err != nil {
		return err
	}
	if g.Applies {
		return s.other(opApply)
	}
	return s.other(opCanary)
}

// begin is the first write, and only from a settled set: a canary on top of
// anything else could not be told from it.
func (g Canary) begin(s State, count int32) (Plan, error) {
	if s.Set.observed() && s.twoRevisions() {
		return Plan{}, s.inTheWay(s.wayOutFor(g.Template),
			"%s: another template is being rolled out (%s, from %s); promote it or abort it first", s.Set, s.Live(), s.Set.Current)
	}
	waits := s.waits(until{})
	early, err := g.replacement(s, count).begins(s, g.Soak, g.Template)
	if err != nil {
		return Plan{}, err
	}
	if !s.settled() && len(Failed(waits)) == 0 {
		return Plan{}, refuse(NotSettled, "status "+s.Set.Name,
			"%s: it is %s, and a canary begins on a settled set only: %s", s.Set, s.Word(), reasons(waits))
	}
	stable, err := s.Stable()
	if err != nil {
		return Plan{}, err
	}
	stride := min(stride(g.Step, s.Set.Replicas), count)
	first := s.Set.Replicas - stride
	hold, record := s.waits(until{soak: g.Soak}), s.next(opCanary, stable)
	if early.any() {
		first, hold, record = early.lowest, early.rest, early.noted(record)
	}
	step := Step{
		Change: Change{
			Why: "canary on " + early.names(s, first),
			Set: s.patch(SetPatch{Template: &g.Template, Partition: &Partition{Index: first}, Record: record}),
		},
		Until: are(early.names(s, first)) + " Available on the new revision" + soaked(g.Soak),
	}
	steps := append([]Step{step}, g.replacement(s, count).follow(s, step, early)...)
	steps = append(steps, s.after(steps).descend(opCanary, s.Set.Replicas-count, stride, g.Soak, stable)...)
	return Plan{Hold: hold, Steps: steps}, nil
}

func (g Canary) replacement(s State, count int32) replacement {
	return replacement{
		op: opCanary, target: s.Set.Replicas - count, stride: stride(g.Step, s.Set.Replicas),
		from: s.origin(), removes: g.ReplaceBroken,
	}
}

// goOn takes a canary of this very template further, never back.
func (g Canary) goOn(s State, count int32) (Plan, error) {
	if !s.twoRevisions() { // every ordinal has it, or is on its way to it without us
		return Plan{Hold: s.waits(until{soak: g.Soak})}, nil
	}
	plan := Plan{Hold: s.waits(until{live: max(s.Set.Boundary(), s.backTo()), soak: g.Soak})}
	if due, ok, err := g.replacement(s, count).plan(s, plan.Hold); ok || err != nil {
		return due, err
	}
	if done := s.Set.Replicas - s.Set.Boundary(); count < done {
		return Plan{}, refuse(TooFew, s.takesBack(),
			"%s: %d of its ordinals are on this template already, and a canary of %d would take some back; an abort takes back all", s.Set, done, count)
	}
	plan.Steps = s.descend(opCanary, s.Set.Replicas-count, stride(g.Step, s.Set.Replicas), g.Soak, s.origin())
	return plan, nil
}

// Fits refuses a canary that leaves no ordinal on the stable revision.
func (g Canary) Fits(s State) error {
	if count := resolve(g.Count, s.Set.Replicas); count >= s.Set.Replicas {
		return g.tooMany(s, count)
	}
	return nil
}

func (g Canary) tooMany(s State, count int32) error {
	most := s.Set.Replicas - 1
	switch {
	case s.Set.Replicas == 0:
		return refuse(TooMany, "", "%s: it has no ordinal for a canary to be on", s.Set)
	case g.Applies && s.Set.Replicas == 1:
		return refuse(TooMany, "", "%s: it has one ordinal, so a canary would be all of it; apply it without --canary", s.Set)
	case g.Applies:
		return refuse(TooMany, "", "%s: a canary of %d would leave none of its %d ordinals on the stable revision; take --canary %d at most, or apply it without --canary", s.Set, count, s.Set.Replicas, most)
	case s.Set.Replicas == 1:
		return refuse(TooMany, "", "%s: it has one ordinal, so a canary would be all of it; change it as a whole, and watch that with promote", s.Set)
	default:
		return refuse(TooMany, "", "%s: a canary of %d would leave none of its %d ordinals on the stable revision; take --count %d at most, then promote", s.Set, count, s.Set.Replicas, most)
	}
}

// Reached implements Goal.
func (g Canary) Reached(s State) string {
	if g.Applies && s.settled() { // all that the file has was beside the template
		return Apply{}.Reached(s)
	}
	return fmt.Sprintf("canary is on (%d/%d on %s)", s.Updated(), s.Set.Replicas, s.Live())
}

func reasons(blockers []Blocker) string {
	var parts []string
	for _, b := range blockers[:min(len(blockers), describeAtMost)] {
		parts = append(parts, b.String())
	}
	return strings.Join(parts, "; ")
}
