// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// Promote takes the rollout that is under way down to Count ordinals in all,
// the top ones, Step at a time. A further ordinal goes only when every in-range
// ordinal is Available and has soaked. With all of them done, and the
// controller saying so, the set's own partition comes back. It does not matter
// who began the rollout.
type Promote struct {
	Count    *intstr.IntOrString // nil: all
	Step     intstr.IntOrString
	Revision string // promote this one or nothing; "" for whatever is under way
	Soak     time.Duration
	// ReplaceBroken removes a broken pod that is not on the live template and that the
	// controller would wait for for ever.
	ReplaceBroken bool
}

// Op implements Goal.
func (g Promote) Op() string { return opPromote }

// Adopts implements Goal: who names the revision has looked, whatever was written since.
func (g Promote) Adopts() bool { return g.Revision != "" }

// Begun implements Goal.
func (g Promote) Begun(s State) bool { return s.begun(opPromote) }

// Plan implements Goal.
func (g Promote) Plan(s State) (Plan, error) {
	if err := g.allowed(s); err != nil {
		return Plan{}, err
	}
	target, err := g.target(s)
	if err != nil {
		return Plan{}, err
	}
	from := s.origin()
	boundary := s.Set.Boundary()
	all := target == 0
	plan := Plan{Hold: s.waits(until{live: max(boundary, s.backTo()), soak: g.Soak, completed: all && boundary == 0 && s.advances()})}
	early := replacement{op: opPromote, target: target, stride: stride(g.Step, s.Set.Replicas), from: from, removes: g.ReplaceBroken}
	if due, ok, err := early.plan(s, plan.Hold); ok || err != nil {
		return due, err
	}
	if s.twoRevisions() {
		plan.Steps = s.descend(opPromote, target, stride(g.Step, s.Set.Replicas), g.Soak, from)
	}
	if end := s.after(plan.Steps); all && end.advances() {
		plan.Steps = append(plan.Steps, end.closing(opPromote, Promoted, from)...)
	}
	return plan, nil
}

// advances says that the record is of a rollout to the live template: not of an
// abort that came back, and not of a template that somebody took away.
func (s State) advances() bool {
	r := s.open()
	return r != nil && (r.Op == opCanary || r.Op == opPromote) && r.ToDigest == s.Set.Template
}

func (g Promote) allowed(s State) error {
	if err := s.rolls(opPromote); err != nil {
		return err
	}
	if err := s.other(opPromote); err != nil {
		return err
	}
	if live := s.Live(); g.Revision != "" && live != "" && s.Revisions.named(g.Revision) != live {
		return &Superseded{
			Reason:  RevisionDiffers,
			Message: fmt.Sprintf("%s: its template is that of revision %q, not of %q", s.Set, live, g.Revision),
		}
	}
	return nil
}

// target is the partition to come down to.
func (g Promote) target(s State) (int32, error) {
	if g.Count == nil {
		return 0, nil
	}
	count := min(resolve(*g.Count, s.Set.Replicas), s.Set.Replicas)
	if done := s.Set.Replicas - s.Set.Boundary(); s.twoRevisions() && count < done {
		return 0, refuse(TooFew, s.takesBack(),
			"%s: %d of its ordinals are on the new revision already, and a promote to %d would take some back; an abort takes back all", s.Set, done, count)
	}
	return s.Set.Replicas - count, nil
}

// Reached implements Goal.
func (g Promote) Reached(s State) string {
	return fmt.Sprintf("promoted (%d/%d on %s)", s.Updated(), s.Set.Replicas, s.Live())
}
