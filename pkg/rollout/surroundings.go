// SPDX-License-Identifier: Apache-2.0

package rollout

// Surroundings is what status shows beside the pods. Nil parts were not asked
// for, or may not be read.
type Surroundings struct {
	Claims  map[string]Claim // by name
	Budgets []Budget
}

// Claim is a PersistentVolumeClaim of an ordinal.
type Claim struct {
	Name       string
	Phase      string
	VolumeName string
	Capacity   string
}

// Budget is a PodDisruptionBudget that selects the set's pods.
type Budget struct {
	Name    string
	Allowed int32 // status.disruptionsAllowed
}

// ClaimNames of an ordinal, one for each of the set's claim templates
// (pkg/controller/statefulset/stateful_set_utils.go: getPersistentVolumeClaimName).
func (s Set) ClaimNames(podName string) []string {
	names := make([]string, 0, len(s.ClaimTemplates))
	for _, templateName := range s.ClaimTemplates {
		names = append(names, templateName+"-"+podName)
	}
	return names
}
