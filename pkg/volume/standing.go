// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Word for where a claim stands.
type Word string

// The words, from good to bad.
const (
	Bound       Word = "Bound"
	Certain     Word = "Reserved"    // not bound yet, and one reserved volume will serve
	Provisions  Word = "Provisioned" // not bound yet, and its class makes a volume
	Waits       Word = "Waits"       // for a pod, and then the scheduler chooses
	Chance      Word = "Chance"      // not bound yet, and free volumes serve
	Terminating Word = "Terminating"
	Lost        Word = "Lost"
	Unserved    Word = "Unserved" // nothing serves
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
	// Taken counts the volumes that belong to other claims.
	Taken int
	// Passed are volumes that point at the claim, which is bound to another.
	Passed []string
	// Said is the newest event on the claim.
	Said string
}

// Standings of all claims of the ordinals.
func (s Stock) Standings(set Set, ordinals []int32) []Standing {
	standings := s.stand(set.ClaimsOf(s, ordinals))
	for i, standing := range standings {
		standings[i].InRange = set.Has(standing.Claim.Ordinal)
	}
	return standings
}

// stand says where claims stand that compete, the first first: a volume that
// one is sure to take is none for the next, and one of those that it may take
// is one less.
func (s Stock) stand(claims []Claim) []Standing {
	standings := make([]Standing, 0, len(claims))
	left, sure := s, s
	takers := map[string]string{} // by volume, the claim that may take it
	for _, c := range claims {
		standing := left.standing(c)
		if standing.Word != Bound {
			standing.Candidates, standing.Taken = s.candidates(c)
		}
		if standing.Word == Unserved {
			yield(standing.Candidates, takers)
		}
		if free := standing.Choice.Volumes; len(free) > 0 && !standing.Choice.Reserved {
			standing.Choice = sure.Choose(c)
			left, takers[free[0]] = left.without(free[0]), c.Name
			if len(standing.Choice.Volumes) == 1 {
				sure = sure.without(free[0])
			}
		}
		standings = append(standings, standing)
	}
	return standings
}

// yield says of volumes that would serve who comes first.
func yield(candidates []Verdict, takers map[string]string) {
	for i, v := range candidates {
		if taker := takers[v.Volume.Name]; taker != "" && v.Serves() {
			candidates[i].Why = []Reason{{Taken, "it would serve, and " + taker + " comes first"}}
		}
	}
}

func (s Stock) standing(c Claim) Standing {
	standing := Standing{Claim: c, Class: s.ClassOf(c)}
	if c.Live != nil && c.Spec.VolumeName != "" {
		standing.Volume = s.volume(c.Spec.VolumeName)
	}
	for _, v := range s.Volumes {
		if c.Bound() && c.isNamedBy(v) && v.Name != c.Spec.VolumeName {
			standing.Passed = append(standing.Passed, v.Name)
		}
	}
	if !c.Bound() {
		standing.Choice = s.Choose(c)
	}
	standing.Word = s.word(standing)
	return standing
}

func (s Stock) word(standing Standing) Word {
	c, choice := standing.Claim, standing.Choice
	switch {
	case c.Live != nil && c.Live.DeletionTimestamp != nil:
		return Terminating
	case c.Live != nil && c.Live.Status.Phase == corev1.ClaimLost:
		return Lost
	case c.Bound():
		return Bound
	case len(choice.Volumes) == 1 && choice.Reserved:
		return Certain
	case choice.ByScheduler:
		return Waits
	case len(choice.Volumes) > 0:
		return Chance
	case standing.Class.Provisions && c.Spec.VolumeName == "":
		return Provisions
	default:
		return Unserved
	}
}

// candidates are the verdicts on all volumes that are not another claim's: those
// that point at the claim, those that serve, those that nearly serve.
func (s Stock) candidates(c Claim) (candidates []Verdict, taken int) {
	class := s.ClassOf(c)
	for _, v := range s.Volumes {
		if v.Spec.ClaimRef != nil && !c.isNamedBy(v) {
			taken++
			continue
		}
		candidates = append(candidates, judge(c, v, class))
	}
	slices.SortStableFunc(candidates, func(a, b Verdict) int { return rank(c, a) - rank(c, b) })
	return candidates, taken
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
