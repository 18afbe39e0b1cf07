// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// Apply takes a set to what a manifest says of its template, its replicas and
// its partition, in this order. The template goes as a canary does, with the
// partition in the same write, and on as a promote does, down to the lowest
// ordinal; its records are a promote's, so that promote and abort go on from
// wherever it was cut. The replicas go as a scale does. A canary that is on is
// not its business: it refuses.
type Apply struct {
	Template  Template
	Replicas  *int32 // nil: the manifest does not say
	Partition *int32 // likewise
	Step      intstr.IntOrString
	Soak      time.Duration
	// ReplaceBroken begins with the ordinals that have failed of the template that is
	// live, and removes their pods.
	ReplaceBroken bool
	// LosesClaimsOf names the set whose claims may be destroyed: --confirm-data-loss.
	LosesClaimsOf string
	// DeletesClaims is the set's where the manifest is the live one.
	DeletesClaims bool
	// Rest of the manifest is not written yet, though its template may be live; it
	// is written before any ordinal goes, and with a new template in any case.
	Rest bool
	// Wrote: this command has made or changed the set before the goal was made.
	Wrote bool
}

const opApply = "apply"

// Op implements Goal.
func (g Apply) Op() string { return opApply }

// Adopts implements Goal.
func (g Apply) Adopts() bool { return false }

// Begun implements Goal: a set that is all that the manifest says is broken by
// the manifest.
func (g Apply) Begun(s State) bool {
	all := s.sameDigest(s.Set.Template, g.Template.Digest) && (g.Replicas == nil || *g.Replicas == s.Set.Replicas)
	return g.Wrote || all || s.applies() || g.scale(s).Begun(s)
}

// Plan implements Goal.
func (g Apply) Plan(s State) (Plan, error) {
	plan, err := g.roll(s)
	if err != nil || len(plan.Steps) > 0 && plan.Steps[0].Change.Pod != nil {
		return plan, err
	}
	if err := g.arms(s); err != nil {
		return Plan{}, err
	}
	end := s.after(plan.Steps)
	if g.comes(s) {
		end.Set.DeletesClaims = g.DeletesClaims
	}
	scale, err := g.scale(end).Plan(end)
	if err != nil || scale.Removes() {
		return scale, err
	}
	if len(plan.Steps) == 0 {
		plan.Hold = scale.Hold
	}
	plan.Steps = append(plan.Steps, scale.Steps...)
	last := g.partition(s.after(plan.Steps))
	if len(plan.Steps) == 0 && len(last) > 0 {
		plan.Hold = s.waits(until{live: s.mustBeLive(), completed: true})
	}
	plan.Steps = onceEnded(append(plan.Steps, last...))
	return plan, nil
}

// onceEnded leaves out what only ends a record, where another write follows: that
// one's record takes its place.
func onceEnded(steps []Step) []Step {
	var kept []Step
	for i, step := range steps {
		if i == len(steps)-1 || step.Change.Set == nil || step.Change.Set.writesSpec() {
			kept = append(kept, step)
		}
	}
	return kept
}

// roll is what is missing of the template.
func (g Apply) roll(s State) (Plan, error) {
	switch differs := !s.sameDigest(s.Set.Template, g.Template.Digest); {
	case s.other(opApply) != nil:
		return Plan{}, s.other(opApply)
	case !differs && s.applies():
		return Promote{Step: g.Step, Soak: g.Soak, ReplaceBroken: g.ReplaceBroken}.Plan(s)
	case s.Set.observed() && s.twoRevisions() && (differs && !g.corrects(s) || !differs && s.Set.Partition.Index > 0):
		return Plan{}, s.inTheWay(s.wayOutFor(g.Template),
			"%s: a rollout is under way (%s, from %s); promote it or abort it before applying", s.Set, s.Live(), s.Set.Current)
	case differs:
		return g.begin(s)
	case s.Set.Strategy == OnDelete && s.Set.observed() && slices.ContainsFunc(s.Pods, s.outdated):
		return Plan{}, s.rolls(opApply)
	default:
		due, _, err := g.replacement(s).plan(s, nil)
		return due, err
	}
}

func (g Apply) replacement(s State) replacement {
	return replacement{op: opPromote, stride: stride(g.Step, s.Set.Replicas), from: s.origin(), removes: g.ReplaceBroken}
}

// corrects says that the manifest's template replaces ordinals that are broken. To put
// the stable one back is an abort's.
func (g Apply) corrects(s State) bool {
	if s.sameDigest(s.origin().Digest, g.Template.Digest) || s.Revisions.digest(s.Set.Current) == g.Template.Digest {
		return false
	}
	early, err := g.replacement(s).begins(s, g.Soak, g.Template)
	return early.any() || err != nil
}

// applies says that a rollout to all is under way: one of an apply, or a promote
// without --count, which is the same. A promote to some is a canary.
func (s State) applies() bool { return s.begun(opPromote) && s.record().target() == 0 }

// comes says that the manifest's retention policy counts, and not the live one.
func (g Apply) comes(s State) bool {
	return g.Rest || !s.sameDigest(s.Set.Template, g.Template.Digest)
}

// arms refuses a manifest that brings a policy by which its own scale-down
// destroys claims: also where a canary keeps that for later.
func (g Apply) arms(s State) error {
	if !g.comes(s) {
		return nil
	}
	if err := g.ArmsLeaving(s); err != nil {
		return err
	}
	fewer := g.scale(s)
	if !g.turnsDeleting(s) || fewer.To >= s.Set.Replicas {
		return nil
	}
	return refuse(DataLoss, "", "%s: the manifest makes its retention policy whenScaled Delete, and its %d replicas would then destroy the claims %s; leave the policy Retain in the manifest, or agree with --confirm-data-loss=%s",
		s.Set, fewer.To, Enumerate(fewer.Leaves(s)), s.Set.Name)
}

// turnsDeleting says that pods would take their claims along that do not now, and
// that nobody has agreed to that.
func (g Apply) turnsDeleting(s State) bool {
	return g.DeletesClaims && !s.Set.DeletesClaims && len(s.Set.ClaimTemplates) > 0 && g.LosesClaimsOf != s.Set.Name
}

// ArmsLeaving refuses the manifest's retention policy while pods are on their way
// out: as soon as it is written, the controller gives them their claims to take along
// (pkg/controller/statefulset/stateful_set_control.go: updateStatefulSet, of the
// condemned).
func (g Apply) ArmsLeaving(s State) error {
	if !g.turnsDeleting(s) || len(s.Surplus) == 0 {
		return nil
	}
	var podNames, claimNames []string
	for _, pod := range s.Surplus {
		podNames = append(podNames, pod.Name)
		claimNames = append(claimNames, s.Set.ClaimNames(pod.Name)...)
	}
	return refuse(DataLoss, "", "%s: the manifest makes its retention policy whenScaled Delete, and %s, which goes, would take the claims %s along; apply it when that is gone, leave the policy Retain in the manifest, or agree with --confirm-data-loss=%s",
		s.Set, Enumerate(podNames), Enumerate(claimNames), s.Set.Name)
}

// Canary is the part of an apply that takes the template to count ordinals.
func (g Apply) Canary(s State, count intstr.IntOrString) (Canary, error) {
	return Canary{Template: g.Template, Count: count, Step: g.Step, Soak: g.Soak, ReplaceBroken: g.ReplaceBroken, Applies: true}, g.arms(s)
}

// outdated is a pod that nobody but its owner will take to the live template.
func (s State) outdated(pod Pod) bool { return pod.Phase != Absent && !s.onLive(pod) }

// begin is the template's first write and all that follow it.
func (g Apply) begin(s State) (Plan, error) {
	if err := s.rolls(opApply); err != nil {
		return Plan{}, err
	}
	stable, err := s.Stable()
	if err != nil {
		return Plan{}, err
	}
	early, err := g.replacement(s).begins(s, g.Soak, g.Template)
	if err != nil {
		return Plan{}, err
	}
	stride := stride(g.Step, s.Set.Replicas)
	first := max(s.Set.Replicas-stride, 0)
	record := aims(s.next(opPromote, stable), 0)
	hold := s.waits(until{live: s.Set.Boundary(), soak: g.Soak})
	if early.any() {
		first, hold, record = early.lowest, early.rest, early.noted(record)
	}
	step := Step{Change: Change{
		Why: "the manifest's template, for none",
		Set: s.patch(SetPatch{Template: &g.Template, Partition: &Partition{Index: first}, Record: record}),
	}}
	if s.Set.Replicas > 0 {
		step.Change.Why = "the manifest's template, for " + early.names(s, first)
		step.Until = are(early.names(s, first)) + " Available on the new revision" + soaked(g.Soak)
	}
	steps := append([]Step{step}, g.replacement(s).follow(s, step, early)...)
	steps = append(steps, s.after(steps).descend(opPromote, 0, stride, g.Soak, stable)...)
	steps = append(steps, s.after(steps).closing(opPromote, Promoted, stable)...)
	return Plan{Hold: hold, Steps: steps}, nil
}

// PartitionLast is the manifest's partition, where it would have held ordinals
// back from a new template and does not, since it comes when all are on it.
func (g Apply) PartitionLast(s State) (int32, bool) {
	if g.Partition == nil || s.Set.Strategy != RollingUpdate || s.sameDigest(s.Set.Template, g.Template.Digest) {
		return 0, false
	}
	return *g.Partition, *g.Partition > 0
}

// scale is the goal that is left when the template is everywhere.
func (g Apply) scale(s State) Scale {
	to := s.Set.Replicas
	if g.Replicas != nil {
		to = *g.Replicas
	}
	return Scale{To: to, Step: stride(g.Step, min(to, s.Set.Replicas)), Soak: g.Soak, LosesClaimsOf: g.LosesClaimsOf, Applies: true}
}

// partition is the manifest's, else the set's own where a canary that was taken back
// has left its; it comes last: nothing moves by it any more.
func (g Apply) partition(s State) []Step {
	to, left := s.Leftover()
	why := "put its own partition back"
	if g.Partition != nil {
		to, why = Partition{Index: *g.Partition}, "the manifest's partition"
	}
	if s.Set.Strategy != RollingUpdate || g.Partition == nil && !left {
		return nil
	}
	record := s.next(opApply, s.recorded())
	record.Own = ownPartition(to)
	switch {
	case to.Index != s.Set.Partition.Index:
		record.State = Done
		return []Step{{Change: Change{Why: why, Set: s.patch(SetPatch{Partition: &to, Record: record})}}}
	case left:
		return []Step{s.ending(record, Done)}
	default:
		return nil
	}
}

// Reached implements Goal.
func (g Apply) Reached(s State) string {
	return fmt.Sprintf("applied (%d/%d on %s)", s.Updated(), s.Set.Replicas, s.Live())
}
