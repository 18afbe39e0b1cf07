// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"strings"
)

// ForeignChange is what somebody else has changed of the operation under way, as the
// run that goes on with it would say; "" for nothing, and where [State.Reverted] says it.
func (s State) ForeignChange() string {
	if r := s.severed(); r != nil {
		return s.changesBy(r.spec())
	}
	r := s.held()
	if r == nil || s.Set.Generation <= r.Gen {
		return ""
	}
	if _, reverted := s.Reverted(); reverted {
		return ""
	}
	return s.changesBy(r.spec())
}

// changesBy tells where the live spec is not what was left, and who wrote that.
func (s State) changesBy(left Spec) string {
	var parts []string
	for _, c := range s.Set.Spec.changes(left) {
		if c.field == fieldTemplate {
			parts = append(parts, "the template was changed"+s.by(c.field)+s.inFields(left.Template))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s changed from %s to %s%s", c.field, c.before, c.after, s.by(c.field)))
	}
	return strings.Join(parts, "; ")
}

// inFields are those in which the live template is not the one of a digest, in brackets;
// "" where no revision has that one any more.
func (s State) inFields(digest string) string {
	left, known := s.Revisions.ByDigest(digest)
	if !known {
		return ""
	}
	fields := Differences(left.Template, s.Set.Live)
	if len(fields) == 0 {
		return ""
	}
	return " (" + Some(fields) + ")"
}

// Leftover is the set's own partition where the one of an operation stands in its
// place: somebody took the template of that operation away, and left the partition,
// which holds back the next rollout.
func (s State) Leftover() (own Partition, ok bool) {
	r := s.open()
	if r == nil || r.Op == opScale || r.Op == opDelete || !s.settled() || r.ToDigest == s.Set.Template {
		return Partition{}, false
	}
	return r.own(), r.Partition == s.Set.Partition.Index && r.own() != s.Set.Partition
}

// BothWays says that somebody else had a hand in a rollout, and that it goes on or back
// by a command alone.
func (s State) BothWays() bool {
	return s.ForeignChange() != "" && s.twoRevisions() && s.Live() != "" && s.Word() != WordFailing
}
