// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// DryRun has the server check a change, admission included, and store nothing.
func (c *Client) DryRun(ctx context.Context, s rollout.State, change rollout.Change) error {
	_, err := c.apply(ctx, s, change, metav1.DryRunAll)
	return err
}

// DryRunTemplate asks the server what it would make of a template: it fills in
// defaults, and webhooks change it. It returns the template to write, which is
// raw as it is, with the digest of the answer; and the answer itself.
func (c *Client) DryRunTemplate(ctx context.Context, s rollout.State, raw []byte) (rollout.Template, []byte, error) {
	replace, err := replacing(raw)
	if err != nil {
		return rollout.Template{}, nil, err
	}
	body, err := json.Marshal([]operation{replace})
	if err != nil {
		return rollout.Template{}, nil, err
	}
	object, err := c.sets.Patch(ctx, s.Set.Name, types.JSONPatchType, body, patchOptions(metav1.DryRunAll))
	if err != nil {
		return rollout.Template{}, nil, legible(err)
	}
	answered, err := rollout.LookSet(object)
	if err != nil {
		return rollout.Template{}, nil, err
	}
	return rollout.Template{Raw: raw, Digest: answered.Template}, answered.Live, nil
}
