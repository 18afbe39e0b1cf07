// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ClaimSight is what must be known of a claim before a pod that mounts it goes,
// or the set.
type ClaimSight struct {
	Name        string
	UID         types.UID
	Version     string
	Gone        bool
	Terminating bool
	Lost        bool                                // by its phase: it was bound to a volume that is not its own any more
	Unbound     bool                                // by its phase
	VolumeName  string                              // "" while it is not bound
	Modes       []corev1.PersistentVolumeAccessMode // that it asks for
	Owners      []types.UID                         // of its ownerReferences
	Labels      map[string]string
}

// NodeSight is what is known of the node of a pod.
type NodeSight string

// What may be known of a node.
const (
	NodeUnknown  NodeSight = "" // the pod has none, or it may not be read
	NodeReady    NodeSight = "ready"
	NodeNotReady NodeSight = "not-ready"
)

// Removable says whether a pod of the set can be deleted so that no data goes
// with it that the user has not given up: a *Refusal of reason UnsafeRemoval
// where not.
func (r Removal) Removable(set Set, pod Pod, claims []ClaimSight, node NodeSight) error {
	needed := set.ClaimsOf(pod.Name)
	for _, claim := range claims {
		if claim.Gone && !slices.Contains(needed, claim.Name) { // a claim of the template that goes
			continue
		}
		if err := claim.survives(set, pod); err != nil && !r.LosesClaims {
			return err
		}
	}
	if node == NodeNotReady {
		return unsafe("kubectl describe node "+pod.Node,
			"pod %q: its node %q is not Ready, so that nothing would end it; bring the node back first", pod.Name, pod.Node)
	}
	return nil // finalizers are for their owner to take off, and are awaited
}

// survives: with whenScaled Delete the controller makes every pod that it is to
// remove the owner of its claims, and takes that back late where the scale-down
// is called off (pkg/controller/statefulset/stateful_set_control.go:
// updateStatefulSet, processReplica). In between, who deletes the pod has the
// garbage collector delete its data.
func (c ClaimSight) survives(set Set, pod Pod) error {
	look := fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", set.Namespace, c.Name)
	switch {
	case c.Gone:
		return unsafe(look, "pod %q: its claim %q is not there, so that it would come back without its data; make the claim again on its volume, or, if there is nothing to lose, delete the pod: kubectl -n %s delete pod %s%s", pod.Name, c.Name, set.Namespace, pod.Name, set.Via)
	case c.Terminating:
		return unsafe(look, "pod %q: %s", pod.Name, set.lives(pod.Name, c.Name))
	case slices.Contains(c.Owners, pod.UID):
		return unsafe(look, "pod %q: its claim %q belongs to the pod and would be deleted with it; take the pod out of the claim's ownerReferences first", pod.Name, c.Name)
	default:
		return nil
	}
}

func unsafe(hint, format string, args ...any) error {
	return refuse(UnsafeRemoval, hint, format, args...)
}
