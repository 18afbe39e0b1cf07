// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// remove deletes a pod, if it is still the one that was seen, and if that is
// safe. The grace period is the pod's own.
func (c *Client) remove(ctx context.Context, s rollout.State, removal rollout.Removal, dryRun []string) error {
	if err := c.removable(ctx, s, removal); err != nil {
		return err
	}
	return weighed(c.core.Pods(c.namespaceName).Delete(ctx, removal.PodName, asSeen(removal.UID, removal.Version, dryRun)))
}

// asSeen deletes an object only if it is still as it was. A dry run, which does
// nothing and is not made again, asks of the object alone: a version does not last as
// long as its plan is read.
func asSeen(uid types.UID, version string, dryRun []string) metav1.DeleteOptions {
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}, DryRun: dryRun}
	if len(dryRun) == 0 {
		options.Preconditions.ResourceVersion = &version
	}
	return options
}

// weighed turns the error that answered a write with preconditions into one that
// the caller can act upon.
func weighed(err error) error {
	switch {
	case err == nil:
		return nil
	case weigh(err) == moved:
		return fmt.Errorf("%w: %w", rollout.ErrMoved, err)
	case weigh(err) == lost:
		return fmt.Errorf("%w: %w", rollout.ErrLost, err)
	case weigh(err) == unserved:
		return fmt.Errorf("%w: %w", rollout.ErrUnserved, err)
	default:
		return err
	}
}

// removable collects what the verdict needs, which is more than a sighting has.
func (c *Client) removable(ctx context.Context, s rollout.State, removal rollout.Removal) error {
	pod, ok := sighted(s, removal)
	if !ok {
		return fmt.Errorf("%w: pod %q is not in the sighting", rollout.ErrMoved, removal.PodName)
	}
	var (
		wait     sync.WaitGroup
		claims   []rollout.ClaimSight
		errClaim error
		node     rollout.NodeSight
		errNode  error
	)
	wait.Go(func() { claims, errClaim = c.claimsOf(ctx, pod) })
	wait.Go(func() { node, errNode = c.nodeSight(ctx, pod.Node) })
	wait.Wait()
	if errClaim != nil {
		return unread(errClaim)
	}
	if errNode != nil {
		return unread(errNode)
	}
	return removal.Removable(s.Set, pod, claims, node)
}

func sighted(s rollout.State, removal rollout.Removal) (rollout.Pod, bool) {
	for _, pod := range slices.Concat(s.Pods, s.Surplus) {
		if pod.Name == removal.PodName && pod.UID == removal.UID {
			return pod, true
		}
	}
	return rollout.Pod{}, false
}

func (c *Client) claimsOf(ctx context.Context, pod rollout.Pod) ([]rollout.ClaimSight, error) {
	var sights []rollout.ClaimSight
	for _, claimName := range pod.Claims {
		claim, err := c.core.PersistentVolumeClaims(c.namespaceName).Get(ctx, claimName, metav1.GetOptions{})
		switch {
		case IsMissing(err):
			sights = append(sights, rollout.ClaimSight{Name: claimName, Gone: true})
		case err != nil:
			return nil, fmt.Errorf("claim %q of pod %q: %w", claimName, pod.Name, err)
		default:
			sights = append(sights, claimSight(claim))
		}
	}
	return sights, nil
}

// claimSights are sorted by name; nil where the claims may not be read.
func claimSights(claims []corev1.PersistentVolumeClaim) []rollout.ClaimSight {
	if claims == nil {
		return nil
	}
	sights := make([]rollout.ClaimSight, 0, len(claims))
	for i := range claims {
		sights = append(sights, claimSight(&claims[i]))
	}
	slices.SortFunc(sights, func(a, b rollout.ClaimSight) int { return strings.Compare(a.Name, b.Name) })
	return sights
}

func claimSight(claim *corev1.PersistentVolumeClaim) rollout.ClaimSight {
	sight := rollout.ClaimSight{
		Name: claim.Name, UID: claim.UID, Version: claim.ResourceVersion, Terminating: claim.DeletionTimestamp != nil,
		Lost: claim.Status.Phase == corev1.ClaimLost, Unbound: claim.Status.Phase == corev1.ClaimPending, VolumeName: claim.Spec.VolumeName,
		Modes: claim.Spec.AccessModes, Labels: claim.Labels,
	}
	for _, owner := range claim.OwnerReferences {
		sight.Owners = append(sight.Owners, owner.UID)
	}
	return sight
}

// nodeSight says whether a kubelet is there to end the pod. Nodes belong to no
// namespace, and most people may not read them: then nothing is known.
func (c *Client) nodeSight(ctx context.Context, nodeName string) (rollout.NodeSight, error) {
	if nodeName == "" {
		return rollout.NodeUnknown, nil
	}
	node, err := c.core.Nodes().Get(ctx, nodeName, metav1.GetOptions{})
	switch {
	case IsForbidden(err), apierrors.IsNotFound(err):
		return rollout.NodeUnknown, nil
	case err != nil:
		return rollout.NodeUnknown, fmt.Errorf("node %q: %w", nodeName, err)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return rollout.NodeNotReady, nil
		}
	}
	return rollout.NodeReady, nil
}
