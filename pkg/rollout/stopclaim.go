// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
)

// FoundClaimGoing is the id of a claim that is being deleted.
const FoundClaimGoing = "claim-terminating"

// stop is a claim with which a new pod of a set would never start: the scheduler places
// none whose claim is Lost or is being deleted
// (pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: podHasPVCs).
type stop struct {
	ClaimSight
	named bool // by the template's own volumes, so that no claim template makes it again
}

// stops are those of the claims that stop pods of the set. For one of a claim template that
// is being deleted the controller waits, and makes it again
// (pkg/controller/statefulset/stateful_pod_control.go: createPersistentVolumeClaims).
func (s Set) stops(claims []ClaimSight) []stop {
	var stops []stop
	for _, claim := range claims {
		made := s.MakesClaim(claim.Name)
		named := !made && slices.Contains(s.NamedClaims, claim.Name)
		if claim.Lost && made && !claim.Terminating || named && (claim.Lost || claim.Terminating) {
			stops = append(stops, stop{claim, named})
		}
	}
	return stops
}

// indexes of the set whose pods mount the claim: all, where the template names it.
func (c stop) indexes(s Set) []int32 {
	var indexes []int32
	if c.named {
		for index := range s.Replicas {
			indexes = append(indexes, index)
		}
		return indexes
	}
	for _, templateName := range s.ClaimTemplates {
		if ordinal, ok := ClaimOrdinal(templateName, s.Name, c.Name); ok && s.InRange(ordinal) {
			indexes = append(indexes, ordinal-s.Start)
		}
	}
	return indexes
}

// refusal of a pod that would wait for ever.
func (c stop) refusal(set Set, podName, hint string) error {
	reason := ClaimIsLost
	if c.Terminating {
		reason = ClaimGoes
	}
	return refuse(reason, hint, "%s: a new %s would never start: %s", set, podName, c.why())
}

// why the pod would wait, and what to do.
func (c stop) why() string {
	if c.Terminating {
		return fmt.Sprintf("its claim %q is being deleted, and no claim template makes it again; save its data first, and when it is gone make a claim of that name", c.Name)
	}
	given := "delete the claim"
	if c.named {
		given += " and make one of that name"
	}
	return fmt.Sprintf("its claim %q is Lost, since its volume %q is gone or belongs to another claim; make that volume again with claimRef.uid %s, or, to give up its data, %s",
		c.Name, c.VolumeName, c.UID, given)
}

// Stops are the claims that the template names and with which a new pod would never start,
// for a check. Those of claim templates are found with their volumes.
func (s Set) Stops(claims []ClaimSight) []Finding {
	var findings []Finding
	for _, c := range s.stops(claims) {
		if c.named {
			findings = append(findings, c.finding(s))
		}
	}
	return findings
}

func (c stop) finding(s Set) Finding {
	f := Finding{ID: string(ClaimLost), Severity: FindingError, Object: "persistentvolumeclaim/" + c.Name}
	if s.Replicas == 0 {
		f.Severity = FindingWarning
	}
	if c.Terminating {
		f.ID, f.Message = FoundClaimGoing, "the template names it, and it is being deleted: a new pod would never start, and no claim template makes it again"
		f.Details = []string{"it stays for as long as a pod mounts it: save its data first", "when it is gone: make a claim of that name"}
		return f
	}
	f.Message = fmt.Sprintf("the template names it, and it is bound to %s, which is gone or belongs to another claim: a new pod would never start", c.VolumeName)
	f.Details = []string{
		fmt.Sprintf("to keep its data: make a volume %s on them, with claimRef.uid %s", c.VolumeName, c.UID),
		"to give them up: delete the claim, and make one of that name",
	}
	return f
}
