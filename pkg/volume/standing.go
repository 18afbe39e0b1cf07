// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"iter"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Word for where a claim stands.
type Word string

// The words, from good to bad.
const (
	Bound       Word = "Bound"
	Certain     Word = "Reserved"     // not bound yet, and one reserved volume will serve
	Provisions  Word = "Provisioning" // not bound yet, and its class makes a volume
	Waits       Word = "Waits"        // for a pod, and then the scheduler chooses
	Chance      Word = "Chance"       // not bound yet, and free volumes serve
	Terminating Word = "Terminating"
	Lost        Word = "Lost"
	Unserved    Word = "Unserved" // nothing serves
	Left        Word = "Released" // nothing serves, and a volume has an earlier claim's data: see State
)

// Standing is where one claim stands.
type Standing struct {
	Claim   Claim
	InRange bool
	Word    Word
	Class   Class
	Volume  *corev1.PersistentVolume // bound to it; nil where there is none, or it is gone
	Choice  Choice                   // what may be taken, for a claim that is not bound
	// Candidates are all volumes that do not belong to another claim, best
	// first, each with why not; for a claim that is not bound.
	Candidates []Verdict
	// Unlisted counts those that were left out of a long list.
	Unlisted int
	// Taken counts the volumes that belong to other claims.
	Taken int
	// Passed are volumes that point at the claim, which is bound to another.
	Passed []string
	// Waited is how long a provisioner has been asked for its volume, at most; 0 while none is.
	Waited time.Duration
	// Said is the newest event on the claim.
	Said string
}

// Standings of all claims of the ordinals.
func (s Stock) Standings(set Set, ordinals []int32) []Standing {
	standings := slices.Collect(s.stand(set.ClaimsOf(s, ordinals)))
	for i, standing := range standings {
		standings[i].InRange = set.Has(standing.Claim.Ordinal)
	}
	return standings
}

// stand says where claims stand that compete, the first first.
func (s Stock) stand(claims []Claim) iter.Seq[Standing] {
	near, elsewhere := s.near(claims)
	return func(next func(Standing) bool) {
		c := contest{catalogue: near.catalogue(), left: map[string]bool{}, sure: map[string]bool{}, takers: map[string]string{}}
		for _, claim := range claims {
			standing := c.serve(claim)
			if standing.Word != Bound {
				standing.Taken += elsewhere
			}
			if !next(standing) {
				return
			}
		}
	}
}

// contest is over the volumes, among claims: one that a claim is sure to take is
// none for the next, and one of those that it may take is one less.
type contest struct {
	catalogue
	left, sure map[string]bool   // volumes that are none for the next claim: perhaps, and for sure
	takers     map[string]string // by volume, the claim that may take it
}

func (c *contest) serve(claim Claim) Standing {
	standing := c.standing(claim, c.left)
	if standing.Word != Bound {
		standing.Candidates, standing.Taken = c.candidates(claim)
	}
	if standing.Word == Unserved {
		yield(standing.Candidates, c.takers)
	}
	standing = standing.trimmed(mostKept)
	free := standing.Choice.Volumes
	if len(free) == 0 || standing.Choice.Reserved || standing.Word == Unserved {
		return standing
	}
	standing.Choice = c.choose(claim, c.sure)
	c.left[free[0]], c.takers[free[0]] = true, claim.Name
	if len(standing.Choice.Volumes) == 1 {
		c.sure[free[0]] = true
	}
	return standing
}

// near is the stock less the volumes that point at claims of other namespaces,
// most of a large cluster, and how many these are.
func (s Stock) near(claims []Claim) (near Stock, elsewhere int) {
	namespaces, asked := map[string]bool{}, map[string]bool{}
	for _, c := range claims {
		namespaces[c.Namespace], asked[c.Spec.VolumeName] = true, true
	}
	near = s
	near.Volumes = make([]corev1.PersistentVolume, 0, len(s.Volumes))
	for i := range s.Volumes {
		v := &s.Volumes[i]
		if ref := v.Spec.ClaimRef; ref != nil && !namespaces[ref.Namespace] && !asked[v.Name] {
			elsewhere++
			continue
		}
		near.Volumes = append(near.Volumes, *v)
	}
	return near, elsewhere
}

// yield says of volumes that would serve who comes first.
func yield(candidates []Verdict, takers map[string]string) {
	for i, v := range candidates {
		if taker := takers[v.Volume.Name]; taker != "" && v.Serves() {
			candidates[i].Why = []Reason{{Taken, "it would serve, and " + taker + " comes first"}}
		}
	}
}

func (c catalogue) standing(claim Claim, taken map[string]bool) Standing {
	standing := Standing{Claim: claim, Class: c.ClassOf(claim)}
	if claim.Live != nil && claim.Spec.VolumeName != "" {
		standing.Volume = c.byName[claim.Spec.VolumeName]
	}
	if claim.Bound() {
		pointing, _ := c.of(claim)
		for _, v := range pointing {
			if v.Name != claim.Spec.VolumeName {
				standing.Passed = append(standing.Passed, v.Name)
			}
		}
	} else {
		standing.Choice = c.choose(claim, taken)
	}
	standing.Word = standing.word()
	if standing.Word == Provisions && claim.provisioner() != "" && !c.At.IsZero() {
		standing.Waited = c.At.Sub(claim.Live.CreationTimestamp.Time)
	}
	return standing
}

func (s Standing) word() Word {
	c, choice := s.Claim, s.Choice
	switch {
	case c.Live != nil && c.Live.DeletionTimestamp != nil:
		return Terminating
	case c.Live != nil && c.Live.Status.Phase == corev1.ClaimLost:
		return Lost
	case c.Bound():
		return Bound
	case len(choice.Volumes) == 1 && choice.Reserved:
		return Certain
	case s.unscheduled():
		return Unserved
	case choice.ByScheduler:
		return Waits
	case len(choice.Volumes) > 0:
		return Chance
	case s.Class.Provisions && c.Spec.VolumeName == "":
		return Provisions
	default:
		return Unserved
	}
}

// candidates are the verdicts on all volumes that are not another claim's: those
// that point at the claim, those that serve, those that nearly serve.
func (c catalogue) candidates(claim Claim) (candidates []Verdict, taken int) {
	class := c.ClassOf(claim)
	pointing, free := c.of(claim)
	for _, v := range slices.Concat(pointing, free) {
		verdict := judge(claim, v, class)
		verdict.Releasable = verdict.Has(Released) && c.releasable(claim, *v)
		candidates = append(candidates, verdict)
	}
	slices.SortStableFunc(candidates, func(a, b Verdict) int { return rank(claim, a) - rank(claim, b) })
	return candidates, len(c.Volumes) - len(candidates)
}

func rank(c Claim, v Verdict) int {
	switch {
	case c.isNamedBy(v.Volume):
		return -1
	case v.Has(WrongClass):
		return len(v.Why) + 10
	default:
		return len(v.Why)
	}
}

// IsUnsettled says of a claim which is there that its events tell why it has no volume: of
// one that has, or that goes, they are from before.
func (s Standing) IsUnsettled() bool {
	return s.Claim.Live != nil && s.Word != Bound && s.Word != Terminating
}

// trimmed is a standing with no more than so many candidates.
func (s Standing) trimmed(most int) Standing {
	if more := len(s.Candidates) - most; more > 0 {
		s.Candidates, s.Unlisted = slices.Clone(s.Candidates[:most]), s.Unlisted+more
	}
	return s
}

// State is the word for people: of the claims that nothing serves, those are
// told apart whose data are there, on a volume that was an earlier claim's.
func (s Standing) State() Word {
	if len(s.Leftover()) > 0 {
		return Left
	}
	return s.Word
}

// Leftover are the volumes that were bound to earlier claims of this name, where
// nothing serves the claim.
func (s Standing) Leftover() []*corev1.PersistentVolume {
	if s.Word != Unserved {
		return nil
	}
	var volumes []*corev1.PersistentVolume
	for _, v := range s.earlier() {
		volumes = append(volumes, v.Volume)
	}
	return volumes
}

// Forsaken are the volumes that were bound to earlier claims of this name, where
// the claim is to get another one: what they hold, its ordinal would not have.
func (s Standing) Forsaken() []string {
	if !slices.Contains([]Word{Chance, Certain, Waits, Provisions}, s.Word) {
		return nil
	}
	var names []string
	for _, v := range s.earlier() {
		names = append(names, v.Volume.Name)
	}
	return names
}

// earlier are the candidates that were bound to earlier claims of this name.
func (s Standing) earlier() []Verdict {
	return slices.DeleteFunc(slices.Clone(s.Candidates), func(v Verdict) bool { return !v.Has(Released) })
}

// Pointing are the candidates that point at the claim, serving or not.
func (s Standing) Pointing() []Verdict {
	var pointing []Verdict
	for _, v := range s.Candidates {
		if s.Claim.isNamedBy(v.Volume) {
			pointing = append(pointing, v)
		}
	}
	return pointing
}
