// SPDX-License-Identifier: Apache-2.0

package volume

import "fmt"

// unscheduled says that the claim's class waits for the scheduler, which never sees the pod,
// since that names its node itself. Only a volume that is reserved is bound then.
func (s Standing) unscheduled() bool {
	return s.Class.Delayed && s.Claim.NodeName != "" && !s.Claim.Bound() && s.Claim.Spec.VolumeName == "" && !s.Choice.Reserved
}

// unscheduledText is why it is never bound.
func (s Standing) unscheduledText() string {
	return fmt.Sprintf("%s waits for the scheduler, which never sees the pod, since its template has nodeName %q: use a nodeSelector in its place, or reserve a volume",
		quotedClass(s.Class.Name), s.Claim.NodeName)
}

// reserveOne is the remedy for a claim that a free volume would serve.
func (s Standing) reserveOne(setName string) string {
	for _, v := range s.Candidates {
		if v.Serves() {
			return fmt.Sprintf("pv reserve %s --volumes %s --ordinals %d", setName, v.Volume.Name, s.Claim.Ordinal)
		}
	}
	return s.makeOne(setName)
}
