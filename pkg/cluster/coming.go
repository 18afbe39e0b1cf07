// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Coming reads what the ordinals find that come where a set has replicas, more
// than it has now. Others is nil where sets may not be listed.
func (c *Client) Coming(ctx context.Context, s rollout.State, replicas int32) (rollout.Arrival, error) {
	arrival := rollout.Arrival{At: s.At, Set: s.Set, From: s.Set.Replicas, Claims: s.Claims}
	arrival.Set.Replicas = replicas
	err := together(ctx,
		func(ctx context.Context) (err error) { arrival.Pods, err = c.Bystanders(ctx, s.Set); return err },
		optional(func(ctx context.Context) (err error) { arrival.Others, err = c.neighbours(ctx, s.Set); return err }))
	return arrival, err
}

// Bystanders are the pods of the namespace that do not belong to a set that is there.
func (c *Client) Bystanders(ctx context.Context, set rollout.Set) ([]rollout.Bystander, error) {
	var spec map[string]any
	if err := json.Unmarshal(set.Whole, &spec); err != nil {
		return nil, fmt.Errorf("%s: spec: %w", set, err)
	}
	selector, err := selectorOf(&unstructured.Unstructured{Object: map[string]any{"spec": spec}})
	if err != nil {
		return nil, fmt.Errorf("%s: spec.selector: %w", set, err)
	}
	var pods []corev1.Pod // any may mount a claim
	if err := listed(sourceOf(c.core.Pods(c.namespaceName), "", ""), &pods)(ctx); err != nil {
		return nil, err
	}
	pods = slices.DeleteFunc(pods, func(pod corev1.Pod) bool {
		owner := metav1.GetControllerOf(&pod)
		return owner != nil && owner.UID == set.UID
	})
	return scene{set: set, selector: selector}.bystanders(pods)
}
