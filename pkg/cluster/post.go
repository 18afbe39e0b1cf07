// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Posts says that the object is made by a create: its lists have entries of one key,
// which the server stores and a server-side apply does not read.
func (p Prospect) Posts() bool { return p.posts }

// post makes an object; the server checks its fields as those of an apply.
func (c *Client) post(ctx context.Context, p Prospect, dryRun ...string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(p.body); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Object, err)
	}
	options := metav1.CreateOptions{DryRun: dryRun, FieldManager: fieldManager, FieldValidation: metav1.FieldValidationStrict}
	after, err := c.resource(p.Object).Create(ctx, object, options)
	if apierrors.IsAlreadyExists(err) {
		return nil, &rollout.Superseded{Reason: rollout.SpecChanged, Message: fmt.Sprintf("%s was made by somebody else meanwhile; run the same command again", p.Object)}
	}
	return after, err
}

// Overlays says that the set is there and is written by a patch of its fields: no
// server-side apply of it is read.
func (p Prospect) Overlays() bool { return p.overlays }

// overlay writes the fields of the file over a set, which must not have moved on.
func (c *Client) overlay(ctx context.Context, p Prospect, dryRun ...string) (*unstructured.Unstructured, error) {
	over, err := manifest.Overlay(p.body, p.Live)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Object, err)
	}
	patch := []operation{
		{"replace", "/metadata/uid", p.Live.GetUID()},
		{"replace", "/metadata/resourceVersion", p.Live.GetResourceVersion()},
		{"replace", "/spec", over.Object["spec"]},
	}
	if labels := over.GetLabels(); len(labels) > 0 {
		patch = append(patch, operation{"add", "/metadata/labels", labels})
	}
	if notes := over.GetAnnotations(); len(notes) > 0 {
		patch = append(patch, operation{"add", pathNotes, notes})
	}
	body, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("patch of %s: %w", p.Object, err)
	}
	after, err := c.resource(p.Object).Patch(ctx, p.Object.Name, types.JSONPatchType, body, patchOptions(dryRun...))
	if err != nil {
		return nil, p.why(err)
	}
	return after, nil
}

// previewOverlay is the answer of a set whose template is written whole. What another
// manager has in it is not merged, so that it goes only by [Force].
func (c *Client) previewOverlay(ctx context.Context, p *Prospect) (err error) {
	p.overlays = true
	if p.After, err = c.overlay(ctx, *p, metav1.DryRunAll); err != nil {
		return err
	}
	over, err := p.Object.Overwritten(p.Live, p.After)
	switch {
	case err != nil || len(over) == 0:
		return err
	case p.taking != Force:
		return &rollout.Refusal{
			Reason: manifest.FieldConflict,
			Message: fmt.Sprintf("%s: its template has entries of one key, so that it is written whole, and what another manager has would go: %s; put that into the file, or take it over with --force-conflicts",
				p.Object, manifest.ByManager(over)),
		}
	default:
		p.Replaced = over
		return nil
	}
}

// doubled is how the server begins for entries of one key
// (sigs.k8s.io/structured-merge-diff/v6/typed/validate.go: visitListItems).
const doubled = "duplicate entries for key"

// doubledIn is what keeps an apply from being read, where it is nothing else; nil
// for any other error.
func doubledIn(err error) *BadFile {
	var bad *BadFile
	if errors.As(err, &bad) && bad.doubled {
		return bad
	}
	return nil
}

// onlyDoubled looks at each of the server's lines.
func onlyDoubled(parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(part, doubled) {
			return false
		}
	}
	return len(parts) > 0
}
