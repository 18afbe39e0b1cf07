// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// FoundDeletesClaims is the id of a retention policy by which data goes.
const FoundDeletesClaims = "retention-deletes"

// Retention finds a policy by which claims go with the set or with ordinals.
func Retention(set *appsv1.StatefulSet) []rollout.Finding {
	policy := set.Spec.PersistentVolumeClaimRetentionPolicy
	if policy == nil || len(set.Spec.VolumeClaimTemplates) == 0 {
		return nil
	}
	var when []string
	if policy.WhenScaled == appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		when = append(when, "of the ordinals that a scale-down takes away (whenScaled)")
	}
	if policy.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		when = append(when, "when the set is deleted (whenDeleted)")
	}
	if len(when) == 0 {
		return nil
	}
	return []rollout.Finding{{
		ID: FoundDeletesClaims, Severity: rollout.FindingWarning, Object: "statefulset.apps/" + set.Name,
		Message: "its retention policy deletes the claims, and their data with them, " + strings.Join(when, " and "),
	}}
}
