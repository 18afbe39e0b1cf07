// SPDX-License-Identifier: Apache-2.0

package rollout

// What the cluster remembers for us: the record on the set, its copy on the
// update revision, and the set's own status, in this order of trust.

// record is the set's record where it counts: of this set, not from a later
// generation than there is, and with its stable revision still there or still
// named by the status, unless the rollout is complete.
func (s State) record() *Record {
	r := s.answered(s.Set.Record)
	if r == nil || r.UID != s.Set.UID || r.Gen > s.Set.Generation {
		return nil
	}
	// A scale goes back to nothing, so that it is whole without the revision that it names.
	if _, ok := s.Revisions.ByName(r.From); !ok && r.From != s.Set.Current && r.Op != opScale && !s.completed(r) {
		return nil
	}
	return r
}

// completed says that the controller has taken every ordinal to the record's
// template. From then on it may delete the stable revision, and does at once
// where revisionHistoryLimit is 0
// (pkg/controller/statefulset/stateful_set_control.go: truncateHistory). The
// watch of the revisions may tell that before the one of the set tells why. A server that
// was upgraded meanwhile reads the template with defaults of its own, and leaves the
// revision as it is.
func (s State) completed(r *Record) bool {
	update := s.Revisions.digest(s.Set.Update)
	return r.ToDigest == s.Set.Template && update != "" && (update == r.ToDigest || update == r.Asked) &&
		s.Set.Current == s.Set.Update && s.Set.UpdatedReplicas >= s.Set.Replicas
}

// copied is the record's copy on the update revision. It serves for the stable
// revision and the own partition only, and only if it speaks of this rollout.
func (s State) copied() *Record {
	update, ok := s.Revisions.ByName(s.Set.Update)
	if !ok || !s.Set.observed() || update.Record == nil {
		return nil
	}
	r := update.Record
	if r.UID != s.Set.UID || r.ToDigest != s.Set.Template || r.From != s.Set.Current {
		return nil
	}
	return r
}

// open is the record of an operation that has not ended, as far as it speaks of
// this rollout: of its template, or of the revision that it came from. Where
// somebody has rolled out something else since, it is history.
func (s State) open() *Record {
	r := s.record()
	if !r.holds() || r.ToDigest != s.Set.Template && r.From != s.Set.Current {
		return nil
	}
	return r
}

// held is the record of an operation that is still under way: it holds others
// to the spec that it left. On a settled set it counts as closed.
func (s State) held() *Record {
	if s.settled() {
		return nil
	}
	return s.open()
}

// rollout is the record of a rollout that is to be gone on with or taken back:
// it says where to go back to. A set that is settled on what the record came
// from was reverted by other means than abort; one that is settled on the new
// template behind the partition that the record left was scaled to zero, which
// completes a rollout (pkg/controller/statefulset/stateful_set_utils.go:
// completeUpdate). Any other settled set has one revision and no way back.
func (s State) rollout() *Record {
	r := s.open()
	if r == nil || r.Op == opScale || r.Op == opDelete {
		return nil
	}
	behind := r.ToDigest == s.Set.Template && r.Partition > 0 && r.Partition == s.Set.Partition.Index
	if s.settled() && r.From != s.Set.Current && !behind {
		return nil
	}
	return r
}

// begun says that the operation op is under way with the live template: this
// command, in this run or an earlier one, has written already.
func (s State) begun(op string) bool {
	r := s.record()
	return r.holds() && r.Op == op && r.ToDigest == s.Set.Template
}

// Own is the partition that stood there when the set was last settled. One that
// somebody else has set since, with nothing under way, is the set's own now.
func (s State) Own() Partition { return s.Set.back(s.own()) }

// back is how a partition can be put back: no block at all only where that takes
// nothing of others away.
func (s Set) back(own Partition) Partition {
	own.Nil = own.Nil && !s.SharesBlock
	return own
}

func (s State) own() Partition {
	r := s.record()
	switch {
	case r.holds() && s.settled() && s.Set.Partition.Index != r.Partition:
		return s.Set.Partition
	case s.rollout() != nil, s.held() != nil, s.isLeft(r):
		return r.own()
	case s.copied() != nil:
		return s.copied().own()
	case s.Set.Partition.Nil, s.settled(), s.Set.Partition.Index >= s.Set.Replicas, !s.twoRevisions():
		return s.Set.Partition
	default:
		return Partition{}
	}
}

// isLeft says that template and partition are as a record left them. What else the
// spec has may have been written since, by an apply or by anybody, and have made a
// generation; the replicas too.
func (s State) isLeft(r *Record) bool {
	if r == nil || r.Gen == s.Set.Generation {
		return r != nil
	}
	left := r.spec()
	left.Replicas = s.Set.Replicas
	return r.holds() && len(s.Set.Spec.changes(left)) == 0
}

// owes refuses while a rollout that came to its end has the own partition still to
// put back. A record of anything else in its place would forget it.
func (s State) owes() error {
	r := s.open()
	if r == nil || r.Op == opScale || r.Op == opDelete || !s.settled() || !s.isLeft(r) || s.Set.back(r.own()) == s.Set.Partition {
		return nil
	}
	return refuse(OtherOperation, r.Op+" "+s.Set.Name,
		"%s: %s is under way since %s, which has its own partition, %s, still to put back; finish it first", s.Set, withArticle(r.Op), r.since(), r.own())
}

// OwnIsGuess says that nothing remembers the own partition of this canary, so
// that Own is 0 for want of better: told before the first write.
func (s State) OwnIsGuess() bool {
	return s.open() == nil && s.copied() == nil && !s.settled() && s.twoRevisions() &&
		s.Set.Partition.Index > 0 && s.Set.Partition.Index < s.Set.Replicas
}

// Stable is the revision to go back to: what the set was on before the rollout
// that is under way. On a set with one revision it is that one.
func (s State) Stable() (Revision, error) {
	name := s.Set.Current
	if r := s.rollout(); r != nil {
		name = r.From
	} else if r := s.copied(); r != nil {
		name = r.From
	}
	stable, ok := s.Revisions.ByName(name)
	if !ok {
		return Revision{}, s.stableGone(name)
	}
	return stable, nil
}

// Reverted says who put the stable template back under an operation that was
// under way, by other means than abort.
func (s State) Reverted() (Writer, bool) {
	r := s.open()
	if r == nil || r.Op == opAbort || s.Set.Template == r.ToDigest || s.Set.Template != r.FromDigest {
		return Writer{}, false
	}
	for _, w := range s.Set.Writers {
		if w.Field == "template" && !IsOurs(w.Manager) { // an apply of ours has folded whoever it was
			return w, true
		}
	}
	return Writer{}, true
}

func (s State) stableGone(name string) error {
	return refuse(StableGone,
		"kubectl -n "+s.Set.Namespace+" get controllerrevisions",
		"%s: its stable revision %q is gone, so there is no template to go back to; apply the manifest that you want",
		s.Set, name)
}

// lost is the record of an operation that was under way when its stable
// revision was deleted; nil where there is none. The controller then takes the
// update revision for the current one, without a word
// (pkg/controller/statefulset/stateful_set_control.go: getStatefulSetRevisions).
func (s State) lost() *Record {
	r := s.Set.Record
	if r == nil || r.UID != s.Set.UID || r.Gen > s.Set.Generation || !r.holds() || s.settled() || s.record() != nil {
		return nil
	}
	return r
}

// next begins the record of a write that op makes: it keeps what an earlier
// write of the same rollout recorded.
func (s State) next(op string, from Revision) Record {
	record := Record{
		V: RecordVersion, UID: s.Set.UID, Op: op, State: Open,
		From: from.Name, FromDigest: from.Digest,
		Own: ownPartition(s.Own()), At: s.At,
	}
	if r := s.rollout(); (op == opCanary || op == opPromote) && s.replaced() && r.From == from.Name {
		record.Args = map[string]string{argReplaced: r.Args[argReplaced]}
		if s.neverStood() {
			record.Args[argNoneStood] = r.Args[argNoneStood]
		}
	}
	return record
}

// patch completes a spec write: the record says what the write leaves.
func (s State) patch(p SetPatch) *SetPatch {
	after := p.Spec(s.Set.Spec)
	p.Record.ToDigest = after.Template
	if p.Record.Since = s.At; after.Template == s.Set.Template && after.Replicas == s.Set.Replicas {
		p.Record.Since = s.askedSince()
	}
	if r := s.record(); p.Template == nil && r != nil && r.ToDigest == after.Template {
		p.Record.Asked = r.Asked
	}
	p.Record.Partition = after.Partition.Index
	p.Record.Replicas = after.Replicas
	p.Record.Start = after.Start
	if after.Strategy != RollingUpdate {
		p.Record.Strategy = after.Strategy
	}
	p.Record.Args = s.noteAppliers(p)
	p.Record.Gen = s.Set.Generation
	if p.writesSpec() {
		p.Record.Gen++
	}
	return &p
}

// origin is where a rollout came from, for a record of a write that does not
// need its template: what the open record says, also once the rollout is
// complete and there is no way back; the name alone where the revision is gone.
func (s State) origin() Revision {
	if r := s.open(); r != nil && r.Op != opScale {
		return Revision{Name: r.From, Digest: r.FromDigest}
	}
	if stable, err := s.Stable(); err == nil {
		return stable
	}
	return Revision{Name: s.Set.Current}
}

// recorded is the stable revision for a record of a write that changes nothing
// about where to roll back to: what an earlier rollout recorded, while it is there.
func (s State) recorded() Revision {
	if r := s.record(); r != nil {
		if from, ok := s.Revisions.ByName(r.From); ok {
			return from
		}
	}
	return s.origin()
}

// foresee is the sighting that a patch would leave, as far as a plan needs it:
// for the steps that come after the first.
func (s State) foresee(p *SetPatch) State {
	s.Set.Spec = p.Spec(s.Set.Spec)
	record := p.Record
	s.Set.Record, s.Set.Generation = &record, record.Gen
	if p.Retention != nil {
		s.Set.Retention = *p.Retention
	}
	return s
}

// after is the sighting that steps would leave.
func (s State) after(steps []Step) State {
	for _, step := range steps {
		if step.Change.Set != nil {
			s = s.foresee(step.Change.Set)
		}
	}
	return s
}
