// SPDX-License-Identifier: Apache-2.0

package rollout

// The digest of a template in a record is that of the server's dry run: the record goes
// with the very write that it speaks of, before there is an answer. An admission webhook
// may store another template than its dry run showed (sideEffects NoneOnDryRun, or a time
// or a nonce in the template). What was stored is seen afterwards: as long as the
// generation is the one that the write made, the live template is what became of it.

// answered is a record with the template that its write has left: the one that is live,
// where nothing has been written since.
func (s State) answered(r *Record) *Record {
	if r == nil || r.Gen != s.Set.Generation || r.ToDigest == s.Set.Template {
		return r
	}
	left := r.spec()
	left.Template = s.Set.Template
	if len(s.Set.Spec.changes(left)) > 0 {
		return r
	}
	answered := *r
	answered.Asked, answered.ToDigest = r.ToDigest, s.Set.Template
	return &answered
}

// notes writes what was stored into the record of this run, where it was not what the
// dry run had answered: the next generation, of whatever it comes, no longer tells. What
// is stored may even be what was there, and then the write has made no generation at all.
func (s State) notes(l Lease) (Change, bool) {
	r := s.Set.Record
	if !l.Wrote || r == nil || r.Run != l.Run || s.answered(r) == r && r.Gen <= s.Set.Generation {
		return Change{}, false
	}
	noted := *r
	noted.At = s.At
	if r.Gen > s.Set.Generation {
		noted.Asked = r.ToDigest
	}
	return Change{
		Why: "the server has stored another template than its dry run answered",
		Set: s.patch(SetPatch{Record: noted}),
	}, true
}

// KeepsTemplate says that a write which had no template has left the live one as it was: the
// one that put into the record what was stored. Whatever a dry run answers then, it is the
// dry run alone.
func (s State) KeepsTemplate() bool {
	r := s.Set.Record
	return r != nil && r.UID == s.Set.UID && r.Asked != "" && r.ToDigest == s.Set.Template
}
