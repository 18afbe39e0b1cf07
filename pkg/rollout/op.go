// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// The ops of the records: the names of the commands that write them.
const (
	opScale   = "scale"
	opCanary  = "canary"
	opPromote = "promote"
	opAbort   = "abort"
	opDelete  = "delete"
)

// withArticle is such as "an abort".
func withArticle(op string) string {
	if op == opAbort || op == opApply {
		return "an " + op
	}
	return "a " + op
}

// argTarget is the partition that a canary or a promote comes down to.
const argTarget = "target"

// target of the operation; 0 where it does not say.
func (r *Record) target() int32 {
	n, err := strconv.ParseInt(r.Args[argTarget], 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// resolve makes a count of ordinals of a number or a percentage; a percentage rounds up.
func resolve(amount intstr.IntOrString, replicas int32) int32 {
	n, err := intstr.GetScaledValueFromIntOrPercent(&amount, int(replicas), true)
	if err != nil { // refused when it was parsed
		return 0
	}
	return int32(n)
}

// stride is how many ordinals a step may let go: at least one.
func stride(step intstr.IntOrString, replicas int32) int32 {
	return max(resolve(step, replicas), 1)
}

// rolls refuses strategies that a partition does not steer.
func (s State) rolls(op string) error {
	switch s.Set.Strategy {
	case RollingUpdate:
		return nil
	case OnDelete:
		return refuse(WrongStrategy, s.nextOutdated(),
			"%s: its update strategy is OnDelete, which has no partition to %s by; write a template with kubectl (set image, apply), then delete the outdated pods one by one", s.Set, op)
	default:
		return s.known()
	}
}

// nextOutdated deletes the pod that is to go next to the live template; "" where
// all are on it.
func (s State) nextOutdated() string {
	for _, pod := range slices.Backward(s.Pods) {
		if s.outdated(pod) {
			return fmt.Sprintf("kubectl -n %s delete pod %s", s.Set.Namespace, pod.Name)
		}
	}
	return ""
}

// known refuses strategies that this program has not heard of: what a write
// sets off under them, nobody can tell.
func (s State) known() error {
	if s.Set.Strategy == RollingUpdate || s.Set.Strategy == OnDelete {
		return nil
	}
	return refuse(WrongStrategy, "", "%s: its update strategy %q is not one that this command knows how to drive", s.Set, s.Set.Strategy)
}

// other refuses while another operation that must finish first is under way.
func (s State) other(op string) error {
	r := s.held()
	if r == nil || r.Op != opAbort || op == opAbort || s.abortedInVain(r) {
		return s.callsOff(op)
	}
	hint := "abort " + s.Set.Name
	if s.abortedUnmade() {
		hint = cmp.Or(s.DropsUnmade(nil), hint)
	}
	return refuse(OtherOperation, hint, "%s: an abort is under way since %s; finish it first, or take the set away with delete, which keeps its claims", s.Set, r.since())
}

// descend lowers the partition to target, a stride at a time: the top ordinals first.
func (s State) descend(op string, target, stride int32, soak time.Duration, from Revision) []Step {
	record := aims(s.next(op, from), target) // O(ordinals), and the same for every step
	var steps []Step
	for at := s.Set.Boundary(); at > target; {
		next := at - min(stride, at-target)
		steps = append(steps, Step{
			Change: Change{
				Why: fmt.Sprintf("let %s go", s.span(next, at)),
				Set: s.patch(SetPatch{Partition: &Partition{Index: next}, Record: record}),
			},
			Until: are(s.span(next, at)) + " Available on the new revision" + soaked(soak),
		})
		at = next
	}
	return steps
}

// span names the ordinals of the indices from low up to, not including, high.
func (s State) span(low, high int32) string {
	if high-low == 1 {
		return s.Set.PodName(low)
	}
	return fmt.Sprintf("%s to %s", s.Set.PodName(low), s.Set.PodName(high-1))
}

// are is names with their verb: one has no space in it.
func are(names string) string {
	if strings.Contains(names, " ") {
		return names + " are"
	}
	return names + " is"
}

// closing ends a rollout: the own partition comes back in the write that ends
// the record. Where it stands there already, only the record is written; where
// there is no record that is open, nothing.
func (s State) closing(op string, state RecordState, from Revision) []Step {
	if s.open() == nil {
		return nil
	}
	record := s.next(op, from)
	if own := s.Own(); own != s.Set.Partition && s.Set.Strategy == RollingUpdate {
		record.State = state
		patch := s.patch(SetPatch{Partition: &own, Record: record})
		return []Step{{Change: Change{Why: "put its own partition back", Set: patch}}}
	}
	return []Step{s.ending(record, state)}
}

// ending closes the record, and changes nothing else.
func (s State) ending(record Record, state RecordState) Step {
	record.State = state
	return Step{Change: Change{Why: "it is done", Set: s.patch(SetPatch{Record: record})}}
}

// wayOut of a rollout that is in the way: forward where every ordinal stands, or where
// that mends what has failed, else back; "" where neither helps. One that is on its way
// is looked at: nothing says that it has to go back.
func (s State) wayOut() string {
	stands := func(pod Pod) bool { return pod.Phase == Available && !pod.EndsAgain }
	waits := slices.ContainsFunc(s.Pods, func(pod Pod) bool { return !stands(pod) })
	switch {
	case waits && !s.Stalled && len(s.broken()) == 0:
		return "status " + s.Set.Name + " -w"
	case waits && s.AbortMends():
		return "abort " + s.Set.Name
	case waits:
		return s.PromoteMends()
	case s.Live() == "":
		return "promote " + s.Set.Name
	default:
		return fmt.Sprintf("promote %s --revision=%s", s.Set.Name, s.Live())
	}
}

// wayOutFor is the same for who brings a template: back, where that is the stable one.
func (s State) wayOutFor(template Template) string {
	stable, aborts, err := Aborts(s)
	if err == nil && aborts && s.sameDigest(stable.Digest, template.Digest) {
		return "abort " + s.Set.Name
	}
	return s.wayOut()
}

// takesBack names the way back where an ordinal has failed; "" where none has: who asks
// for fewer ordinals would lose all of a rollout that is well.
func (s State) takesBack() string {
	if len(s.broken()) > 0 && s.AbortMends() {
		return "abort " + s.Set.Name
	}
	return ""
}
