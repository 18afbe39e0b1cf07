// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Stock makes a list each, at the same time, of the namespace's claims, the
// cluster's volumes and its classes. What may not be read is nil.
func (c *Client) Stock(ctx context.Context) (volume.Stock, error) {
	var stock volume.Stock
	err := together(ctx,
		optional(c.claims(&stock.Claims)),
		c.supply(&stock))
	return stock, err
}

// claims lists those of the namespace.
func (c *Client) claims(into *[]corev1.PersistentVolumeClaim) task {
	return listed(sourceOf(c.core.PersistentVolumeClaims(c.namespaceName), "", ""), into)
}

// supply reads what claims are served from.
func (c *Client) supply(stock *volume.Stock) task {
	return func(ctx context.Context) error {
		return together(ctx,
			optional(listed(sourceOf(c.core.PersistentVolumes(), "", ""), &stock.Volumes)),
			optional(listed(sourceOf(c.storage.StorageClasses(), "", ""), &stock.Classes)))
	}
}

// unbound are the pods of a sighting that their claims hold up, the lowest
// ordinals first, and no more than are worth a word.
func unbound(s rollout.State) []rollout.Pod {
	var pods []rollout.Pod
	for _, pod := range s.Pods {
		if claimPending(pod) && len(pods) < explainAtMost {
			pod.Cause = pod.Held()
			pods = append(pods, pod)
		}
	}
	return pods
}

// pending says what keeps the claims of a sighting's pods from being bound. It
// looks at the stock only where a pod waits for one.
func pending(ctx context.Context, s rollout.State, stock func(context.Context) (volume.Stock, error)) (map[types.UID]rollout.Cause, error) {
	pods := unbound(s)
	if len(pods) == 0 {
		return nil, nil
	}
	all, err := stock(ctx)
	if err != nil {
		return nil, err
	}
	return all.Pending(s.Set, pods), nil
}
