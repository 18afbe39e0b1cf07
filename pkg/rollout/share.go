// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Who else has the claims of a set's ordinals, and whether that may be.

// FoundShared is the id of a claim that somebody else has, too.
const FoundShared = "claim-shared"

// Shared refuses ordinals that come to a set that is there and would write to
// what others write to. Its error is a *Refusal.
func (a Arrival) Shared() error { return cmp.Or(a.claimed(), a.mounted()) }

// mounted refuses claims that a pod uses which is not to be their ordinal's, where that
// is an error.
func (a Arrival) mounted() error {
	for _, found := range a.Mounts() {
		if found.Severity == FindingError {
			return refuse(ClaimTaken, found.Remedy, "%s: %s", a.Set, found.Message)
		}
	}
	return nil
}

// Shares are all who have a claim of the set's beside its ordinal, for a check.
func (a Arrival) Shares() []Finding {
	var refusal *Refusal
	if !errors.As(a.claimed(), &refusal) {
		return a.Mounts()
	}
	taken := Finding{
		ID: FoundShared, Severity: FindingError, Object: a.Set.String(),
		Message: strings.TrimPrefix(refusal.Message, a.Set.String()+": "), Remedy: refusal.Hint,
	}
	return append([]Finding{taken}, a.Mounts()...)
}

// Mounts are the pods that mount a claim and are not its ordinal's. Those are left out
// that may: who only reads what several pods may mount.
func (a Arrival) Mounts() []Finding {
	podNames := a.comes()
	var found []Finding
	for _, pod := range a.Pods {
		for _, claimName := range slices.Compact(slices.Sorted(slices.Values(pod.Claims))) {
			podName, comes := podNames[claimName]
			if !comes || pod.Over || pod.Bond == Parting || pod.Name == podName {
				continue
			}
			severity, why := judgeMount(a.modes(claimName), !slices.Contains(pod.ReadOnly, claimName))
			if severity == "" {
				continue
			}
			found = append(found, Finding{
				ID: FoundShared, Severity: severity, Object: a.Set.String(),
				Message: fmt.Sprintf("its claim %s is mounted by pod %q, which is not %s, %s", claimName, pod.Name, podName, why),
				Remedy:  fmt.Sprintf("kubectl -n %s get pod %s -o yaml", a.Set.Namespace, pod.Name),
			})
		}
	}
	return found
}

// judgeMount says what it means that a pod mounts a claim beside the claim's own ordinal;
// "" where it may. Access modes say how many nodes, or with ReadWriteOncePod that one pod
// alone, may mount the volume, and keep no pod of the same node from writing
// (k8s.io/api/core/v1/types.go: PersistentVolumeAccessMode). A second pod on a claim of
// ReadWriteOncePod is not scheduled, also one that only reads
// (pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go:
// calPreFilterState).
func judgeMount(modes []corev1.PersistentVolumeAccessMode, writes bool) (severity Severity, why string) {
	has := func(mode corev1.PersistentVolumeAccessMode) bool { return slices.Contains(modes, mode) }
	switch {
	case has(corev1.ReadWriteOncePod):
		return FindingError, "and its access mode ReadWriteOncePod is for a single pod, so that one of the two would never start; end that pod first"
	case writes && has(corev1.ReadWriteMany):
		return FindingWarning, "and both write to the same data, as its access mode ReadWriteMany allows"
	case !writes && (has(corev1.ReadWriteMany) || has(corev1.ReadOnlyMany)):
		return "", ""
	case !writes:
		return FindingNote, "and only reads it, on the same node, as its access mode ReadWriteOnce allows"
	case has(corev1.ReadWriteOnce) || !has(corev1.ReadOnlyMany):
		return FindingError, "and both would write to the same data; end that pod first"
	default:
		return FindingWarning, "and mounts it for writing, though its access mode ReadOnlyMany is for reading; set readOnly on that pod's volume"
	}
}

// modes are the access modes of a claim; of one that is not there yet, its template's.
func (a Arrival) modes(claimName string) []corev1.PersistentVolumeAccessMode {
	for _, claim := range a.Claims {
		if claim.Name == claimName {
			return claim.Modes
		}
	}
	for _, templateName := range a.Set.ClaimTemplates {
		if _, ok := ClaimOrdinal(templateName, a.Set.Name, claimName); ok {
			return a.Set.ClaimModes[templateName]
		}
	}
	return nil
}
