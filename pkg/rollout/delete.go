// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Delete takes the ordinals away one by one, the highest first, and then the
// set itself. No claim goes with them, whatever the set's retention policy says,
// unless that is asked for: the policy becomes Retain before anything else, and
// the claims that belong to the set or to a pod of it are set free, those too of
// ordinals that were scaled away long ago, which no controller visits again
// (pkg/controller/statefulset/stateful_set_control.go: updateStatefulSet). The
// set goes last, so that its record is there for as long as anything is left to
// do.
//
// A set that is broken can be deleted. The health of the ordinals that stay
// holds nothing up: where the controller would wait for one of them, all down to
// it are let go in one write, and the controller takes them away in order.
type Delete struct {
	// Found is what there was before the first write, see Deletes.
	Found  Found
	Claims Claims
	Saved  string // the file that the manifest was saved to, as it was named
	// Failed are the ordinals that had failed of the only template there was, which is
	// then in that file.
	Failed []string
	// LosesClaimsOf names the set whose claims may be destroyed: --confirm-data-loss.
	LosesClaimsOf string
	// Others are the other sets of the namespace, where claims are to be deleted:
	// the names of two sets and their templates can come to the same claim.
	Others []Set
	// Users are the pods of the namespace that are not the set's, likewise.
	Users []Bystander
}

// Claims says what becomes of the claims of a set that is deleted.
type Claims string

// What may become of them.
const (
	ClaimsKept    Claims = "keep"
	ClaimsDeleted Claims = "delete"
)

// Found is what a delete changes before the set goes, as it was found: what a
// manifest that brings the set back must say.
type Found struct {
	Replicas  int32
	Partition Partition // its own
	Retention Retention
}

// The arguments of a delete's record, beside argReplicas.
const (
	argWhenDeleted = "whenDeleted"
	argWhenScaled  = "whenScaled"
	argSaved       = "saved"
	argClaims      = "claims"
)

// Deletes says what a delete finds: the set as it is, or, where one is under
// way, as that one found it.
func Deletes(s State) Found {
	r := s.deleting()
	if r == nil {
		return Found{Replicas: s.Set.Replicas, Partition: s.ownAtRest(), Retention: s.Set.Retention}
	}
	return r.found(s)
}

// found is what the record of a delete says that it found.
func (r *Record) found(s State) Found {
	found := Found{Replicas: s.Set.Replicas, Partition: r.own()}
	if n, err := strconv.ParseInt(r.Args[argReplicas], 10, 32); err == nil {
		found.Replicas = int32(n)
	}
	found.Retention = Retention{WhenDeleted: r.Args[argWhenDeleted], WhenScaled: r.Args[argWhenScaled]}
	return found
}

// Deleting is the delete that is under way, as far as its record tells of it; false
// where there is none.
func Deleting(s State) (Delete, bool) {
	r := s.deleting()
	if r == nil {
		return Delete{}, false
	}
	return Delete{Found: Deletes(s), Claims: Claims(r.Args[argClaims]), Saved: r.Args[argSaved]}, true
}

// callsOff refuses what would call a delete off in silence, and leave the set with
// as many ordinals as are left.
func (s State) callsOff(op string) error {
	g, begun := Deleting(s)
	if !begun || op == opApply {
		return nil
	}
	return refuse(OtherOperation, "", "%s: a delete is under way since %s, of %d ordinals; finish it, or call it off by an apply of the manifest that it saved, %s",
		s.Set, s.Set.Record.since(), g.Found.Replicas, g.file(s.Set))
}

// file is what it saved the manifest to.
func (g Delete) file(set Set) string {
	if g.Saved != "" {
		return g.Saved
	}
	return fmt.Sprintf("%s-%s.yaml, or the file of its --save", set.Namespace, set.Name)
}

// deleting is the record of a delete that is under way, and that nobody has had
// a hand in since. It counts without its stable revision, which a set that was
// never observed has not.
func (s State) deleting() *Record {
	r := s.answered(s.Set.Record)
	if !r.holds() || r.Op != opDelete || r.UID != s.Set.UID || r.Gen > s.Set.Generation || len(s.Set.Spec.changes(r.spec())) > 0 {
		return nil
	}
	return r
}

// ownAtRest is the set's own partition. Where no rollout is under way, it is
// the one that stands there, also on a set that is not settled because it is
// broken.
func (s State) ownAtRest() Partition {
	if s.open() == nil && s.copied() == nil {
		return s.Set.Partition
	}
	return s.Own()
}

// Op implements Goal.
func (g Delete) Op() string { return opDelete }

// Begun implements Goal.
func (g Delete) Begun(s State) bool { return s.deleting() != nil }

// Adopts implements Goal.
func (g Delete) Adopts() bool { return false }

// Plan implements Goal.
func (g Delete) Plan(s State) (Plan, error) {
	if err := g.allowed(s); err != nil {
		return Plan{}, err
	}
	if g.ends(s) {
		return Plan{Hold: []Blocker{s.lingers()}}, nil
	}
	var plan Plan
	for _, stage := range []Plan{
		{Steps: g.retains(s)},
		{Steps: g.frees(s), Hold: s.unobserved()},
		{Steps: s.unblocks()},
		{Steps: g.descends(s), Hold: s.leaving()},
		{Steps: g.destroys(s), Hold: s.uncounted()},
		{Steps: []Step{s.end()}, Hold: g.remains(s)},
	} {
		if len(plan.Steps) == 0 {
			plan.Hold = append(plan.Hold, stage.Hold...)
		}
		plan.Steps = append(plan.Steps, stage.Steps...)
	}
	return plan, nil
}

func (g Delete) allowed(s State) error {
	r := s.open()
	aborting := r != nil && r.Op == opAbort // which may never end, where the stable template is broken too
	if s.deleting() == nil && !aborting && s.Set.Current != "" && s.Set.Partition.Index > 0 && s.twoRevisions() {
		return s.inTheWay(s.wayOut(),
			"%s: a canary is on (%s, from %s), and a set that is made anew has one template only; promote it or abort it before deleting", s.Set, s.Live(), s.Set.Current)
	}
	return g.agreed(s)
}

// agreed: the claims that go are the set's alone, and the user has given them up.
func (g Delete) agreed(s State) error {
	doomed := g.doomed(s)
	if strange := s.strange(doomed); len(strange) > 0 {
		return s.unlabelled(strange)
	}
	for _, claim := range doomed {
		if other, ok := maker(g.Others, claim.Name); ok {
			return refuse(DataLoss, "", "%s: the claim %s is one of %s too, by its name; delete the set without its claims, and those that are its own by hand", s.Set, claim.Name, other)
		}
	}
	if err := g.unused(s, doomed); err != nil || len(doomed) == 0 || g.LosesClaimsOf == s.Set.Name {
		return err
	}
	return refuse(DataLoss, "", "%s: --claims=delete would destroy the claims %s; to agree to that, add --confirm-data-loss=%s", s.Set, names(doomed), s.Set.Name)
}

// unused refuses claims that a pod uses which is not the set's: it would go on
// writing to what is gone as soon as it ends.
func (g Delete) unused(s State, doomed []ClaimSight) error {
	goes := map[string]bool{}
	for _, claim := range doomed {
		goes[claim.Name] = !claim.Terminating
	}
	for _, pod := range g.Users {
		if pod.Over || pod.Bond == Parting || pod.Bond == Adopted {
			continue
		}
		if i := slices.IndexFunc(pod.Claims, func(claimName string) bool { return goes[claimName] }); i >= 0 {
			return refuse(DataLoss, fmt.Sprintf("kubectl -n %s get pod %s -o yaml", s.Set.Namespace, pod.Name),
				"%s: its claim %s is mounted by pod %q, which is not the set's, and --claims=delete would destroy its data; end that pod first, or delete the set without its claims", s.Set, pod.Claims[i], pod.Name)
		}
	}
	return nil
}

// retains makes the retention policy Retain, so that nobody else deletes a claim.
func (g Delete) retains(s State) []Step {
	retain := Retention{WhenDeleted: Retain, WhenScaled: Retain}
	if s.Set.Retention.normal() == retain {
		return nil
	}
	return []Step{{
		Change: Change{Why: "no claim goes with a pod or with the set", Set: s.patch(SetPatch{Retention: &retain, Record: g.record(s)})},
		Until:  "the controller has seen it",
	}}
}

// record keeps what was found, and the stable revision that an earlier rollout
// recorded.
func (g Delete) record(s State) Record {
	record := s.next(opDelete, s.recorded())
	record.Own = ownPartition(g.Found.Partition)
	record.Args = map[string]string{
		argReplicas:    strconv.Itoa(int(g.Found.Replicas)),
		argWhenDeleted: g.Found.Retention.WhenDeleted,
		argWhenScaled:  g.Found.Retention.WhenScaled,
		argSaved:       g.Saved,
		argClaims:      string(g.Claims),
	}
	return record
}

// frees takes the set and its pods off the owners of claims: who is deleted
// with its owner is deleted by the garbage collector.
func (g Delete) frees(s State) []Step {
	owners := map[types.UID]bool{s.Set.UID: true}
	for _, pod := range slices.Concat(s.Pods, s.Surplus) {
		owners[pod.UID] = pod.UID != ""
	}
	var steps []Step
	for _, claim := range s.Claims {
		held := slices.DeleteFunc(slices.Clone(claim.Owners), func(owner types.UID) bool { return !owners[owner] })
		if len(held) > 0 && !claim.Terminating && !(g.Claims == ClaimsDeleted && s.Set.MakesClaim(claim.Name)) {
			steps = append(steps, Step{Change: Change{
				Why:   "it would be deleted with its owner",
				Claim: &ClaimChange{ClaimName: claim.Name, UID: claim.UID, Version: claim.Version, Frees: held},
			}})
		}
	}
	return steps
}

// unblocks removes what the controller never would.
func (s State) unblocks() []Step {
	pod, ok := s.deadlocked()
	if !ok {
		return nil
	}
	return []Step{removal(pod, "two broken surplus pods block each other, and neither is ever made again")}
}

// descends lets the ordinals go, the highest first.
func (g Delete) descends(s State) []Step {
	record := g.record(s) // O(ordinals), and the same for every step
	low, obstructed := s.obstacle()
	var steps []Step
	for at := s.Set.Replicas; at > 0; {
		next, why, until := at-1, "take %s away", "%s is gone"
		if obstructed && low < next {
			next, why, until = low, "take %s away, one by one: the controller would wait for the lowest of them", "%s are gone"
		}
		steps = append(steps, Step{
			Change: Change{Why: fmt.Sprintf(why, s.span(next, at)), Set: s.patch(SetPatch{Replicas: &next, Record: record})},
			Until:  fmt.Sprintf(until, s.span(next, at)),
		})
		at = next
	}
	return steps
}

// obstacle is the lowest index whose ordinal the controller waits for before it
// takes any other away (pkg/controller/statefulset/stateful_set_control.go:
// updateStatefulSet): under OrderedReady one that is not Available, and under
// Parallel one that cannot be made.
func (s State) obstacle() (int32, bool) {
	for i, pod := range s.Pods {
		unmade := pod.UID == "" && (pod.Phase == Failing || pod.Cause.ID == Squatter)
		if unmade || s.Set.OrderedReady && pod.Phase != Available {
			return int32(i), true
		}
	}
	return 0, false
}

// leaving are the pods that must be gone before the next is let go. Where the
// controller waits for a pod in range, they do not go before that is let go.
func (s State) leaving() []Blocker {
	if _, obstructed := s.obstacle(); obstructed {
		return nil
	}
	var blockers []Blocker
	for _, pod := range s.Surplus {
		blockers = append(blockers, s.going(pod))
	}
	return blockers
}

// destroys deletes the claims, where that was asked for, once no pod is left.
func (g Delete) destroys(s State) []Step {
	var steps []Step
	for _, claim := range g.doomed(s) {
		if claim.Terminating {
			continue
		}
		steps = append(steps, Step{Change: Change{
			Why:   "asked for by --claims=delete",
			Claim: &ClaimChange{ClaimName: claim.Name, UID: claim.UID, Version: claim.Version},
		}})
	}
	return steps
}

// Fate names every claim of the set's templates: those that stay, and those that go.
func (g Delete) Fate(s State) (kept, destroyed []string) {
	var all []string
	for _, claim := range s.ownClaims() {
		all = append(all, claim.Name)
	}
	if g.Claims == ClaimsDeleted {
		return nil, all
	}
	return all, nil
}

// doomed are the claims that go: those of the set's templates, of any ordinal.
func (g Delete) doomed(s State) []ClaimSight {
	if g.Claims != ClaimsDeleted {
		return nil
	}
	return s.ownClaims()
}

// uncounted: the pods and the set come by two watches, so the controller's own count is
// asked too before anything goes that a pod may still use.
func (s State) uncounted() []Blocker {
	if s.Set.Counted == 0 || len(s.Surplus) > 0 {
		return nil
	}
	return []Blocker{{Message: "the controller to count no pod", Controllers: true}}
}

// remains are the claims that must be gone before the set is.
func (g Delete) remains(s State) []Blocker {
	var blockers []Blocker
	for _, claim := range g.doomed(s) {
		blockers = append(blockers, Blocker{Message: fmt.Sprintf("claim %s to be gone", claim.Name)})
	}
	return blockers
}

// ends says that the set is on its way out, and everything is as the last write
// of a delete finds it, whoever made that: its end is all that is to be awaited.
func (g Delete) ends(s State) bool {
	owned := func(c ClaimSight) bool { return slices.Contains(c.Owners, s.Set.UID) }
	return s.Set.Deleting && s.Set.Replicas == 0 && len(s.Surplus) == 0 && len(g.retains(s)) == 0 &&
		len(g.doomed(s)) == 0 && !slices.ContainsFunc(s.Claims, owned)
}

// lingers is a set that is deleted, and there until its finalizers are taken off.
func (s State) lingers() Blocker {
	blocker := Blocker{Message: "the set to be gone"}
	if len(s.Set.Finalizers) > 0 {
		blocker.Cause = Cause{
			ID: Finalizer, Message: fmt.Sprintf("finalizers %q are still on it", s.Set.Finalizers),
			Try: "kubectl -n {ns} get statefulset {set} -o jsonpath='{.metadata.finalizers}'",
		}
	}
	return blocker
}

func (s State) end() Step {
	return Step{
		Change: Change{Why: "no pod of it is left", End: &SetRemoval{UID: s.Set.UID, Version: s.Set.Version}},
		Until:  "it is gone",
	}
}

// ownClaims are the claims of the set's templates.
func (s State) ownClaims() []ClaimSight {
	var own []ClaimSight
	for _, claim := range s.Claims {
		if s.Set.MakesClaim(claim.Name) {
			own = append(own, claim)
		}
	}
	return own
}

// mostNamed keeps a sentence about many claims readable.
const mostNamed = 10

func names(claims []ClaimSight) string {
	var all []string
	for _, claim := range claims[:min(len(claims), mostNamed)] {
		all = append(all, claim.Name)
	}
	if more := len(claims) - mostNamed; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

// Reached implements Goal.
func (g Delete) Reached(s State) string {
	kept := names(s.ownClaims())
	switch {
	case g.Claims == ClaimsDeleted && len(s.Set.ClaimTemplates) > 0:
		return "deleted (claims deleted)" + g.faulty()
	case kept == "":
		return "deleted (it had no claims)" + g.faulty()
	default:
		return fmt.Sprintf("deleted (claims kept: %s)", kept) + g.faulty()
	}
}

// faulty warns of a manifest that has been saved with what was wrong in it.
func (g Delete) faulty() string {
	if len(g.Failed) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s had failed of the template that is saved: correct the file before it is applied", Enumerate(g.Failed))
}

// FailedOfIt names the ordinals that have failed of the only template that there is.
func (s State) FailedOfIt() []string {
	if !s.Correctable() {
		return nil
	}
	var names []string
	for _, pod := range s.broken() {
		names = append(names, pod.Name)
	}
	return names
}
