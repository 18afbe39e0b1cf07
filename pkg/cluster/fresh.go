// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Going asks which of the fields that stay until the fold change by it: a dry run of a
// create, under a name that nobody has, answers what the file alone comes to. Where the
// server denies that, which says nothing of an apply, it is all of them.
func (c *Client) Going(ctx context.Context, p Prospect) ([]string, error) {
	if len(p.Left) == 0 {
		return nil, nil
	}
	body, err := p.Object.Body(c.namespaceOf(p.Object), nil)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(body); err != nil {
		return nil, err
	}
	object.SetName("")
	object.SetGenerateName(p.Object.Name + "-")
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: fieldManager}
	fresh, err := c.resource(p.Object).Create(ctx, object, options)
	var answer apierrors.APIStatus
	switch {
	case errors.As(err, &answer):
		return p.Left, nil
	case err != nil:
		return nil, err
	default:
		return p.Object.Going(p.Live, p.After, fresh)
	}
}
