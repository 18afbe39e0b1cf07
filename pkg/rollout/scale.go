// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scale takes the set to To ordinals: up from the lowest, down from the
// highest, Step at a time, each step once the last one stands and has soaked. It waits for
// anybody's rollout first, refuses during a canary (new ordinals above the
// partition would be canaries, and a set of none makes the canary its current
// revision: pkg/controller/statefulset/stateful_set_utils.go: completeUpdate),
// and finishes a scale-down that the controller cannot.
type Scale struct {
	To      int32
	Step    int32
	Soak    time.Duration
	Current *int32 // what --current-replicas expects before the first write
	// LosesClaimsOf names the set whose claims may be destroyed: --confirm-data-loss.
	LosesClaimsOf string
	// Applies says that it is part of an apply, which may call a delete off.
	Applies bool
}

const argReplicas = "replicas"

// Op implements Goal.
func (g Scale) Op() string { return opScale }

// Begun implements Goal: of a scale to this very number.
func (g Scale) Begun(s State) bool {
	return g.dropped(s) || s.begun(opScale) && s.record().Args[argReplicas] == strconv.Itoa(int(g.To))
}

// Adopts implements Goal.
func (g Scale) Adopts() bool { return false }

// Plan implements Goal.
func (g Scale) Plan(s State) (Plan, error) {
	if err := g.allowed(s); err != nil {
		return Plan{}, err
	}
	if pod, ok := s.deadlocked(); ok {
		step := removal(pod, "two broken surplus pods block each other, and neither is ever made again")
		step.Change.Pod.LosesClaims = g.LosesClaimsOf == s.Set.Name
		return Plan{Steps: []Step{step}}, nil
	}
	hold, broken := g.waits(s)
	if g.dropsUnmade(s) {
		return Plan{Hold: hold, Steps: []Step{g.drop(s)}}, nil
	}
	plan := Plan{Hold: hold, Steps: g.steps(s, broken)}
	end := s.after(plan.Steps)
	if r := end.open(); r != nil && r.Op == opScale {
		plan.Steps = append(plan.Steps, end.ending(g.record(end), Done))
	}
	return plan, nil
}

func (g Scale) other(s State) error {
	if g.Applies {
		return s.other(opApply)
	}
	return s.other(opScale)
}

func (g Scale) allowed(s State) error {
	if err := s.known(); err != nil {
		return err
	}
	switch {
	case g.dropped(s):
		return nil
	case g.dropsUnmade(s):
		return g.keepsData(s)
	}
	if err := g.other(s); err != nil {
		return err
	}
	switch owes := s.owes(); {
	case s.Set.Replicas == g.To:
		return nil
	case s.Set.observed() && s.Set.Partition.Index > 0 && s.twoRevisions():
		return s.inTheWay(s.wayOut(),
			"%s: a canary is on (%s, from %s), and its ordinals are counted from the top; promote it or abort it before scaling", s.Set, s.Live(), s.Set.Current)
	case owes != nil:
		return owes
	case g.Current != nil && *g.Current != s.Set.Replicas && !g.Begun(s):
		return refuse(ReplicasDiffer, "", "%s: it has %d replicas, not the %d that --current-replicas expects", s.Set, s.Set.Replicas, *g.Current)
	}
	return g.keepsData(s)
}

// keepsData refuses a scale-down that would destroy claims.
func (g Scale) keepsData(s State) error {
	if g.To > s.Set.Replicas || !s.Set.DeletesClaims || len(s.Set.ClaimTemplates) == 0 || g.LosesClaimsOf == s.Set.Name {
		return nil
	}
	return refuse(DataLoss, fmt.Sprintf("kubectl -n %s patch %s --type=merge -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}'", s.Set.Namespace, s.Set),
		"%s: its retention policy whenScaled is Delete, so this would destroy the claims %s; to agree to that, add --confirm-data-loss=%s",
		s.Set, Enumerate(g.Leaves(s)), s.Set.Name)
}

// Leaves are the claims of the ordinals that go, the highest first.
func (g Scale) Leaves(s State) []string {
	var claims []string
	for i := s.Set.Replicas - 1; i >= g.To; i-- {
		claims = append(claims, s.Set.ClaimNames(s.Set.PodName(i))...)
	}
	return claims
}

// The most of a list in a sentence: of names, and of what has more words.
const (
	mostNames = 20
	mostSome  = 5
)

// Enumerate is a list of names for people, which a large set does not make
// endless.
func Enumerate(names []string) string { return atMost(names, mostNames) }

// Some is a list of texts for people, as many as a line takes.
func Some(texts []string) string { return atMost(texts, mostSome) }

func atMost(names []string, most int) string {
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// waits is what must stand before a step, and the lowest index of those that are
// to go whose ordinal has failed, or is the next to go and does not stand; that of
// none where there is none. Such an ordinal holds nothing up where all that stay
// stand.
func (g Scale) waits(s State) (hold []Blocker, broken int32) {
	hold = s.waits(until{live: s.mustBeLive(), soak: g.Soak})
	failed := map[string]bool{}
	for _, b := range Failed(hold) {
		failed[b.PodName] = true
	}
	next := s.Set.Replicas - 1
	if next >= g.To && slices.ContainsFunc(hold, func(b Blocker) bool { return b.PodName == s.Set.PodName(next) }) {
		failed[s.Set.PodName(next)] = true
	}
	going := map[string]bool{}
	broken = s.Set.Replicas
	for i := next; i >= g.To; i-- {
		if podName := s.Set.PodName(i); failed[podName] {
			broken, going[podName] = i, true
		}
	}
	for i := broken; i < s.Set.Replicas && s.Set.OrderedReady; i++ { // they go in the same write
		going[s.Set.PodName(i)] = true
	}
	left := slices.DeleteFunc(slices.Clone(hold), func(b Blocker) bool { return going[b.PodName] })
	if slices.ContainsFunc(left, s.lacks) {
		return hold, s.Set.Replicas
	}
	return left, broken
}

// lacks says that a blocker is an ordinal that is to be there and does not stand. Before
// the controller has seen the spec, an Available one is taken for one to be replaced where
// its revision says the same in other words, as of a server that had other defaults.
func (s State) lacks(b Blocker) bool {
	return s.inRange(b) && (s.Set.observed() || b.Phase != Available)
}

// inRange says that a blocker is an ordinal that is to be there.
func (s State) inRange(b Blocker) bool {
	_, ok := s.pod(b.PodName)
	return ok
}

// steps are the writes of spec.replicas that are missing. Under OrderedReady the
// controller takes nothing away while one in range is broken
// (pkg/controller/statefulset/stateful_set_control.go: updateStatefulSet), so
// the first write goes down to the lowest broken one of those that are to go.
func (g Scale) steps(s State, broken int32) []Step {
	record := g.record(s) // O(ordinals), and the same for every step
	var steps []Step
	stride := min(max(g.Step, 1), MostReplicas)
	for at := s.Set.Replicas; at != g.To; {
		next := min(at+stride, g.To)
		why, until := "make %s", " Available"+soaked(g.Soak)
		low, high := at, next
		if g.To < at {
			next = max(at-stride, g.To)
			why, until = "take %s away", " gone"
			if s.Set.OrderedReady && broken < next {
				next, why = broken, "take %s away, one by one: the controller would wait for the lowest of them"
			}
			low, high = next, at
		}
		steps = append(steps, Step{
			Change: Change{
				Why: fmt.Sprintf(why, s.span(low, high)),
				Set: s.patch(SetPatch{Replicas: &next, Record: record}),
			},
			Until: are(s.span(low, high)) + until,
		})
		at = next
	}
	return steps
}

// record keeps the stable revision that an earlier rollout recorded: a scale
// changes nothing about where to roll back to.
func (g Scale) record(s State) Record {
	record := s.next(opScale, s.recorded())
	record.Args = map[string]string{argReplicas: strconv.Itoa(int(g.To))}
	return record
}

// mustBeLive is the lowest index that the strategy brings to the live template.
func (s State) mustBeLive() int32 {
	if s.Set.Strategy == OnDelete {
		return s.Set.Replicas
	}
	return s.Set.Boundary()
}

// deadlocked is the highest of two or more broken surplus pods: under
// OrderedReady the controller deletes a broken one only if it is the lowest of
// them (pkg/controller/statefulset/stateful_set_control.go: processCondemned),
// so it never comes to the highest, where it begins.
func (s State) deadlocked() (Pod, bool) {
	if !s.Set.OrderedReady || !s.Set.observed() || len(s.Surplus) < 2 {
		return Pod{}, false
	}
	for _, pod := range s.Pods {
		if pod.Phase != Available {
			return Pod{}, false
		}
	}
	highest := s.Surplus[len(s.Surplus)-1]
	broken := 0
	for _, pod := range s.Surplus {
		if pod.Phase == Terminating {
			return Pod{}, false
		}
		if pod.Phase != Available {
			broken++
		}
	}
	return highest, broken > 1 && highest.Phase != Available
}

// Reached implements Goal.
func (g Scale) Reached(s State) string {
	return fmt.Sprintf("scaled (%d/%d Available)", s.available(), s.Set.Replicas)
}

func (s State) available() int {
	n := 0
	for _, pod := range s.Pods {
		if pod.Phase == Available {
			n++
		}
	}
	return n
}
