// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// The ids of findings.
const (
	FoundLost        = string(rollout.ClaimLost)
	FoundDiffers     = "claim-differs"
	FoundTerminating = rollout.FoundClaimGoing
	FoundUnserved    = "claim-unserved"
	FoundReleased    = "volume-released"
	FoundGoing       = "volume-terminating"
	FoundBypassed    = "reservation-bypassed"
	FoundChance      = "volume-by-chance"
	FoundUnfit       = "volume-unfit"
	FoundBinding     = "volume-binding"
	FoundExpanding   = "claim-expanding"
	FoundSelector    = "claim-selector"
	FoundUnanswered  = "provisioner-silent"
	FoundNoClass     = "class-missing"
	FoundClass       = "class-by-default"
	FoundLongName    = "name-too-long"
)

const (
	mostNamed   = 5  // volumes in a sentence
	mostDetails = 10 // candidates of a claim, for people
	mostKept    = 50 // and at all: each of many claims would have all free volumes
)

// Findings are what the standings of a set's claims mean: what stops an
// ordinal, and what is left to chance.
func Findings(set Set, standings []Standing) []rollout.Finding {
	findings := longNames(set)
	partly := slices.ContainsFunc(standings, Standing.hindersRelease)
	for _, s := range standings {
		for _, f := range s.findings(set) {
			if partly && f.ID == FoundReleased && f.Remedy != "" {
				f.Remedy += " --volumes " + s.released().Volume.Name
			}
			findings = append(findings, f)
		}
	}
	findings = append(together(findings), differing(standings)...)
	findings = append(findings, chances(set, standings)...)
	findings = append(findings, classes(set, standings)...)
	return append(findings, unfit(standings)...)
}

// findings of one claim. Claims out of range stop nobody.
func (s Standing) findings(set Set) []rollout.Finding {
	f := rollout.Finding{Object: "persistentvolumeclaim/" + s.Claim.Name, Severity: rollout.FindingError}
	if !s.InRange {
		f.Severity = rollout.FindingWarning
	}
	found := false
	switch {
	case s.Word == Bound || s.Word == Lost:
		f, found = s.ofBound(f)
	case s.InRange:
		f, found = s.ofUnbound(set, f)
	}
	if !found {
		return nil
	}
	if s.Said != "" {
		f.Details = append([]string{"event: " + s.Said}, f.Details...)
	}
	return []rollout.Finding{f}
}

// ofBound is for a claim that has a volume, or had one.
func (s Standing) ofBound(f rollout.Finding) (rollout.Finding, bool) {
	switch {
	case s.Word == Lost || s.Volume == nil || s.Claim.reclaims(s.Volume):
		return s.lost(f), true
	case s.Volume.DeletionTimestamp != nil:
		return s.going(f), true
	case len(s.Passed) > 0:
		f.ID, f.Severity = FoundBypassed, rollout.FindingWarning
		f.Message = fmt.Sprintf("it is bound to %s, and %s, which points at it, is unused", s.Claim.Spec.VolumeName, enumerate(s.Passed))
		return f, true
	default:
		f.ID, f.Severity, f.Message = FoundExpanding, rollout.FindingWarning, s.expands()
		return f, f.Message != ""
	}
}

// ofUnbound is for a claim that waits for a volume, or goes.
func (s Standing) ofUnbound(set Set, f rollout.Finding) (rollout.Finding, bool) {
	switch {
	case s.Word == Terminating:
		f.ID, f.Severity, f.Message = FoundTerminating, rollout.FindingWarning, "it is being deleted: a new pod of this ordinal waits until it is gone, and then gets a new claim"
	case s.Word != Certain && len(s.Pointing()) > 0:
		f = s.bypassed(set, f)
	case s.Word == Certain && s.Claim.Live != nil:
		f.ID, f.Severity = FoundBinding, rollout.FindingNote
		f.Message = fmt.Sprintf("it waits for %s, which is reserved for it; the binder looks again every 15s", s.Choice.Volumes[0])
	case s.Word == Unserved:
		f = s.unserved(set, f)
	default:
		return s.provisioning(set.Namespace, f)
	}
	return f, true
}

// lost is for a claim whose volume is gone, or is another object than the one
// that it was bound to: that binds again only once it carries the claim's uid
// (pv_controller.go: syncBoundClaim).
func (s Standing) lost(f rollout.Finding) rollout.Finding {
	f.ID, f.Message = FoundLost, fmt.Sprintf("it is bound to %s, which is gone or belongs to another claim: a new pod of this ordinal would never start", s.Claim.Spec.VolumeName)
	f.Details = []string{
		fmt.Sprintf("to keep its data: make a volume %s on them, with claimRef.uid %s", s.Claim.Spec.VolumeName, s.Claim.uid()),
		"to give them up: delete the claim; the ordinal gets a new one with its next pod",
	}
	if s.Volume != nil && s.Claim.reclaims(s.Volume) {
		f.Message = s.Claim.earlierVolume()
		f.Details = []string{"if that has the claim's data, let it carry the uid"}
		f.Remedy = s.Claim.carry()
	}
	return f
}

// going is for a volume that is being deleted: it stays for as long as its claim does, and
// goes with it whatever its reclaim policy says
// (pkg/controller/volume/pvprotection/pv_protection_controller.go: isBeingUsed).
func (s Standing) going(f rollout.Finding) rollout.Finding {
	f.ID, f.Severity = FoundGoing, rollout.FindingWarning
	f.Message = fmt.Sprintf("its volume %s is being deleted, and stays only until the claim goes; then nothing says any more where the data are: save its manifest", s.Volume.Name)
	f.Remedy = fmt.Sprintf("kubectl get pv %s -o yaml", s.Volume.Name)
	return f
}

// bypassed is for a volume that points at the claim, and does not serve it or
// loses to another.
func (s Standing) bypassed(set Set, f rollout.Finding) rollout.Finding {
	v := s.Pointing()[0]
	if v.Has(Released) {
		v = s.released()
	}
	f.ID = FoundBypassed
	for _, pointing := range s.Pointing() {
		f.Details = append(f.Details, pointing.Line())
	}
	switch {
	case v.Releasable:
		f.ID, f.Remedy = FoundReleased, "pv release "+set.Name
		f.Message = fmt.Sprintf("%s was bound to an earlier claim of this name and does not bind again by itself", v.Volume.Name)
	case v.Has(Released):
		f.ID = FoundReleased
		f.Message = fmt.Sprintf("%s was bound to an earlier claim of this name, and released it would not be bound to this one: %s", v.Volume.Name, v.unfit())
	case !v.Serves():
		f.Message = fmt.Sprintf("%s is reserved for it and does not serve it: %s", v.Volume.Name, join(v.Why))
	default:
		f.Details = s.Details()
		f.Message = fmt.Sprintf("%s is reserved for it, but %s may be taken instead", v.Volume.Name, enumerate(without(s.Choice.Volumes, v.Volume.Name)))
	}
	if s.Word == Provisions {
		f.Message += fmt.Sprintf("; %s would make a new, empty volume", quotedClass(s.Class.Name))
	}
	return f
}

// released is the volume that to be released is all it takes to serve the claim,
// else the first that was an earlier claim's of this name.
func (s Standing) released() Verdict {
	earlier := s.earlier()
	return earlier[max(0, slices.IndexFunc(earlier, func(v Verdict) bool { return v.Releasable }))]
}

// hindersRelease says that to release all volumes of the set would be refused,
// for what this claim's are.
func (s Standing) hindersRelease() bool {
	earlier := s.earlier()
	return len(earlier) > 1 || len(earlier) == 1 && !earlier[0].Releasable
}

// unfit is what is wrong with a volume besides that it is not released.
func (v Verdict) unfit() string {
	why := slices.DeleteFunc(slices.Clone(v.Why), func(r Reason) bool { return r.ID == Released })
	if len(why) == 0 {
		return "another volume would be taken before it"
	}
	return join(why)
}

// Details are the candidates, a line each: "pv001: it has 1Gi, the claim asks for 2Gi".
func (s Standing) Details() []string {
	var lines []string
	for _, v := range s.Candidates[:min(len(s.Candidates), mostDetails)] {
		lines = append(lines, v.Line())
	}
	if more := len(s.Candidates) + s.Unlisted - mostDetails; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more that do not serve", more))
	}
	switch {
	case len(s.Candidates) == 0 && s.Taken == 0 && s.Word != Provisions:
		lines = append(lines, "there is no volume at all")
	case s.Taken > 0:
		lines = append(lines, ofOthers(s.Taken))
	}
	return lines
}

// ofOthers tells of volumes that other claims have.
func ofOthers(n int) string {
	if n == 1 {
		return "1 volume is of another claim"
	}
	return fmt.Sprintf("%d volumes are of other claims", n)
}

// Line is a verdict for people.
func (v Verdict) Line() string {
	text := join(v.Why)
	switch {
	case v.Serves() && v.Reserved:
		text = "reserved for it"
	case v.Serves():
		text = "it would serve"
	}
	for _, told := range v.Told {
		text += "; " + told
	}
	return v.Volume.Name + ": " + text
}

// chances is one finding for all claims that no volume is reserved for.
func chances(set Set, standings []Standing) []rollout.Finding {
	var (
		details, remedy []string
		refused         bool
	)
	for _, s := range standings {
		if !s.InRange || s.Word != Chance && s.Word != Waits || len(s.Pointing()) > 0 {
			continue
		}
		refused = refused || s.Word == Waits && s.Claim.Live != nil
		who := ""
		if s.Word == Waits {
			who = ", by its pod's node"
		}
		details = append(details, fmt.Sprintf("%s may take %s%s", s.Claim.Name, enumerate(s.Choice.Volumes), who))
		rest := slices.DeleteFunc(slices.Clone(s.Choice.Volumes), func(name string) bool { return slices.Contains(remedy, name) })
		remedy = append(remedy, rest[:min(1, len(rest))]...)
	}
	if len(details) == 0 {
		return nil
	}
	f := rollout.Finding{
		ID: FoundChance, Severity: rollout.FindingWarning, Object: set.String(), Details: details,
		Message: "no volume is reserved for some claims, so which ordinal gets which is left to chance",
	}
	// A claim that has waited for the scheduler may have been refused on the nodes of these
	// very volumes, and bound to one its pod would never start.
	if len(set.Templates) == 1 && len(remedy) == int(set.Replicas) && !refused {
		f.Remedy = fmt.Sprintf("pv reserve %s --volumes %s", set.Name, strings.Join(remedy, ","))
	}
	return []rollout.Finding{f}
}

// classes tells of classes that are not what a reader of the manifest expects.
func classes(set Set, standings []Standing) []rollout.Finding {
	var findings []rollout.Finding
	told := map[string]bool{}
	for _, s := range standings {
		t := s.Claim.Template
		if told[t] || !s.InRange || s.Claim.Live != nil {
			continue
		}
		told[t] = true
		f := rollout.Finding{Object: set.String(), Severity: rollout.FindingNote}
		switch {
		case s.Class.Missing:
			f.ID, f.Severity = FoundNoClass, rollout.FindingWarning
			f.Message = fmt.Sprintf("claim template %s names class %q, which does not exist: nothing is provisioned", t, s.Class.Name)
		case s.Class.Default:
			f.ID = FoundClass
			f.Message = fmt.Sprintf("claim template %s names no class and gets the default, %q: free volumes without a class do not serve it", t, s.Class.Name)
		default:
			continue
		}
		findings = append(findings, f)
	}
	return findings
}

// unfit tells of free volumes that nearly serve: right in all but what was
// perhaps mistyped. Claims that nothing serves have told theirs already.
func unfit(standings []Standing) []rollout.Finding {
	var findings []rollout.Finding
	told := map[string]bool{}
	for _, s := range standings {
		if !s.InRange || s.Word != Chance && s.Word != Waits {
			continue
		}
		for _, v := range s.Candidates {
			if v.Serves() || v.Has(WrongClass) || v.Has(NotAvailable) || v.Has(Released) || told[v.Volume.Name] || len(told) == mostNamed {
				continue
			}
			told[v.Volume.Name] = true
			findings = append(findings, rollout.Finding{
				ID: FoundUnfit, Severity: rollout.FindingNote, Object: "persistentvolume/" + v.Volume.Name,
				Message: fmt.Sprintf("it cannot serve %s: %s", s.Claim.Name, join(v.Why)),
			})
		}
	}
	return findings
}

// What the server allows.
const (
	longestLabel = 63
	longestName  = 253
)

func longNames(set Set) []rollout.Finding {
	var findings []rollout.Finding
	add := func(format string, args ...any) {
		findings = append(findings, rollout.Finding{
			ID: FoundLongName, Severity: rollout.FindingError, Object: set.String(), Message: fmt.Sprintf(format, args...),
		})
	}
	last := set.Start + set.Replicas - 1
	for _, t := range set.Templates {
		if len(t.Name) > longestLabel {
			add("the name of claim template %s has %d characters; a pod's volume has at most %d", t.Name, len(t.Name), longestLabel)
		}
		if name := set.claimName(t.Name, last); len(name) > longestName {
			add("claim %s would have %d characters; a name has at most %d", name, len(name), longestName)
		}
	}
	return findings
}

// enumerate writes "pv002", "pv002 or pv003", "a, b, c, d, e or 3 more".
func enumerate(names []string) string {
	if len(names) > mostNamed {
		return strings.Join(names[:mostNamed], ", ") + fmt.Sprintf(" or %d more", len(names)-mostNamed)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}
