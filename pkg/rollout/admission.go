// SPDX-License-Identifier: Apache-2.0

package rollout

import "fmt"

// A mutating admission webhook or policy may change the pod template with any write of the
// set, also with one that has no template: it stamps a time, or has come since the set was
// last written. Each such write makes ordinals anew that it is not for. It may as well change
// the partition, by which ordinals go that were to stay, or the replicas. Whether it will do
// so, a dry run tells at most (see pkg/plugin/admission.go); that it did, the answer.

// byAdmission is where to look for who did it.
const byAdmission = "kubectl get mutatingwebhookconfigurations,mutatingadmissionpolicies"

// rewritten stops a run at the first write that the server has stored otherwise than it was
// made: the next write would be, too.
func rewritten(g Goal, before Set, change Change, after Set) error {
	if fields := Otherwise(g, before, change, after); len(fields) > 0 {
		return &Failure{
			Reason: SpecRewritten, Hint: byAdmission,
			Message: fmt.Sprintf("%s: the server has stored a write (%s) with %s: a mutating admission webhook or policy changes it; end it, and run the same command again",
				after, change, Enumerate(fields)),
		}
	}
	if err := backOtherwise(g, change, after); err != nil {
		return err
	}
	return templateRewritten(g, before, change, after)
}

// backOtherwise is of the stable template, put back by an abort, of which another one has
// come, though the dry run has not said so.
func backOtherwise(g Goal, change Change, after Set) error {
	abort, ok := g.(Abort)
	if !ok || change.Set == nil || change.Set.Template == nil || after.Template == abort.Template.Digest {
		return nil
	}
	changes := Departs(abort.Stable.Template, after.Live)
	if len(changes) == 0 {
		return nil
	}
	return &Failure{
		Reason: TemplateRewritten, Hint: byAdmission,
		Message: fmt.Sprintf("%s: the server has stored another template than that of %s, which was put back (%s): a mutating admission webhook or policy changes it; end it, and run the same command again",
			after, abort.Stable.Name, Some(changes)),
	}
}

// Otherwise is what of the spec the server has made of a write otherwise than the write has
// it, in words such as "partition 0 instead of 3"; nil for nothing. Of a delete the replicas
// alone count: it has no ordinal stay. An abort whose template is the stable one in the
// same bytes may have a lower partition: no ordinal of the stable revision goes by it.
func Otherwise(g Goal, before Set, change Change, after Set) []string {
	if change.Set == nil && change.Nudge == nil {
		return nil
	}
	want := before.Spec
	if change.Set != nil {
		want = change.Set.Spec(want)
	}
	var fields []string
	differs := func(name string, want, got any) {
		if want != got {
			fields = append(fields, fmt.Sprintf("%s %v instead of %v", name, got, want))
		}
	}
	if g.Op() != opDelete {
		if abort, ok := g.(Abort); !ok || abort.Twin || want.Partition.Index < after.Partition.Index {
			differs("partition", want.Partition.Index, after.Partition.Index)
		}
		differs("updateStrategy.type", want.Strategy, after.Strategy)
	}
	differs("replicas", want.Replicas, after.Replicas)
	differs("ordinals.start", want.Start, after.Start)
	return fields
}

// WouldStoreOtherwise refuses where the server's dry run has answered the first write of a
// command otherwise than it was made.
func (s State) WouldStoreOtherwise(change Change, fields []string) error {
	return refuse(SpecRewritten, byAdmission,
		"%s: by the server's dry run the first write (%s) would be stored with %s, since a mutating admission webhook or policy changes it; end it, and run the same command again",
		s.Set, change, Enumerate(fields))
}

// templateRewritten is of a write that has no template and after which another one is live,
// of the very generation that the write made. A delete goes on: it has no ordinal stay.
func templateRewritten(g Goal, before Set, change Change, after Set) error {
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
