// SPDX-License-Identifier: Apache-2.0

package rollout

import "errors"

// mends says whether, and until when, an ordinal that has failed may still come to
// stand, because somebody has just brought what it may have lacked: see
// Options.Grace. A run that has written has had its look at what it found.
func (d *driver) mends(s State, err error) (Decision, bool) {
	var failed *Failure
	if d.lease.Wrote || !errors.As(err, &failed) || failed.Reason != OrdinalFailed && failed.Reason != Stalled {
		return Decision{}, false
	}
	until := d.began.Add(d.options.Grace)
	return Decision{Wait: failed.Blockers, Again: until}, s.At.Before(until)
}
