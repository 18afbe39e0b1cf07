// SPDX-License-Identifier: Apache-2.0

package volume

import "fmt"

// mostAhead is how many ordinals an outlook goes through: a look ahead must not
// take longer than the way.
const mostAhead = 100

// Outlook is where the claims stand of the ordinals that a scale-up brings,
// before anything is written.
type Outlook struct {
	Set    Set
	Claims []Standing
	Stock  Stock // what it was made of; nil parts may not be read
	Beyond int32 // ordinals that come too, and were not looked at
}

// Outlook of a set that is to have more ordinals. Claims that wait already come
// first, and take what they need. Where claims may not be read, none is foretold.
func (s Stock) Outlook(set Set, replicas int32) Outlook {
	outlook := Outlook{Set: set, Stock: s}
	if s.Claims == nil {
		return outlook
	}
	var waiting []Claim
	for _, c := range set.ClaimsOf(s, set.Ordinals()) {
		if !c.Bound() && len(waiting) < mostAhead {
			waiting = append(waiting, c)
		}
	}
	ahead := min(max(replicas-set.Replicas, 0), mostAhead)
	outlook.Beyond = replicas - set.Replicas - ahead
	var coming []int32
	for index := range ahead {
		coming = append(coming, set.Start+set.Replicas+index)
	}
	for standing := range s.stand(append(waiting, set.ClaimsOf(s, coming)...)) {
		outlook.Claims = append(outlook.Claims, standing.trimmed(mostDetails))
	}
	outlook.Claims = outlook.Claims[len(waiting):]
	return outlook
}

// Stops says that nothing is going to serve a claim of the outlook, so that its
// ordinal would wait for somebody to act.
func (o Outlook) Stops(s Standing) bool {
	return s.Word == Lost || s.refusesSelector() || s.Word == Unserved && o.Stock.shows(s.Class)
}

// Prospect says what a claim that is not bound would get; "" where that may not
// be seen.
func (o Outlook) Prospect(s Standing) string { return o.Stock.prospect(s) }

func (s Stock) prospect(standing Standing) string {
	volumes := enumerate(standing.Choice.Volumes)
	switch standing.Word {
	case Terminating:
		return "it is being deleted: a pod waits until it is gone, and gets a new claim"
	case Lost:
		return fmt.Sprintf("its volume %s is gone or belongs to another claim", standing.Claim.Spec.VolumeName)
	case Certain:
		return fmt.Sprintf("the binder would take %s, which is reserved for it", volumes)
	case Chance:
		return "the binder would take " + volumes
	case Waits:
		return fmt.Sprintf("the scheduler would take %s, by its pod's node", volumes)
	case Provisions:
		return standing.prospectOfClass()
	case Bound:
		return ""
	}
	switch {
	case standing.unscheduled():
		return standing.unscheduledText()
	case s.shows(standing.Class):
		return "no volume can serve it"
	case s.Volumes == nil:
		return ""
	default:
		return "no volume that is there can serve it, and whether a class provisions one may not be read"
	}
}
