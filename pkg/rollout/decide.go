// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is the head of a plan: exactly one of Act, Wait, Done and Err.
type Decision struct {
	Act  *Change
	Wait []Blocker
	Done bool
	Err  error // *Refusal, *Failure, *Superseded
	// Again goes with Wait: when to look again though nothing has changed; zero for never.
	Again time.Time
}

// Decide says what to do next to reach the goal. It is pure: the same sighting
// and lease always give the same decision.
func Decide(g Goal, s State, l Lease) Decision {
	if err := l.check(s); err != nil {
		return Decision{Err: err}
	}
	if l.Ending != EndUnasked && s.gone(l.UID) {
		return s.ended(l)
	}
	if l.unseen(s) {
		return Decision{Wait: []Blocker{{Message: "our own write to be seen"}}}
	}
	if s.Blind != "" {
		return Decision{Wait: []Blocker{{Cause: Cause{ID: OutOfSight, Message: s.Blind}, Message: "the API server to be in sight again"}}}
	}
	if change, due := s.notes(l); due {
		return Decision{Act: &change}
	}
	s = l.Reprieve(g, s)
	plan, err := g.Plan(l.recall(s))
	if err == nil {
		err = s.comesBack(l.ahead(plan))
	}
	switch {
	case err != nil:
		return Decision{Err: l.admit(err)}
	case len(plan.Hold) > 0:
		return hold(g, s, l, plan.Hold)
	case len(plan.Steps) == 0:
		return Decision{Done: true}
	}
	if err := s.sparesAll(g, l.ahead(plan)); err != nil {
		return Decision{Err: l.admit(err)}
	}
	act := plan.Steps[0].Change
	if act.Set != nil {
		signed := *act.Set
		signed.Record.Run = l.Run
		act.Set = &signed
	}
	return Decision{Act: &act}
}

// ahead are the steps that are looked at for what would stop them: all before the first
// write, from then on the next.
func (l Lease) ahead(p Plan) []Step {
	if l.Wrote {
		return p.Steps[:min(len(p.Steps), 1)]
	}
	return p.Steps
}

// ended: a set that waits for finalizers to be taken off is still there.
func (s State) ended(l Lease) Decision {
	if s.Set.UID != l.UID {
		return Decision{Done: true}
	}
	return Decision{Wait: []Blocker{s.lingers()}}
}

// hold waits, or stops where waiting will not help: refused where this command
// has not written yet, else failed.
func hold(g Goal, s State, l Lease, blockers []Blocker) Decision {
	failed := s.pastReplacing(g, Failed(blockers))
	if len(failed) == 0 {
		return Decision{Wait: blockers, Again: earliest(blockers)}
	}
	message, hint := Describe(s.Set, failed), failed[0].Cause.Remedy(s.Set, failed[0].PodName)
	_, volumeless := s.Volumeless()
	switch scratch, needed := s.fromScratch(failed); {
	case bringsTemplate(g) && volumeless:
		message += "; " + s.volumesFirst()
	case !bringsTemplate(g) || s.twoRevisions() || !s.Correctable():
	case s.noRoomByNow(g) != "":
		message += "; it " + s.noRoomByNow(g)
	case needed && s.cornered():
		message += "; no ordinal stands, and there is no template to go back to: if this one is at fault, " + scratch
		hint = "delete " + s.Set.Name
	default:
		message += "; if the template is at fault, apply a corrected one with --replace-broken"
	}
	if !l.changed() && !g.Begun(s) {
		return Decision{Err: &Refusal{Reason: BrokenPods, Message: message, Hint: hint, Blockers: failed}}
	}
	return Decision{Err: &Failure{Reason: s.reason(failed), Message: message, Blockers: failed, Hint: hint}}
}

// reason of a failure: Stalled where it is for the time alone, as at the end of a run
// that has waited for as long.
func (s State) reason(failed []Blocker) Reason {
	for _, b := range failed {
		if pod, ok := s.pod(b.PodName); !ok || pod.Stalled == 0 {
			return OrdinalFailed
		}
	}
	return Stalled
}

// fromScratch is what an apply of the corrected file needs first, where a claim was never
// bound: it keeps the class and the size that it was made with, no set may change its
// claim templates, and one that is made again finds the claim. A claim of an ephemeral
// volume goes with its pod.
func (s State) fromScratch(failed []Blocker) (text string, needed bool) {
	own := func(b Blocker) bool {
		pod, _ := s.pod(b.PodName)
		return b.Cause.ID == ClaimPending && !slices.Contains(pod.Ephemeral, b.Cause.Claim) && (len(pod.Ephemeral) == 0 || len(s.Set.ClaimTemplates) > 0)
	}
	if !slices.ContainsFunc(failed, own) {
		return "", false
	}
	command := fmt.Sprintf("kubectl -n %s delete pvc %s%s", s.Set.Namespace, cmp.Or(strings.Join(s.unbound(), " "), "CLAIM"), s.Set.Via)
	return fmt.Sprintf("correct the file, delete the set, which leaves its claims, then those that were never bound, since they stay as they were made (%s), and apply the file again", command), true
}

// unbound are the claims that hold ordinals up, also of those whose patience is not
// over yet: under Parallel it ends a fraction of a second apart.
func (s State) unbound() []string {
	var names []string
	for _, pod := range s.Pods {
		if pod.Cause.ID != ClaimPending {
			continue
		}
		for _, claimName := range s.Set.ClaimNames(pod.Name) {
			if pod.Cause.Claim == claimName || s.isUnbound(claimName) {
				names = append(names, claimName)
			}
		}
	}
	return names
}

func (s State) isUnbound(claimName string) bool {
	return slices.ContainsFunc(s.Claims, func(c ClaimSight) bool { return c.Name == claimName && c.Unbound && !c.Terminating })
}

func bringsTemplate(g Goal) bool { return g.Op() == opApply || g.Op() == opCanary }

// cornered: nothing stands, and nothing else is there to go back to. Another
// template, written now, could not be told from what is broken already.
func (s State) cornered() bool {
	stands := func(pod Pod) bool { return (pod.Phase == Available || pod.Phase == Ready) && !pod.EndsAgain }
	return s.Set.observed() && !s.twoRevisions() && !slices.ContainsFunc(s.Pods, stands)
}

// Failed are the blockers that waiting does not help.
func Failed(blockers []Blocker) []Blocker {
	var failed []Blocker
	for _, b := range blockers {
		if b.Failed {
			failed = append(failed, b)
		}
	}
	return failed
}

// describeAtMost keeps a sentence about many ordinals readable.
const describeAtMost = 3

// Describe is one sentence about blockers: which ordinal, which cause, the
// server's own words.
func Describe(set Set, blockers []Blocker) string {
	var parts []string
	for _, b := range blockers[:min(len(blockers), describeAtMost)] {
		parts = append(parts, b.String())
	}
	if more := len(blockers) - describeAtMost; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return set.String() + ": " + strings.Join(parts, "; ")
}

// String is such as `web-4 has failed: image-pull: manifest unknown`.
func (b Blocker) String() string {
	head := b.Message
	switch {
	case b.Failed:
		head = b.PodName + " " + cmp.Or(b.Message, "has failed")
	case b.PodName != "":
		head = "waiting for " + b.PodName + " " + b.Message
	case head != "":
		head = "waiting for " + head
	}
	if b.Cause.ID != "" {
		head += ": " + string(b.Cause.ID)
	}
	if b.Cause.Message != "" {
		head += ": " + b.Cause.Message
	}
	return head
}

func earliest(blockers []Blocker) time.Time {
	var first time.Time
	for _, b := range blockers {
		if !b.Again.IsZero() && (first.IsZero() || b.Again.Before(first)) {
			first = b.Again
		}
	}
	return first
}

// unseen says that the sighting is from before our last write.
func (l Lease) unseen(s State) bool {
	if s.Set.Generation < l.Generation || older(s.Set.Version, l.Version) {
		return true
	}
	if l.Ending == EndStored || l.Claim != nil && s.hasClaim(l.Claim.UID, l.Claim.Version) {
		return true
	}
	stands := func(pod Pod) bool { return pod.UID == l.Removed && pod.UID != "" && pod.Phase != Terminating }
	return slices.ContainsFunc(s.Pods, stands) || slices.ContainsFunc(s.Surplus, stands)
}

// admit makes a failure of a refusal, which says that nothing was changed, where
// this run has changed something, if only by a nudge.
func (l Lease) admit(err error) error {
	var r *Refusal
	if !l.changed() || !errors.As(err, &r) {
		return err
	}
	return &Failure{Reason: r.Reason, Message: r.Message, Hint: r.Hint, Blockers: r.Blockers}
}

// check says whether the set is still ours to drive.
func (l Lease) check(s State) error {
	switch {
	case l.Ending != EndUnasked && s.gone(l.UID):
		return nil
	case s.Set.UID == "":
		return &Superseded{Reason: SetDeleted, Message: fmt.Sprintf("%s was deleted", s.Set)}
	case s.Set.Deleting:
		return &Superseded{Reason: SetDeleted, Message: s.goes()}
	case s.Set.UID != l.UID:
		return &Superseded{Reason: SetReplaced, Message: fmt.Sprintf("%s is another object now (uid %s, it was %s)", s.Set, s.Set.UID, l.UID)}
	}
	if err := l.wentBack(s.Set); err != nil || s.Set.Generation <= l.Generation {
		return err
	}
	r := s.record()
	if r != nil && r.Run == l.Run && r.Gen > l.Generation {
		return s.foreign(r.spec()) // our own write, whose answer was lost
	}
	if r != nil && r.Gen > l.Generation {
		return &Superseded{Reason: TakenOver, Message: fmt.Sprintf("%s: another kubectl-sts run took over (%s, run %s)", s.Set, r.Op, r.Run)}
	}
	left := l.Spec
	if l.Replicas == ReplicasYield {
		left.Replicas = s.Set.Replicas
	}
	return s.foreign(left)
}

// goes says that the set is being deleted, and what it waits for.
func (s State) goes() string {
	text := fmt.Sprintf("%s is being deleted", s.Set)
	if len(s.Set.Finalizers) > 0 {
		text += fmt.Sprintf(": finalizers %q are still on it", s.Set.Finalizers)
	}
	return text
}

// foreign compares the live spec with what was left, and names who wrote.
func (s State) foreign(left Spec) error {
	changed := s.changesBy(left)
	if changed == "" {
		return nil
	}
	return &Superseded{
		Reason:  SpecChanged,
		Message: fmt.Sprintf("%s: %s%s", s.Set, changed, s.waysOut()),
	}
}

// waysOut of a rollout that somebody else had a hand in.
func (s State) waysOut() string {
	switch r := s.record(); {
	case s.Set.Record != nil && s.Set.Record.Op == opDelete && s.Set.Record.holds():
		return fmt.Sprintf("; to begin the delete anew: %s, and name another file by --save, since the manifest that is saved has the replicas and the retention policy as they were", s.forget())
	case s.twoRevisions() && s.Live() != "":
		return fmt.Sprintf("; abort goes back, promote --revision=%s goes on", s.Live())
	case r.holds() && r.Op == opScale:
		return "; to begin anew, without what that scale has kept: " + s.forget()
	case r.holds():
		return "; abort ends the " + r.Op
	default:
		return ""
	}
}

// forget is the command that takes the record away.
func (s State) forget() string {
	return fmt.Sprintf("kubectl -n %s annotate %s %s-%s", s.Set.Namespace, s.Set, RecordKey, s.Set.Via)
}

func (s State) by(field string) string {
	for _, w := range s.Set.Writers {
		if w.Field == field {
			return fmt.Sprintf(" by %q", w.Manager)
		}
	}
	return ""
}

// fieldTemplate is the field whose value is a digest, which says nothing to anybody.
const fieldTemplate = "template"

type fieldChange struct{ field, before, after string }

// changes lists where a spec is not what was left. A partition of 0 and no
// rollingUpdate block at all hold nobody back either way.
func (now Spec) changes(left Spec) []fieldChange {
	all := []fieldChange{
		{fieldTemplate, left.Template, now.Template},
		{"partition", fmt.Sprint(left.Partition.Index), fmt.Sprint(now.Partition.Index)},
		{"replicas", fmt.Sprint(left.Replicas), fmt.Sprint(now.Replicas)},
		{"strategy", left.Strategy, now.Strategy},
		{"start", fmt.Sprint(left.Start), fmt.Sprint(now.Start)},
	}
	var changed []fieldChange
	for _, c := range all {
		if c.before != c.after {
			changed = append(changed, c)
		}
	}
	return changed
}
