// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Arrival reads what a set would find that is not there yet, given as the server
// would store it: its pods, and, where it makes claims, all that may have them,
// and the stock that they are served from; where its template only names claims,
// these. What of them may not be listed, but for pods, is nil.
func (c *Client) Arrival(ctx context.Context, after *unstructured.Unstructured) (rollout.Arrival, volume.Stock, error) {
	var stock volume.Stock
	s, err := c.sceneOf(after)
	if err != nil {
		return rollout.Arrival{}, stock, err
	}
	arrival := rollout.Arrival{Set: s.set}
	var (
		pods  []corev1.Pod
		tasks []task
	)
	switch {
	case len(s.set.ClaimTemplates) > 0:
		tasks = append(tasks,
			func(ctx context.Context) (err error) { stock, err = c.Stock(ctx); return err },
			optional(func(ctx context.Context) (err error) { arrival.Others, err = c.neighbours(ctx, s.set); return err }))
	case s.set.MountsClaims():
		tasks = append(tasks, optional(c.claims(&stock.Claims)))
	}
	// Any pod may mount a claim, and one without the labels may have the name of an ordinal.
	if err := together(ctx, append(tasks, listed(sourceOf(c.core.Pods(c.namespaceName), "", ""), &pods))...); err != nil {
		return arrival, stock, err
	}
	arrival.At = c.clock.Now()
	arrival.Claims = claimSights(stock.Claims)
	for _, claim := range stock.Claims {
		if isDoomed(&claim, s.set) {
			arrival.Doomed = append(arrival.Doomed, claim.Name)
		}
	}
	if arrival.Pods, err = s.bystanders(pods); err == nil && len(arrival.Adopts()) > 0 {
		arrival.Revisions, err = c.leftRevisions(ctx, s)
	}
	return arrival, stock, err
}

// neighbours are the sets of the namespace that have another name.
func (c *Client) neighbours(ctx context.Context, set rollout.Set) ([]rollout.Set, error) {
	all, err := c.OtherSets(ctx, set.UID)
	if err != nil {
		return nil, err
	}
	others := make([]rollout.Set, 0, len(all))
	return append(others, slices.DeleteFunc(all, func(other rollout.Set) bool { return other.Name == set.Name })...), nil
}

// leftRevisions are those that a set would adopt.
func (c *Client) leftRevisions(ctx context.Context, s scene) (rollout.Revisions, error) {
	objects, _, err := sourceOf(c.apps.ControllerRevisions(c.namespaceName), s.selector, "").all(ctx)
	if err != nil {
		return nil, err
	}
	left := revisions{set: s.set}
	err = left.replace(objects)
	return left.sorted(), err
}

func (s scene) bystanders(pods []corev1.Pod) ([]rollout.Bystander, error) {
	selector, err := labels.Parse(s.selector)
	if err != nil {
		return nil, err
	}
	bystanders := make([]rollout.Bystander, 0, len(pods))
	for i := range pods {
		bystanders = append(bystanders, bystander(&pods[i], s.set, selector))
	}
	return bystanders, nil
}

func bystander(pod *corev1.Pod, set rollout.Set, selector labels.Selector) rollout.Bystander {
	ordinal, named := set.OrdinalOf(pod.Name)
	owner := metav1.GetControllerOf(pod)
	b := rollout.Bystander{
		Pod:  rollout.LookPod(pod, ordinal),
		Over: pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed,
	}
	switch {
	case pod.DeletionTimestamp != nil || isOfEarlier(owner, set):
		b.Bond = rollout.Parting
	case !named:
	case owner == nil && selector.Matches(labels.Set(pod.Labels)):
		b.Bond = rollout.Adopted
	default:
		b.Bond, b.Why = rollout.Squatting, strayness(pod, set)
	}
	return b
}

// isDoomed: who has another owner too stays.
func isDoomed(claim *corev1.PersistentVolumeClaim, set rollout.Set) bool {
	owners := claim.OwnerReferences
	return len(owners) > 0 && !slices.ContainsFunc(owners, func(owner metav1.OwnerReference) bool { return !isOfEarlier(&owner, set) })
}

// isOfEarlier: there is no set of the name, so that the garbage collector is
// about to delete what belongs to one.
func isOfEarlier(owner *metav1.OwnerReference, set rollout.Set) bool {
	return owner != nil && owner.APIVersion == appsv1.SchemeGroupVersion.String() && owner.Kind == "StatefulSet" && owner.Name == set.Name
}
