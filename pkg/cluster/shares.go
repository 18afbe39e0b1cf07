// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Shares reads who else may write to the claims of a set, one that is there or one of a
// manifest. The sets beside it are those of the same manifest.
func (c *Client) Shares(ctx context.Context, object *appsv1.StatefulSet, beside []*appsv1.StatefulSet) (rollout.Arrival, error) {
	set, err := typedSet(object)
	if err != nil {
		return rollout.Arrival{}, err
	}
	arrival := rollout.Arrival{Set: set}
	var (
		pods   []corev1.Pod
		claims []corev1.PersistentVolumeClaim
	)
	err = together(ctx,
		listed(sourceOf(c.core.Pods(c.namespaceName), "", ""), &pods),
		c.claims(&claims),
		func(ctx context.Context) (err error) { arrival.Others, err = c.neighbours(ctx, set); return err })
	if err != nil {
		return rollout.Arrival{}, err
	}
	for _, one := range beside {
		other, err := typedSet(one)
		if err != nil {
			return rollout.Arrival{}, err
		}
		if other.Name != set.Name {
			arrival.Others = append(arrival.Others, other)
		}
	}
	arrival.Claims = claimSights(claims)
	for i := range pods {
		arrival.Pods = append(arrival.Pods, bystander(&pods[i], set, labels.Nothing()))
	}
	return arrival, nil
}

// Stops finds of the claims that a set's template names those with which a new pod would
// never start.
func (c *Client) Stops(ctx context.Context, object *appsv1.StatefulSet) ([]rollout.Finding, error) {
	set, err := typedSet(object)
	if err != nil || len(set.NamedClaims) == 0 {
		return nil, err
	}
	var claims []corev1.PersistentVolumeClaim
	if err := c.claims(&claims)(ctx); err != nil {
		return nil, err
	}
	return set.Stops(claimSights(claims)), nil
}

func typedSet(object *appsv1.StatefulSet) (rollout.Set, error) {
	raw, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return rollout.Set{}, err
	}
	return rollout.LookSet(&unstructured.Unstructured{Object: raw})
}
