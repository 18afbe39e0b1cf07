// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// GiveBack gives the fields that others apply back to them, when an operation is over
// (see [rollout.State.GiveBack]), and returns who these are. It changes managedFields
// alone, of the version that it was decided on, so that nothing moves.
func (c *Client) GiveBack(ctx context.Context, s rollout.State) ([]string, error) {
	for tries := c.tries(); ; {
		entries, to, err := s.GiveBack()
		if err != nil || len(to) == 0 {
			return nil, err
		}
		body, err := json.Marshal([]operation{
			{"test", "/metadata/uid", s.Set.UID},
			{"replace", "/metadata/managedFields", entries},
			{"replace", "/metadata/resourceVersion", s.Set.Version}, // another one is a conflict, where a test would be a bad request
		})
		if err != nil {
			return nil, err
		}
		_, err = c.sets.Patch(ctx, s.Set.Name, types.JSONPatchType, body, patchOptions())
		if err == nil || !tries.again(ctx, err) {
			return to, err
		}
		if s.Set, err = c.again(ctx, s.Set); err != nil {
			return nil, err
		}
	}
}

// again reads a set that has moved on.
func (c *Client) again(ctx context.Context, set rollout.Set) (rollout.Set, error) {
	object, err := c.sets.Get(ctx, set.Name, metav1.GetOptions{})
	if err != nil {
		return set, err
	}
	return rollout.LookSet(object)
}
