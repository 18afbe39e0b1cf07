// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Surroundings is what status shows beside the pods. Nil parts were not asked
// for, or may not be read.
type Surroundings struct {
	Claims  map[string]Claim // by name
	Budgets []Budget
	// Ungoverned: the governing Service is not there.
	Ungoverned bool
}

// Claim is a PersistentVolumeClaim of an ordinal.
type Claim struct {
	Name       string
	Phase      string
	VolumeName string
	Capacity   string
}

// Going says that it is being deleted.
func (c Claim) Going() bool { return c.Phase == ClaimTerminating }

// ClaimTerminating stands for the phase of a claim that is being deleted, as with kubectl.
const ClaimTerminating = "Terminating"

// Lost says that its volume is gone, or another claim's.
func (c Claim) Lost() bool { return c.Phase == string(corev1.ClaimLost) }

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

// MakesClaim says that a claim's name is one that the set's claim templates
// give to an ordinal, whether or not the set has it now.
func (s Set) MakesClaim(claimName string) bool {
	return slices.ContainsFunc(s.ClaimTemplates, func(templateName string) bool {
		_, ok := ClaimOrdinal(templateName, s.Name, claimName)
		return ok
	})
}

// ClaimOrdinal is the ordinal that a claim's name stands for. Names are compared
// whole, since those of templates and sets have dashes of their own.
func ClaimOrdinal(templateName, setName, claimName string) (int32, bool) {
	digits := claimName
	for _, part := range []string{templateName, "-", setName, "-"} {
		rest, ok := strings.CutPrefix(digits, part)
		if !ok {
			return 0, false
		}
		digits = rest
	}
	return parseOrdinal(digits)
}

// parseOrdinal reads an ordinal as the controller writes it: no sign, no zero in front.
func parseOrdinal(digits string) (int32, bool) {
	ordinal, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	return int32(ordinal), true
}
