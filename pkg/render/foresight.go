// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Foresight is what a scale has to say of claims before it writes anything.
type Foresight struct {
	At      time.Time
	Outlook volume.Outlook // of the ordinals that come
	// Of the ordinals that go, names of claims.
	Kept, Destroyed []string
	// Lost are ordinals that go, and claims of theirs by which they cannot come back.
	Lost []rollout.LostMount
}

const (
	mostForeseen = 12 // lines, where there are more claims the last one sums up
	mostReasons  = 3  // candidates in a line
)

// Foreseen is a line about claims, and whether somebody has to act.
type Foreseen struct {
	Text  string
	Stops bool
}

// Lines are what is foreseen, a line a claim.
func (f Foresight) Lines() []Foreseen {
	var lines []Foreseen
	told := map[string]string{}
	claims, rest := f.Outlook.Claims, []volume.Standing(nil)
	if len(claims) > mostForeseen {
		claims, rest = claims[:mostForeseen-1], claims[mostForeseen-1:]
	}
	for _, s := range claims {
		lines = append(lines, Foreseen{Text: s.Claim.Name + ": " + f.claim(s, told), Stops: f.Outlook.Stops(s) || differs(s) || len(s.Forsaken()) > 0 || goingText(s) != ""})
	}
	if len(rest) > 0 {
		lines = append(lines, f.sum(rest))
	}
	if f.Outlook.Beyond > 0 {
		lines = append(lines, Foreseen{Text: fmt.Sprintf("the claims of %s ordinals more were not looked at", grouped(int(f.Outlook.Beyond)))})
	}
	if found := f.found(); len(found) > 0 {
		lines = append(lines, Foreseen{Text: "these claims stay, and a scale-up finds them again: " + rollout.Enumerate(found)})
	}
	for _, text := range rollout.LossesOf(f.Lost, f.Destroyed) {
		lines = append(lines, Foreseen{Text: text, Stops: true})
	}
	if len(f.Destroyed) > 0 {
		lines = append(lines, Foreseen{Text: "these claims are destroyed with their ordinals: " + rollout.Enumerate(f.Destroyed), Stops: true})
	}
	return lines
}

// found are the claims that stay and that a scale-up comes back to.
func (f Foresight) found() []string {
	lost := func(claimName string) bool {
		return slices.ContainsFunc(f.Lost, func(m rollout.LostMount) bool { return m.Claim.Name == claimName })
	}
	return slices.DeleteFunc(slices.Clone(f.Kept), lost)
}

// claim is "found, 12d old, on pv005 (2Gi)", or what it would get. The reasons
// why nothing serves are told once; told knows of which claim.
func (f Foresight) claim(s volume.Standing, told map[string]string) string {
	text := "will be made"
	if live := s.Claim.Live; live != nil {
		text = fmt.Sprintf("found, %s old", age(live.CreationTimestamp.Time, f.At))
		if s.Word == volume.Bound {
			return text + ", on " + s.Claim.Spec.VolumeName + capacityText(s) + goingText(s) + differenceText(s)
		}
		if !s.Claim.Bound() {
			text += ", not bound"
		}
		text += differenceText(s)
	}
	if prospect := f.Outlook.Prospect(s); prospect != "" {
		text += "; " + prospect
	}
	if forsaken := s.Forsaken(); len(forsaken) > 0 {
		text += fmt.Sprintf("; but %s was an earlier claim's of this name, and keeps what that wrote: to have it back, pv release comes first", rollout.Enumerate(forsaken))
	}
	if s.Word != volume.Unserved || f.Outlook.Stock.Volumes == nil {
		return text
	}
	why := reasons(s)
	if first, known := told[why]; known {
		return text + ", as with " + first
	}
	told[why] = s.Claim.Name
	return text + ": " + why
}

func capacityText(s volume.Standing) string {
	if capacity := capacity(s); capacity != "" {
		return " (" + capacity + ")"
	}
	return ""
}

func capacity(s volume.Standing) string {
	if s.Volume != nil {
		return volume.Capacity(*s.Volume)
	}
	return s.Claim.Capacity()
}

// differs says that a claim which stays is not what its template asks for.
func differs(s volume.Standing) bool {
	return s.Word != volume.Terminating && len(s.Claim.Differences()) > 0
}

// differenceText is what the template asks for and the claim does not; the size
// that a volume has is told with the volume.
func differenceText(s volume.Standing) string {
	if !differs(s) {
		return ""
	}
	var texts []string
	for _, d := range s.Claim.Differences() {
		if d.Has == capacity(s) {
			texts = append(texts, d.Wants)
		} else {
			texts = append(texts, d.String())
		}
	}
	return "; the template asks for " + strings.Join(texts, ", ") + ", and claims that are there are not changed"
}

// reasons why no candidate serves, the nearest first.
func reasons(s volume.Standing) string {
	lines := s.Details()
	if more := len(lines) - mostReasons; more > 0 {
		lines = append(lines[:mostReasons:mostReasons], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "; ")
}

// sum is a line for the claims that have none of their own.
func (f Foresight) sum(rest []volume.Standing) Foreseen {
	found, stops, differing, forsaking, first := 0, 0, 0, 0, ""
	for _, s := range rest {
		if differs(s) {
			differing++
		}
		if len(s.Forsaken()) > 0 {
			forsaking++
		}
		if s.Claim.Live != nil {
			found++
		}
		if f.Outlook.Stops(s) {
			stops++
			if first == "" {
				first = s.Claim.Name
			}
		}
	}
	text := fmt.Sprintf("and %d claims more, up to %s: %d found, %d will be made", len(rest), rest[len(rest)-1].Claim.Name, found, len(rest)-found)
	if stops > 0 {
		text += fmt.Sprintf("; %d of them no volume can serve, %s the first", stops, first)
	}
	if differing > 0 {
		text += fmt.Sprintf("; %d of them are not what the template asks for", differing)
	}
	if forsaking > 0 {
		text += fmt.Sprintf("; %d of them have data on Released volumes, see pv status", forsaking)
	}
	return Foreseen{Text: text, Stops: stops+differing+forsaking > 0}
}

// Unread are the kinds of objects that were asked for and may not be listed.
func (f Foresight) Unread() []string {
	var kinds []string
	if f.Outlook.Set.Name == "" { // not asked
		return nil
	}
	stock := f.Outlook.Stock
	for _, kind := range []struct {
		name   string
		unread bool
	}{
		{"persistentvolumeclaims", stock.Claims == nil},
		{"persistentvolumes", stock.Volumes == nil},
		{"storageclasses.storage.k8s.io", stock.Classes == nil},
	} {
		if kind.unread {
			kinds = append(kinds, kind.name)
		}
	}
	return kinds
}

// document leaves the candidates to the claims that nothing serves.
func (f Foresight) document() *ScaleClaims {
	d := &ScaleClaims{Beyond: f.Outlook.Beyond, Unread: f.Unread(), Kept: f.Kept, Destroyed: f.Destroyed}
	for _, m := range f.Lost {
		d.Lost = append(d.Lost, LostClaim{Pod: m.PodName, Claim: m.Claim.Name, UID: string(m.Claim.UID), Volume: m.Claim.VolumeName})
	}
	for _, s := range f.Outlook.Claims {
		if s.Word != volume.Unserved {
			s.Candidates, s.Unlisted = nil, 0
		}
		standing := claimStanding(s)
		standing.InRange = true
		if s.Word == volume.Unserved && !f.Outlook.Stops(s) {
			standing.State, standing.Volume = "", "" // it may be served by what may not be read
		}
		d.Coming = append(d.Coming, standing)
	}
	return d
}

// goingText is for a volume that stays only until its claim goes.
func goingText(s volume.Standing) string {
	if s.Volume == nil || s.Volume.DeletionTimestamp == nil {
		return ""
	}
	return ", which is being deleted"
}
