// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Binding is what is asserted once a plan is carried out: the claim, where it
// exists, gets this volume and no other.
type Binding struct {
	ClaimName  string
	VolumeName string
	Exists     bool
}

// Progress of bindings: what is still awaited. An error says that one went
// elsewhere, which no waiting mends.
type Progress struct {
	Unseen  []string // volumes that the binder has not taken note of
	Waiting []string // claims that are not bound
}

// Done says that nothing is awaited any more.
func (p Progress) Done() bool { return len(p.Unseen) == 0 && len(p.Waiting) == 0 }

// Assert compares bindings with a sighting. A volume must be Available before a
// claim of its is made, or the binder does not have it yet and takes another.
func (s Stock) Assert(namespaceName string, bindings []Binding) (Progress, error) {
	var (
		progress Progress
		wrong    faults
	)
	claims := map[string]corev1.PersistentVolumeClaim{}
	for _, claim := range s.Claims {
		if claim.Namespace == namespaceName {
			claims[claim.Name] = claim
		}
	}
	phases := map[string]corev1.PersistentVolumePhase{}
	for _, v := range s.Volumes {
		phases[v.Name] = v.Status.Phase
	}
	for _, b := range bindings {
		claim, exists := claims[b.ClaimName]
		bound := claim.Spec.VolumeName
		switch {
		case exists && bound != "" && bound != b.VolumeName:
			wrong.add(BindingWentAway, "scale the ordinal away, delete the claim, and run the same command again", "claim %s is bound to %s, not to %s", b.ClaimName, bound, b.VolumeName)
		case exists && (bound == "" || claim.Status.Phase != corev1.ClaimBound):
			progress.Waiting = append(progress.Waiting, b.ClaimName)
		case !exists && phases[b.VolumeName] != corev1.VolumeAvailable:
			progress.Unseen = append(progress.Unseen, b.VolumeName)
		}
	}
	if len(wrong.texts) > 0 {
		return progress, &rollout.Failure{Reason: wrong.reason, Message: strings.Join(slices.Concat(wrong.texts, wrong.ways), "; ")}
	}
	return progress, nil
}
