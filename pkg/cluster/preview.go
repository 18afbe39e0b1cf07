// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
)

// preview asks the server what an apply would come to. Where the file has a field
// that excludes one which another manager wrote, a server-side apply is refused for
// the sum of both; but the template of a set is written whole, so that the answer
// is the one that the file comes to.
func (c *Client) preview(ctx context.Context, p *Prospect) error {
	after, err := c.send(ctx, *p, metav1.DryRunAll)
	switch bad := doubledIn(err); {
	case bad == nil:
	case p.Made():
		p.posts = true
		after, err = c.send(ctx, *p, metav1.DryRunAll)
	case p.Object.Kind == manifest.Set:
		return c.previewOverlay(ctx, p)
	default:
		bad.Message += "; of what exists, an apply takes each key once: leave one entry of it in the file"
	}
	if p.Made() || err != nil && !apierrors.IsInvalid(err) {
		p.After = after
		return err
	}
	switch p.Object.Kind {
	case manifest.Set:
		return c.previewSet(ctx, p, after, err)
	case manifest.Service:
		return c.previewService(ctx, p, after, err)
	default:
		p.After = after
		return err
	}
}

// previewSet replaces the template of the answer by the one that results from the file.
func (c *Client) previewSet(ctx context.Context, p *Prospect, after *unstructured.Unstructured, invalid error) (err error) {
	base := after
	if invalid != nil {
		base = p.Live
	}
	exclusions := p.Object.Exclusions(base)
	if invalid != nil {
		if len(exclusions) == 0 {
			return invalid
		}
		checked := *p
		if checked.body, err = manifest.AsLive(p.body, exclusions, p.Live); err != nil {
			return err
		}
		if after, err = c.send(ctx, checked, metav1.DryRunAll); err != nil {
			return err
		}
	}
	p.After = after
	template, replaced, err := p.Object.Resulting(after, exclusions)
	if err != nil || template == nil {
		return err
	}
	p.Replaced = replaced
	answer, err := c.replace(ctx, *p, "/spec/template", template, metav1.DryRunAll)
	if err != nil {
		return err
	}
	return copyField(p.After, answer, "spec", "template")
}

// previewService is the answer with the ports that the Service comes to.
func (c *Client) previewService(ctx context.Context, p *Prospect, after *unstructured.Unstructured, invalid error) error {
	if p.After = after; invalid == nil {
		return nil
	}
	renumbered, err := p.Object.Renumbered(p.Live)
	if err != nil {
		return err
	}
	if renumbered.None() {
		return invalid
	}
	checked := *p
	if checked.body, err = renumbered.AsLive(p.body); err != nil {
		return err
	}
	if p.After, err = c.send(ctx, checked, metav1.DryRunAll); err != nil {
		return err
	}
	p.ports, p.Replaced = renumbered.Resulting(p.After), renumbered.Gone
	answer, err := c.replace(ctx, *p, "/spec/ports", p.ports, metav1.DryRunAll)
	if err != nil {
		return err
	}
	return copyField(p.After, answer, "spec", "ports")
}

// renumber writes a Service's ports alone, so that no moment has two of one name or
// none, and foresees the rest.
func (c *Client) renumber(ctx context.Context, p Prospect) (Prospect, error) {
	if _, err := c.replace(ctx, p, "/spec/ports", p.ports); err != nil {
		return p, err
	}
	return c.anew(ctx, p)
}

// replace writes one field of an object, which must not have moved on.
func (c *Client) replace(ctx context.Context, p Prospect, path string, value any, dryRun ...string) (*unstructured.Unstructured, error) {
	body, err := json.Marshal([]operation{
		{Op: "replace", Path: "/metadata/uid", Value: p.Live.GetUID()},
		{Op: "replace", Path: "/metadata/resourceVersion", Value: p.Live.GetResourceVersion()},
		{Op: "replace", Path: path, Value: value},
	})
	if err != nil {
		return nil, fmt.Errorf("patch of %s: %w", p.Object, err)
	}
	return c.resource(p.Object).Patch(ctx, p.Object.Name, types.JSONPatchType, body, patchOptions(dryRun...))
}

func copyField(to, from *unstructured.Unstructured, keys ...string) error {
	value, _, err := unstructured.NestedFieldCopy(from.Object, keys...)
	if err != nil {
		return err
	}
	return unstructured.SetNestedField(to.Object, value, keys...)
}
