// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// podRow is an ordinal as a table sees it.
type podRow struct {
	state   *rollout.State
	pod     rollout.Pod
	awaited *rollout.Blocker // what a run waits for here; nil where that is not known
	told    bool             // its cause is told in full elsewhere
	status  bool             // it is of a look, where no run says what is awaited
}

func (r podRow) age(from time.Time) cell { return cell{text: age(from, r.state.At)} }

// The columns of ordinals, as data. What a narrow terminal costs first is what
// a person can best do without.
func podColumn() column[podRow] {
	return column[podRow]{title: "POD", cell: func(r podRow) cell { return cell{text: r.pod.Name} }}
}

func revisionColumn(name func(set rollout.Set, revisionName string) string) column[podRow] {
	return column[podRow]{title: "REVISION", cell: func(r podRow) cell {
		return cell{text: orNone(name(r.state.Set, r.pod.Revision))}
	}}
}

func phaseColumn() column[podRow] {
	return column[podRow]{title: "PHASE", cell: func(r podRow) cell {
		return cell{string(r.pod.Phase), toneOfPhase(r.pod.Phase)}
	}}
}

func restartsColumn() column[podRow] {
	return column[podRow]{title: "RESTARTS", cell: func(r podRow) cell { return cell{text: fmt.Sprint(r.pod.Restarts)} }}
}

func ageColumn() column[podRow] {
	return column[podRow]{title: "AGE", cell: func(r podRow) cell { return r.age(r.pod.Created) }}
}

func nodeColumn() column[podRow] {
	return column[podRow]{title: "NODE", cell: func(r podRow) cell { return cell{text: orNone(r.pod.Node)} }}
}

func claimsColumn() column[podRow] {
	return column[podRow]{title: "CLAIMS", cell: func(r podRow) cell {
		return cell{text: claimText(*r.state, r.pod)}
	}}
}

func noteColumn() column[podRow] {
	return column[podRow]{title: "NOTE", least: leastNote, cell: func(r podRow) cell {
		note := cell{text: noteOf(r)}
		if r.pod.Phase == rollout.Failing {
			note.tone = bad
		}
		return note
	}}
}

// leastNote of a note still says which cause it is.
const leastNote = 20

func uidColumn() column[podRow] {
	return column[podRow]{title: "UID", cell: func(r podRow) cell { return cell{text: orNone(string(r.pod.UID))} }}
}

func sinceColumn() column[podRow] {
	return column[podRow]{title: "SINCE", cell: func(r podRow) cell { return r.age(r.pod.Since) }}
}

// giving makes a column give way to a narrow terminal.
func giving(c column[podRow], rank int) column[podRow] {
	c.gives = rank
	return c
}

// atLeast keeps a column from becoming narrower than that.
func atLeast(c column[podRow], wide int) column[podRow] {
	c.wide = wide
	return c
}

// cutTo lets a column be cut.
func cutTo(c column[podRow], least int) column[podRow] {
	c.least = least
	return c
}

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

// shortRevision is a revision without the set's name, which all of them share.
func shortRevision(set rollout.Set, revisionName string) string {
	return strings.TrimPrefix(revisionName, set.Name+"-")
}

func fullRevision(_ rollout.Set, revisionName string) string { return revisionName }

// claimText is such as "data-web-0 -> pv003".
func claimText(s rollout.State, pod rollout.Pod) string {
	var parts []string
	for _, c := range claimsOf(s, pod) {
		text := c.Name
		switch {
		case c.VolumeName != "" && !c.Lost():
			text += " -> " + c.VolumeName
			if c.Going() {
				text += " (" + c.Phase + ")"
			}
		case c.Phase != "":
			text += " (" + c.Phase + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// noteOf says in one line what holds an ordinal, or what it is about.
func noteOf(r podRow) string {
	switch pod, s := r.pod, *r.state; {
	case r.told:
		return string(pod.Cause.ID)
	case pod.Cause.ID != "":
		return causeText(pod.Cause)
	case pod.UID != "" && lostClaim(s, pod) != "":
		return fmt.Sprintf("%s: %s: a new pod would never start", rollout.ClaimLost, lostClaim(s, pod))
	case pod.UID != "" && pod.Phase != rollout.Terminating && goingClaim(s, pod) != "":
		return fmt.Sprintf("%s is being deleted, and goes with this pod", goingClaim(s, pod))
	case pod.Phase == rollout.Terminating:
		return graceText(pod, s.At)
	case r.awaited != nil && r.awaited.Again.After(s.At):
		return fmt.Sprintf("%s, %s left", r.awaited.Message, age(s.At, r.awaited.Again))
	case pod.Phase == rollout.Absent && pod.Before != nil:
		return endingText(*pod.Before)
	case isSurplus(s.Set, pod):
		return "out of range, to go"
	case r.status:
		return soakText(s, pod)
	default:
		return ""
	}
}

// lostClaim is the first claim of a pod whose volume is gone or another claim's.
func lostClaim(s rollout.State, pod rollout.Pod) string {
	for _, c := range claimsOf(s, pod) {
		if c.Lost() {
			return c.Name
		}
	}
	return ""
}

// goingClaim is the first claim of a pod that is being deleted.
func goingClaim(s rollout.State, pod rollout.Pod) string {
	for _, c := range claimsOf(s, pod) {
		if c.Going() {
			return c.Name
		}
	}
	return ""
}

// causeText is a cause in the form that all commands use: "id: message".
func causeText(c rollout.Cause) string {
	if c.Message == "" {
		return string(c.ID)
	}
	return string(c.ID) + ": " + c.Message
}

// soakText says of an Available ordinal that it has not been so for long enough.
func soakText(s rollout.State, pod rollout.Pod) string {
	text := pod.RemadeText(s.At)
	if until, soaks := s.Soaks(pod); soaks {
		text = strings.TrimPrefix(text+"; "+fmt.Sprintf("to soak, %s left", age(s.At, until)), "; ")
	}
	return text
}

func graceText(pod rollout.Pod, now time.Time) string {
	if now.Before(pod.GraceEnds) {
		return fmt.Sprintf("%s of grace left", age(now, pod.GraceEnds))
	}
	return fmt.Sprintf("should be gone since %s", age(pod.GraceEnds, now))
}

func endingText(e rollout.Ending) string {
	if e.Reason == "" {
		return ""
	}
	return "the last pod: " + e.Told()
}

func isSurplus(set rollout.Set, pod rollout.Pod) bool {
	at := int64(pod.Ordinal) - int64(set.Start)
	return at < 0 || at >= int64(set.Replicas)
}
