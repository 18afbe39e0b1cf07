// SPDX-License-Identifier: Apache-2.0

package rollout

import "slices"

// Since is what somebody else has made of a set since a write of ours left it, as a run
// that is superseded tells it; nil for nothing.
func (s State) Since(left Set) error {
	s.Revisions = append(slices.Clone(s.Revisions), Revision{Template: left.Live, Digest: left.Template}) // the controller may have made none of it
	return Lease{UID: left.UID, Generation: left.Generation, Spec: left.Spec}.check(s)
}
