// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"
)

// Abort puts the stable template back and takes every ordinal that carries the
// canary off it, those too that the controller will never replace by itself:
// under OrderedReady it waits for ever for a broken pod, whatever template that
// pod needs (pkg/controller/statefulset/stateful_set_control.go:
// processReplica; kubernetes/kubernetes#67250).
type Abort struct {
	Stable   Revision
	Template Template // Stable's template, raw, with the digest of the server's dry run
	// Twin: the controller will make a new revision of it, since its bytes are
	// not what the server would store today. Then every ordinal at or above the
	// partition restarts, and the partition stays where the canary began.
	Twin bool
	// Rewrites: by the server's dry run admission changes the template with any write.
	// Unless a write of this run has shown otherwise, the partition stays then, too.
	Rewrites bool
	// Soak is how long each ordinal that comes back stands before the abort is over.
	Soak time.Duration
}

// Op implements Goal.
func (g Abort) Op() string { return opAbort }

// Adopts implements Goal: an abort is the way out of whatever was written.
func (g Abort) Adopts() bool { return true }

// Begun implements Goal: an abort repairs, so nothing that is broken keeps it from going on.
func (g Abort) Begun(State) bool { return true }

// Aborts says what an abort would go back to; false where there is nothing to abort.
func Aborts(s State) (Revision, bool, error) {
	r := s.record()
	rolls := s.twoRevisions() || s.rollout() != nil
	switch {
	case r != nil && r.State == Aborted && r.Gen == s.Set.Generation && !s.departed(r.FromDigest, s.Set.Template):
		return Revision{}, false, nil
	case s.promoted():
		return Revision{}, false, s.pastAborting()
	case !s.twoRevisions() && s.lost() != nil:
		return Revision{}, false, s.stableGone(s.lost().From)
	case !rolls && (s.beingDeleted() != nil || !s.leftBehind()):
		return Revision{}, false, s.beingDeleted()
	}
	stable, err := s.Stable()
	if err == nil {
		err = s.wouldBreak(stable)
	}
	return stable, true, err
}

// leftBehind: the template was put back by other means than abort, as by kubectl
// rollout undo, and an ordinal that was broken by it is in the way.
func (s State) leftBehind() bool {
	_, stuck := s.stuck()
	return stuck && s.Set.observed() && s.Set.Strategy == RollingUpdate
}

// corrected: the live template is one that somebody has written forward, and an
// ordinal that is broken by an older one is in its way.
func (s State) corrected() bool {
	stable, err := s.Stable()
	return err == nil && s.leftBehind() && !s.sameDigest(stable.Digest, s.Set.Template)
}

// wouldBreak refuses to put a template back that an ordinal is broken by, over one
// that may be the cure. A rollout of ours began on ordinals that stood, unless it
// was to replace broken ones.
func (s State) wouldBreak(stable Revision) error {
	if s.neverStood() {
		return s.backToNone(stable)
	}
	pod, stuck := s.stuck()
	if !stuck || !s.corrected() || !s.same(pod.Revision, stable.Name) || s.rollout() != nil && !s.replaced() {
		return nil
	}
	return refuse(StableBroken, s.PromoteMends(),
		"%s: %s is broken on %s, the very revision that an abort would put back; the live template, %s, is newer, and the controller waits for that pod before it goes on",
		s.Set, pod.Name, stable.Name, s.Live())
}

// AbortMends says that an abort takes away what is broken: an ordinal that carries
// the template which goes out, or would carry it, or is in the way back.
func (s State) AbortMends() bool {
	if _, aborts, err := Aborts(s); err != nil || !aborts || s.corrected() || s.replaced() {
		return false
	}
	broken := s.broken()
	if s.AbortedInVain() || s.abortedUnmade() {
		return false
	}
	blamed := func(pod Pod) bool {
		return s.onLive(pod) || pod.UID == "" && pod.Ordinal >= s.Set.Ordinal(s.Set.Boundary())
	}
	return len(broken) == 0 && s.Stalled || s.leftBehind() || slices.ContainsFunc(broken, blamed)
}

// beingDeleted: what calls a delete off is its own, and not an abort.
func (s State) beingDeleted() error {
	r := s.Set.Record
	if !r.holds() || r.Op != opDelete || r.UID != s.Set.UID {
		return nil
	}
	if severed, is := s.Severed(); is {
		return refuse(OtherOperation, severed.Words, "%s: a delete was begun at %s, and somebody else has written since: %s; an abort does not call that off: %s",
			s.Set, r.since(), s.ForeignChange(), severed.Ways())
	}
	return refuse(OtherOperation, "", "%s: a delete is under way since %s, and an abort does not call that off; to keep the set, apply the manifest that the delete saved, %s",
		s.Set, r.since(), Delete{Saved: r.Args[argSaved]}.file(s.Set))
}

// pastAborting names the way back that is watched: the earlier revision as a canary,
// and a promote. A single ordinal has no canary.
func (s State) pastAborting() error {
	r := s.record()
	back := fmt.Sprintf("canary %s --revision=%s", s.Set.Name, r.From)
	if from, ok := s.Revisions.ByName(r.From); s.Set.Replicas < 2 && ok {
		back = fmt.Sprintf("kubectl -n %s rollout undo %s --to-revision=%d", s.Set.Namespace, s.Set, from.Number)
	}
	return refuse(NothingToAbort, back,
		"%s: its rollout from %s was promoted, so there is no canary to abort; to go back, make that revision a canary and promote it", s.Set, r.From)
}

// promoted says that the last thing that happened to a settled set was a
// promote, whether or not it came to write that down.
func (s State) promoted() bool {
	if !s.settled() {
		return false
	}
	if r := s.open(); r != nil {
		return r.Op == opPromote && s.rollout() == nil
	}
	r := s.record()
	return r != nil && r.State == Promoted && r.Gen == s.Set.Generation
}

// Plan implements Goal.
func (g Abort) Plan(s State) (Plan, error) {
	if err := s.known(); err != nil {
		return Plan{}, err
	}
	if g.Stable.Name == "" {
		return Plan{}, nil
	}
	switch {
	case g.isBack(s):
	case s.promoted(): // by somebody else, while this run was getting ready
		return Plan{}, s.pastAborting()
	default:
		return g.revert(s), nil
	}
	if unseen := s.unobserved(); len(unseen) > 0 {
		return Plan{Hold: unseen}, nil
	}
	if s.Set.Strategy == OnDelete {
		return Plan{Steps: s.closing(opAbort, Aborted, g.Stable)}, nil
	}
	if at := g.partition(s); at.Index < s.Set.Boundary() {
		return Plan{Steps: []Step{g.lower(s, at)}}, nil
	}
	if pod, ok := s.stuck(); ok {
		return Plan{Steps: []Step{removal(pod, "it blocks the way back, and the controller will not replace it")}}, nil
	}
	return g.finish(s), nil
}

// BacksAs refuses to put a template back of which admission would make another one, by the
// server's dry run; nil where the live one is back already.
func (s State) BacksAs(stable Revision, stored []byte) error {
	changes := Departs(stable.Template, stored)
	if len(changes) == 0 || s.Set.Template == stable.Digest || len(Departs(stable.Template, s.Set.Live)) == 0 {
		return nil
	}
	return refuse(TemplateRewritten, byAdmission,
		"%s: by the server's dry run a mutating admission webhook or policy makes another template of that of %s (%s), so that it cannot be put back; end it, and run the same command again",
		s.Set, stable.Name, Some(changes))
}

func (g Abort) isBack(s State) bool {
	return s.sameDigest(s.Set.Template, g.Template.Digest) || s.Set.Template == g.Stable.Digest
}

// revert is the one write that may release every ordinal that carries the bad
// template, and no other.
func (g Abort) revert(s State) Plan {
	patch := SetPatch{Template: &g.Template, Record: s.next(opAbort, g.Stable)}
	if at := g.partition(s); s.Set.Strategy == RollingUpdate && at != s.Set.Partition {
		patch.Partition = &at
	}
	back := []Step{{
		Change: Change{Why: fmt.Sprintf("put the template of %s back", g.Stable.Name), Set: s.patch(patch)},
		Until:  fmt.Sprintf("every ordinal is Available on %s", g.Stable.Name),
	}}
	end := s.after(back)
	back = append(back, g.removals(s, end.Set.Partition)...)
	if g.Twin {
		return Plan{Steps: append(back, end.ending(end.next(opAbort, g.Stable), Aborted))}
	}
	return Plan{Steps: append(back, end.closing(opAbort, Aborted, g.Stable)...)}
}

// removals foresees which ordinals will block their own way back.
func (g Abort) removals(s State, at Partition) []Step {
	var steps []Step
	for i, pod := range s.Pods {
		waits := pod.Phase == Pending || pod.Phase == Starting || pod.Phase == Failing
		if s.Set.OrderedReady && s.Set.Strategy == RollingUpdate && int32(i) >= at.Index && waits && g.isOff(s, pod) {
			steps = append(steps, removal(pod, "it blocks the way back, and the controller will not replace it"))
		}
	}
	return steps
}

// lower lets an ordinal go that carried the canary before the partition rose
// above it, and showed it only afterwards.
func (g Abort) lower(s State, at Partition) Step {
	return Step{
		Change: Change{
			Why: fmt.Sprintf("%s is still off %s", s.Set.PodName(at.Index), g.Stable.Name),
			Set: s.patch(SetPatch{Partition: &at, Record: s.next(opAbort, g.Stable)}),
		},
		Until: fmt.Sprintf("every ordinal is Available on %s", g.Stable.Name),
	}
}

// partition for the way back: low enough for every ordinal that is off the
// stable revision, no lower than the first of them where the stable ones would
// be restarted, and 0 where the controller would make new pods from a current
// revision that is not the stable one.
func (g Abort) partition(s State) Partition {
	lowest := s.Set.Replicas
	for i := len(s.Pods) - 1; i >= 0; i-- {
		if g.isOff(s, s.Pods[i]) {
			lowest = int32(i)
		}
	}
	at := s.Set.Partition
	switch {
	case g.Twin && at.Index < lowest:
		return Partition{Index: lowest}
	case !g.Twin && s.Set.observed() && !s.same(s.Set.Current, g.Stable.Name):
		lowest = 0
	}
	if at.Index > lowest && lowest < s.Set.Replicas {
		at = Partition{Index: lowest}
	}
	return at
}

// isOff says that a pod carries another template than the stable one.
func (g Abort) isOff(s State, pod Pod) bool {
	if pod.Revision == "" || s.same(pod.Revision, g.Stable.Name) {
		return false
	}
	return !g.isBack(s) || !s.onLive(pod)
}

// stuck is the lowest ordinal that blocks its own rollback: off the live
// template, not Ready, not on its way out, and everything below it Available,
// so that the controller makes it anew at once.
func (s State) stuck() (Pod, bool) {
	for i, pod := range s.Pods {
		if pod.Phase == Available {
			continue
		}
		removable := pod.Phase == Pending || pod.Phase == Starting || pod.Phase == Failing
		if !removable || pod.UID == "" || s.onLive(pod) || int32(i) < s.Set.Partition.Index {
			return Pod{}, false
		}
		// Under Parallel the controller replaces it by itself, all but 1.35.0 to 1.35.3.
		return pod, s.Set.OrderedReady || pod.Phase == Failing
	}
	return Pod{}, false
}

func removal(pod Pod, why string) Step {
	return Step{
		Change: Change{Why: why, Pod: &Removal{PodName: pod.Name, UID: pod.UID, Version: pod.Version}},
		Until:  pod.Name + " is gone",
	}
}

// finish waits for the way back, then puts the own partition back; with a twin
// that would restart the stable ordinals, so the partition stays. Whether there is one,
// the controller has shown by now, and the server's dry run only foretold.
func (g Abort) finish(s State) Plan {
	twin := s.Set.Update != g.Stable.Name || g.Rewrites && !s.KeepsTemplate()
	plan := Plan{Hold: s.waits(until{live: s.Set.Boundary(), soak: g.Soak, completed: !twin})}
	if len(plan.Hold) == 0 {
		plan.Hold = g.unconfirmed(s)
	}
	for i, b := range plan.Hold {
		pod, ok := s.pod(b.PodName)
		plan.Hold[i].Failed = b.Failed && (!ok || pod.UID == "" || s.onLive(pod))
	}
	if twin {
		if s.open() != nil {
			plan.Steps = []Step{s.ending(s.next(opAbort, g.Stable), Aborted)}
		}
		return plan
	}
	plan.Steps = s.closing(opAbort, Aborted, g.Stable)
	return plan
}

// unconfirmed is what the pods show and the controller does not say yet. A
// canary that was complete stays the current revision until the way back is, and
// would be taken for the stable one.
func (g Abort) unconfirmed(s State) []Blocker {
	switch {
	case !s.same(s.Set.Current, g.Stable.Name) && !s.same(s.Set.Current, s.Set.Update):
		return []Blocker{s.uncompleted()}
	case !g.counted(s):
		return []Blocker{{Message: fmt.Sprintf("the controller to count %d ordinals on %s", s.Set.Replicas, g.Stable.Name), Controllers: true}}
	default:
		return nil
	}
}

// counted: the controller, too, says that every ordinal is back. The set and its
// pods come by two watches, and what is not to be seen yet must not count as gone.
func (g Abort) counted(s State) bool {
	n := s.Set.UpdatedReplicas
	if s.Set.Current != s.Set.Update && s.same(s.Set.Current, g.Stable.Name) {
		n += s.Set.CurrentReplicas
	}
	return n >= s.Set.Replicas
}

// Reached implements Goal.
func (g Abort) Reached(s State) string {
	switch {
	case s.Set.Strategy == OnDelete:
		return fmt.Sprintf("aborted (the template of %s is back; %s)", g.Stable.Name, s.WaitToBeDeleted())
	case g.Stable.Name != "" && s.Set.observed() && s.Set.Update != g.Stable.Name:
		return fmt.Sprintf("aborted (%d/%d on %s, the same template as %s; its partition stays at %s, since 0 would restart every ordinal)",
			s.Updated(), s.Set.Replicas, s.Set.Update, g.Stable.Name, s.Set.Partition)
	default:
		return fmt.Sprintf("aborted (%d/%d on %s)", s.Updated(), s.Set.Replicas, s.Live())
	}
}

// Outdated counts the in-range pods that are not on the live template.
func (s State) Outdated() int32 { return int32(s.stale()) }

// WaitToBeDeleted is what is left to do under OnDelete, where the controller makes no pod
// anew that nobody has deleted. It names the ordinals where they are few.
func (s State) WaitToBeDeleted() string {
	switch n := s.stale(); n {
	case 0:
		return "no ordinal waits to be deleted"
	case 1:
		i := slices.IndexFunc(s.Pods, func(pod Pod) bool { return pod.UID != "" && !s.onLive(pod) })
		return s.Pods[i].Name + " waits to be deleted"
	default:
		return fmt.Sprintf("%d ordinals wait to be deleted", n)
	}
}

// stale counts the in-range ordinals that are not on the live template.
func (s State) stale() int {
	n := 0
	for _, pod := range s.Pods {
		if pod.UID != "" && !s.onLive(pod) {
			n++
		}
	}
	return n
}
