// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Service is that of a name; nil where there is none.
func (c *Client) Service(ctx context.Context, serviceName string) (*corev1.Service, error) {
	service, err := c.core.Services(c.namespaceName).Get(ctx, serviceName, metav1.GetOptions{})
	switch {
	case IsMissing(err):
		return nil, nil
	case err != nil:
		return nil, err
	default:
		return service, nil
	}
}

// HasService says whether there is a Service of a name.
func (c *Client) HasService(ctx context.Context, serviceName string) (bool, error) {
	found, err := c.Service(ctx, serviceName)
	return found != nil, err
}

// onlyMetadata leaves what a Secret has out of the answer.
const onlyMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// Exists says whether there is an object of the core group under a name, without
// reading what is in it.
func (c *Client) Exists(ctx context.Context, resource, name string) (bool, error) {
	err := c.core.RESTClient().Get().Namespace(c.namespaceName).Resource(resource).Name(name).
		SetHeader("Accept", onlyMetadata).Do(ctx).Error()
	if IsMissing(err) {
		return false, nil
	}
	return err == nil, err
}

// AllNodes are the nodes of the cluster.
func (c *Client) AllNodes(ctx context.Context) ([]corev1.Node, error) {
	var nodes []corev1.Node
	err := listed(sourceOf(c.core.Nodes(), "", ""), &nodes)(ctx)
	return nodes, err
}
