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
	return sourceOf(c.apps.StatefulSets(c.namespaceName), "", "").names(ctx)
}

// NamespaceNames are those of the cluster.
func (c *Client) NamespaceNames(ctx context.Context) ([]string, error) {
	return sourceOf(c.core.Namespaces(), "", "").names(ctx)
}

// VolumeNames are the PersistentVolumes of the cluster.
func (c *Client) VolumeNames(ctx context.Context) ([]string, error) {
	return sourceOf(c.core.PersistentVolumes(), "", "").names(ctx)
}

// names may be a moment old: an offer need not cost a quorum read.
func (s source) names(ctx context.Context) ([]string, error) {
	list, err := s.list(ctx, metav1.ListOptions{Limit: mostNames, ResourceVersion: "0"})
	if err != nil {
		return nil, err
	}
	var all []string
	err = meta.EachListItem(list, func(object runtime.Object) error {
		accessor, err := meta.Accessor(object)
		if err == nil {
			all = append(all, accessor.GetName())
		}
		return err
	})
	return all[:min(len(all), mostNames)], err
}
