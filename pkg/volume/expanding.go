// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// expands says what a bound claim waits for that asks for more than it has: the server takes
// a larger request wherever the class allows expansion, whether or not anybody expands
// (pkg/apis/core/validation/validation.go: ValidatePersistentVolumeClaimUpdate); "" for
// nothing.
func (s Standing) expands() string {
	if s.Claim.Live == nil {
		return ""
	}
	asked, has := s.Claim.Request(), s.Claim.Live.Status.Capacity[corev1.ResourceStorage]
	if has.IsZero() || asked.Cmp(has) <= 0 {
		return ""
	}
	for _, c := range s.Claim.Live.Status.Conditions {
		if c.Type == corev1.PersistentVolumeClaimFileSystemResizePending && c.Status == corev1.ConditionTrue {
			return fmt.Sprintf("it asks for %s and has %s: its volume is larger by now, and its file system grows when a kubelet mounts it for a pod", asked.String(), has.String())
		}
	}
	return fmt.Sprintf("it asks for %s and has %s: nobody has expanded its volume %s yet", asked.String(), has.String(), s.Claim.Spec.VolumeName)
}
