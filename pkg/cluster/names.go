// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// mostNames is how many a shell can show to any use.
const mostNames = 500

// SetNames are the sets of the namespace, for a shell to offer.
func (c *Client) SetNames(ctx context.Context) ([]string, error) {
	list, err := c.apps.StatefulSets(c.namespaceName).List(ctx, cached())
	if err != nil {
		return nil, err
	}
	return names(list)
}

// NamespaceNames are those of the cluster.
func (c *Client) NamespaceNames(ctx context.Context) ([]string, error) {
	list, err := c.core.Namespaces().List(ctx, cached())
	if err != nil {
		return nil, err
	}
	return names(list)
}

// VolumeNames are the PersistentVolumes of the cluster.
func (c *Client) VolumeNames(ctx context.Context) ([]string, error) {
	list, err := c.core.PersistentVolumes().List(ctx, cached())
	if err != nil {
		return nil, err
	}
	return names(list)
}

// cached: an offer may be a moment old, and need not cost a quorum read.
func cached() metav1.ListOptions {
	return metav1.ListOptions{Limit: mostNames, ResourceVersion: "0"}
}

func names(list runtime.Object) ([]string, error) {
	var all []string
	err := meta.EachListItem(list, func(object runtime.Object) error {
		accessor, err := meta.Accessor(object)
		if err == nil {
			all = append(all, accessor.GetName())
		}
		return err
	})
	return all[:min(len(all), mostNames)], err
}
