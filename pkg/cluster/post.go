// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
