// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// What --replace-broken asks for, and a promote does without where no pod has to
// be removed: a broken ordinal gets the template that is to replace it before its
// turn. Under OrderedReady the controller waits for ever for a pod that is not
// Ready, whatever template it needs (pkg/controller/statefulset/
// stateful_set_control.go: processReplica, 1.37.2; kubernetes/kubernetes#67250).
//
// The partition falls to the lowest broken ordinal. What stands above it would
// follow: OrderedReady holds it back until that ordinal is Available, and by then
// the partition is above it again, so that every other ordinal still goes by
// --step and --soak. Under Parallel nothing holds it back.

const (
	// argBack is the partition to go back to, once the broken ordinals have their template.
	argBack = "back"
	// argReplaced are the ordinals that had failed of the template that the rollout came from.
	argReplaced = "replaced"
)

// replacement is one command's way to replace broken ordinals.
type replacement struct {
	op      string
	target  int32 // the lowest index that the command may let go
	stride  int32
	from    Revision
	removes bool // --replace-broken: a broken pod is removed
}

// plan is what is due before any ordinal goes in its turn; false where nothing is.
func (r replacement) plan(s State, hold []Blocker) (Plan, bool, error) {
	if !s.Set.observed() || s.Set.Strategy != RollingUpdate {
		return Plan{}, false, nil
	}
	if to, owed := s.holdsBack(); owed {
		return Plan{Steps: []Step{r.back(s, to)}}, true, nil
	}
	if pod, ok := s.stuck(); ok && r.removes && !notOfTemplate[pod.Held().ID] {
		if err := s.noRoomFor(s.live()); err != nil {
			return Plan{}, false, err
		}
		return Plan{Steps: append(r.release(s), removal(pod, "it is not on the live template, and the controller will not replace it"))}, true, nil
	}
	if !s.twoRevisions() {
		return Plan{}, false, nil
	}
	early, err := r.early(s, hold, s.live())
	if err != nil || !early.any() || early.lowest >= s.Set.Boundary() {
		return Plan{}, false, err
	}
	record := early.noted(s.next(r.op, r.from))
	record.Args[argTarget] = strconv.Itoa(int(r.target))
	step := Step{
		Change: Change{
			Why: fmt.Sprintf("%s cannot be made of its own revision any more", Enumerate(early.broken)),
			Set: s.patch(SetPatch{Partition: &Partition{Index: early.lowest}, Record: record}),
		},
		Until: are(Enumerate(early.broken)) + " Available on the new revision",
	}
	return Plan{Hold: early.rest, Steps: append([]Step{step}, r.follow(s, step, early)...)}, true, nil
}

// release writes a partition of 0 where there is none: without one the controller
// makes low ordinals of the current revision again
// (pkg/controller/statefulset/stateful_set_utils.go: newVersionedStatefulSetPod).
func (r replacement) release(s State) []Step {
	if !s.Set.Partition.Nil || s.same(s.Set.Current, s.Set.Update) {
		return nil
	}
	record := aims(s.next(r.op, r.from), r.target)
	return []Step{{Change: Change{
		Why: "without a partition, a pod that is removed would come back on its old revision",
		Set: s.patch(SetPatch{Partition: &Partition{}, Record: record}),
	}}}
}

// replacesBroken is a goal that may have been asked to remove broken pods.
type replacesBroken interface{ replacesBroken() bool }

func (g Promote) replacesBroken() bool { return g.ReplaceBroken }
func (g Canary) replacesBroken() bool  { return g.ReplaceBroken }
func (g Apply) replacesBroken() bool   { return g.ReplaceBroken }

// pastReplacing leaves out the broken pods that the goal is going to remove, as soon as
// the controller has seen the template and the ordinals below are Available.
func (s State) pastReplacing(g Goal, failed []Blocker) []Blocker {
	if asked, ok := g.(replacesBroken); !ok || !asked.replacesBroken() {
		return failed
	}
	return slices.DeleteFunc(failed, func(b Blocker) bool {
		pod, ok := s.pod(b.PodName)
		return ok && pod.UID != "" && !s.onLive(pod) && s.released(pod) && !notOfTemplate[pod.Held().ID]
	})
}

// released says that the partition lets an ordinal go.
func (s State) released(pod Pod) bool {
	return s.Set.Strategy == RollingUpdate && pod.Ordinal >= s.Set.Ordinal(s.Set.Boundary())
}

// back puts the partition above what stands and has not had its turn.
func (r replacement) back(s State, to int32) Step {
	return Step{
		Change: Change{
			Why: "hold the other ordinals back until their turn",
			Set: s.patch(SetPatch{Partition: &Partition{Index: to}, Record: aims(s.next(r.op, r.from), r.target)}),
		},
	}
}

// holdsBack is the partition to go back to, where the broken ordinals that it was
// lowered for have been made on the live template, and others would follow now.
func (s State) holdsBack() (int32, bool) {
	if s.backTo() == 0 || s.awaitsReplaced() {
		return 0, false
	}
	to := s.firstToFollow()
	return to, to > s.Set.Boundary()
}

// backTo is the partition that the record notes; 0 for none.
func (s State) backTo() int32 {
	r := s.open()
	if r == nil || r.ToDigest != s.Set.Template {
		return 0
	}
	n, err := strconv.ParseInt(r.Args[argBack], 10, 32)
	if err != nil {
		return 0
	}
	return min(int32(n), s.Set.Replicas)
}

// awaitsReplaced says that a broken ordinal which the partition was lowered for has
// not been made anew.
func (s State) awaitsReplaced() bool {
	for i := s.Set.Boundary(); i < s.backTo(); i++ {
		pod := s.Pods[i]
		if pod.Phase != Available && (pod.Phase == Terminating || !s.onLive(pod)) {
			return true
		}
	}
	return false
}

// firstToFollow is one above the highest released ordinal that stands off the live template.
func (s State) firstToFollow() int32 {
	for i := s.Set.Replicas - 1; i >= s.Set.Boundary(); i-- {
		if pod := s.Pods[i]; (pod.Phase == Available || pod.Phase == Ready) && !s.onLive(pod) {
			return i + 1
		}
	}
	return 0
}

// early are broken ordinals that get a template before their turn.
type early struct {
	lowest int32 // the partition that it takes
	back   int32 // and the one to go back to; 0 where nothing that stands is let go with them
	broken []string
	others bool      // there are pods of other ordinals
	rest   []Blocker // what is awaited first
}

// begins finds the broken ordinals that a new template begins with: none where nobody
// has asked for that.
func (r replacement) begins(s State, soak time.Duration, template Template) (early, error) {
	if !r.removes || s.Set.Strategy != RollingUpdate {
		return early{}, nil
	}
	return r.early(s, s.waits(until{live: s.Set.Replicas, soak: soak}), template)
}

// any says that there are such ordinals.
func (e early) any() bool { return len(e.broken) > 0 }

// early finds the broken ordinals that a template would replace; none where there is
// one that it does not help.
func (r replacement) early(s State, hold []Blocker, template Template) (early, error) {
	e := early{lowest: s.Set.Replicas}
	for i, pod := range s.Pods {
		index := int32(i)
		switch {
		case r.replaces(s, pod, index, template.Digest):
			e.broken = append(e.broken, pod.Name)
			e.lowest = min(e.lowest, index)
			continue
		case e.any() && pod.UID != "" && s.carries(pod, index) != template.Digest:
			e.back = index + 1
		}
		e.others = e.others || pod.UID != ""
	}
	e.rest = slices.DeleteFunc(slices.Clone(hold), func(b Blocker) bool {
		return slices.Contains(e.broken, b.PodName) || b.Cause.ID == LowerOrdinal
	})
	if !e.any() || len(Failed(e.rest)) > 0 {
		return early{}, nil
	}
	if err := s.noRoomFor(template); err != nil {
		return early{}, err
	}
	return e, r.bounded(s, e)
}

// replaces says that an ordinal has failed of another template than the one that it
// would get.
func (r replacement) replaces(s State, pod Pod, index int32, digest string) bool {
	return pod.Phase == Failing && pod.FailsOfTemplate() && index >= r.target && (pod.UID == "" || r.removes) && !s.sameDigest(s.carries(pod, index), digest)
}

// carries is the digest of the template that an ordinal has, or would be made of.
func (s State) carries(pod Pod, index int32) string {
	switch {
	case pod.UID != "":
		return s.Revisions.digest(pod.Revision)
	case index < s.Set.Boundary():
		return s.Revisions.digest(s.Set.Current)
	default:
		return s.Set.Template
	}
}

// bounded refuses what would let more ordinals go than a step may: under Parallel the
// controller does not wait for the broken one.
func (r replacement) bounded(s State, e early) error {
	if released := s.Set.Replicas - e.lowest; s.Set.OrderedReady || e.back == 0 || released <= r.stride {
		return nil
	}
	return refuse(BrokenPods, "", "%s: to replace %s, the partition must let go %s too, which under Parallel do not wait for it; agree to that many at a time with --step %d",
		s.Set, Enumerate(e.broken), s.span(e.lowest, s.Set.Replicas), s.Set.Replicas-e.lowest)
}

// noted puts what a later write needs to know into the record.
func (e early) noted(r Record) Record {
	if r.Args == nil {
		r.Args = map[string]string{}
	}
	r.Args[argReplaced] = strings.Join(e.broken, ",")
	if !e.others {
		r.Args[argNoneStood] = "true"
	}
	if e.back > 0 {
		r.Args[argBack] = strconv.Itoa(int(e.back))
	}
	return r
}

// names of the ordinals that the first write is for.
func (e early) names(s State, first int32) string {
	if e.any() {
		return Enumerate(e.broken)
	}
	return s.span(first, s.Set.Replicas)
}

// follow foresees what comes after the first write: the broken pods that the controller
// will not replace by itself are removed, and the partition goes back.
func (r replacement) follow(s State, first Step, e early) []Step {
	var steps []Step
	for _, pod := range s.Pods {
		if pod.UID != "" && s.Set.OrderedReady && slices.Contains(e.broken, pod.Name) {
			steps = append(steps, removal(pod, "the controller will not replace it"))
		}
	}
	if e.back > 0 {
		steps = append(steps, r.back(s.after([]Step{first}), e.back))
	}
	return steps
}

// aims notes the partition that an operation comes down to.
func aims(r Record, target int32) Record {
	if r.Args == nil {
		r.Args = map[string]string{}
	}
	r.Args[argTarget] = strconv.Itoa(int(target))
	return r
}

// replaced says that the template to go back to is one that ordinals had failed of
// when the rollout began.
func (s State) replaced() bool {
	r := s.rollout()
	return r != nil && r.Args[argReplaced] != ""
}

// PromoteMends is the command line of the promote that mends what is broken, without
// the name of the program; "" where none does. It goes no further than the partition
// has let go, where that is enough.
func (s State) PromoteMends() string {
	if s.Live() == "" || !s.twoRevisions() {
		return ""
	}
	reached := intstr.FromInt32(s.Set.Replicas - s.Set.Boundary())
	ways := []bool{false}
	if s.corrected() || s.unpulled() {
		ways = append(ways, true)
	}
	for _, count := range []*intstr.IntOrString{&reached, nil} {
		for _, removes := range ways {
			g := Promote{Count: count, Step: intstr.FromInt32(1), Revision: s.Live(), ReplaceBroken: removes}
			if s.Set.Boundary() == 0 {
				g.Count = nil
			}
			if acts(g, s) {
				return g.words(s)
			}
		}
	}
	return ""
}

// unpulled says that what is broken has no image any more. Of another stable ordinal
// that is broken nobody can tell whether a new template mends it.
func (s State) unpulled() bool {
	other := func(pod Pod) bool { return pod.Cause.ID != ImagePull }
	return !slices.ContainsFunc(s.broken(), other)
}

// words are the command line of a promote.
func (g Promote) words(s State) string {
	line := fmt.Sprintf("promote %s --revision=%s", s.Set.Name, g.Revision)
	if g.Count != nil {
		line += " --count=" + g.Count.String()
	}
	if g.ReplaceBroken {
		line += " --replace-broken"
	}
	return line
}

// Replacing is a goal that has been told to replace broken ordinals, where that is the
// way on: its next write can be made now. False where it has been told already.
func Replacing(g Goal, s State) (Goal, bool) {
	switch asked := g.(type) {
	case Promote:
		told := asked.ReplaceBroken
		asked.ReplaceBroken = true
		return asked, !told && acts(asked, s)
	case Canary:
		told := asked.ReplaceBroken
		asked.ReplaceBroken = true
		return asked, !told && acts(asked, s)
	case Apply:
		told := asked.ReplaceBroken
		asked.ReplaceBroken = true
		return asked, !told && acts(asked, s)
	default:
		return g, false
	}
}

func acts(g Goal, s State) bool { return Decide(g, s, LeaseOf(g, s, "")).Act != nil }

// Correctable says that ordinals have failed of the only template that there is, so that
// another one is the way on, where the template is at fault.
func (s State) Correctable() bool {
	broken := s.broken()
	off := func(pod Pod) bool { return pod.UID != "" && !s.onLive(pod) }
	if _, volumeless := s.Volumeless(); volumeless {
		return false
	}
	return slices.ContainsFunc(broken, Pod.FailsOfTemplate) && s.Set.Strategy == RollingUpdate && !slices.ContainsFunc(broken, off)
}
