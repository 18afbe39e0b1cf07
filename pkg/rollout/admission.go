// SPDX-License-Identifier: Apache-2.0

package rollout

import "fmt"

// A mutating admission webhook or policy may change the pod template with any write of the
// set, also with one that has no template: it stamps a time, or has come since the set was
// last written. Each such write makes ordinals anew that it is not for. Whether it will do
// so, a dry run tells at most (see pkg/plugin/admission.go); that it did, the answer.

// byAdmission is where to look for who did it.
const byAdmission = "kubectl get mutatingwebhookconfigurations,mutatingadmissionpolicies"

// rewritten stops a run at a write that has no template and after which another one is
// live, of the very generation that the write made: the next write would do the same. A
// delete goes on: it has no ordinal stay.
func rewritten(g Goal, before Set, change Change, after Set) error {
	if change.Set == nil && change.Nudge == nil || change.Set != nil && change.Set.Template != nil || g.Op() == opDelete {
		return nil
	}
	if before.Template == after.Template {
		return nil
	}
	changes := Some(Differences(before.Live, after.Live))
	return &Failure{
		Reason:  TemplateRewritten,
		Message: fmt.Sprintf("%s: the server has stored another template with a write that has none (%s): a mutating admission webhook or policy changes it (%s), and ordinals are made anew by that; end it, and run the same command again", after, change, changes),
		Hint:    byAdmission,
	}
}

// WouldRewrite refuses where the server's dry run has answered a write that changes nothing
// with another template, in words: the first write of a command would move ordinals that it
// is not for.
func (s State) WouldRewrite(changes string) error {
	way := "end it"
	if !s.twoRevisions() && s.Set.Replicas > 1 {
		way = fmt.Sprintf("take the ordinals to that template one by one first (canary %s --revision=%s, then promote), or end it", s.Set.Name, s.Set.Current)
	}
	return refuse(TemplateRewritten, byAdmission,
		"%s: by the server's dry run a mutating admission webhook or policy changes the template with any write of the set (%s), and every ordinal that the partition, %s, does not hold would be made anew by it; %s",
		s.Set, changes, s.Set.Partition, way)
}

// RestRewrites refuses to write what a file says beside the template.
func (s Set) RestRewrites() error {
	return refuse(TemplateRewritten, byAdmission, "%s: %s", s, restRewrites)
}

// RestRewrote is the failure where it was written, and has changed the template.
func (s Set) RestRewrote() error {
	return &Failure{Reason: TemplateRewritten, Hint: byAdmission, Message: fmt.Sprintf("%s: %s", s, restRewrites)}
}

const restRewrites = "a mutating admission webhook or policy changes its template with every write, so that what the file says beside the template is not written without ordinals being made anew; end it, and run the same command again"

// Answers says that a template, as a dry run of the server answers it, is the live one as
// far as our own record tells: it was written, and stored as what is live.
func (s Set) Answers(digest string) bool {
	r := s.Record
	if digest == s.Template {
		return true
	}
	return r != nil && r.UID == s.UID && (r.Gen == s.Generation && r.ToDigest == digest || r.Asked == digest && r.ToDigest == s.Template)
}

// WrittenByUs says that the live generation is the one that our last write made: whatever is
// live came with it.
func (s Set) WrittenByUs() bool {
	return s.Record != nil && s.Record.UID == s.UID && s.Record.Gen == s.Generation
}
