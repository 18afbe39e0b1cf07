// SPDX-License-Identifier: Apache-2.0

package rollout

// Revision is a ControllerRevision of the set. Its name is its identity; the
// number moves when an old template comes back
// (pkg/controller/statefulset/stateful_set_control.go: getStatefulSetRevisions).
type Revision struct {
	Name     string
	Number   int64
	Template []byte // raw JSON of the pod template, without the "$patch" key
	Digest   string
	Record   *Record // the copy of the set's record, as it was when the revision was made
}

// Revisions of one set, in ascending order of Number.
type Revisions []Revision

// ByName finds a revision.
func (rs Revisions) ByName(name string) (Revision, bool) {
	for _, r := range rs {
		if r.Name == name {
			return r, true
		}
	}
	return Revision{}, false
}

// ByDigest finds a revision by what its template means.
func (rs Revisions) ByDigest(digest string) (Revision, bool) {
	for _, r := range rs {
		if r.Digest == digest {
			return r, true
		}
	}
	return Revision{}, false
}

// digest of a named revision; "" where the revision is gone, which equals nothing.
func (rs Revisions) digest(name string) string {
	r, _ := rs.ByName(name)
	return r.Digest
}
