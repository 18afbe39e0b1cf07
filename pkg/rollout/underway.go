// SPDX-License-Identifier: Apache-2.0

package rollout

import "fmt"

// UnderWay says what is under way, and how far it is; false for nothing, as a command
// decides it, with no operation left that has more to write.
func (s State) UnderWay() (text string, is bool) {
	u, cut := s.Unfinished()
	severed := s.severed()
	if _, left := s.Leftover(); left || s.settled() && !cut && s.deleting() == nil && severed == nil {
		return "", false
	}
	text = fmt.Sprintf("it is %s, %d/%d", s.Word(), s.Updated(), s.Set.Replicas)
	if live := s.Live(); live != "" {
		text += " on " + live
	}
	if s.Set.observed() && s.twoRevisions() {
		text += ", from " + s.Set.Current
	}
	if changed := s.ForeignChange(); changed != "" {
		text += "; " + changed
	}
	switch r := s.held(); {
	case cut:
		return u.Text + ": " + text, true
	case severed != nil:
		return s.wroteLast(severed) + ", and somebody else has since: " + text, true
	case s.deleting() != nil:
		return fmt.Sprintf("a delete is under way since %s: %s", s.Set.Record.since(), text), true
	case r != nil:
		return fmt.Sprintf("%s is under way since %s: %s", withArticle(r.Op), r.since(), text), true
	case s.Set.Strategy == OnDelete && s.stale() > 0:
		return fmt.Sprintf("%s, as its strategy OnDelete has it: %s", s.WaitToBeDeleted(), text), true
	case s.twoRevisions() && s.Set.Strategy == RollingUpdate:
		return "a rollout is under way: " + text, true
	default:
		return "it is not settled: " + text, true
	}
}
