// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// DryRun has the server check a change, admission included, and store nothing. It returns
// the set as the change would leave it.
func (c *Client) DryRun(ctx context.Context, s rollout.State, change rollout.Change) (rollout.Set, error) {
	return c.apply(ctx, s, change, metav1.DryRunAll)
}

// DryRunCreate has the server say whether it would take a set whose name is there
// already: that it is there is what the storage says, which comes after admission
// and validation (staging/src/k8s.io/apiserver/pkg/registry/generic/registry/
// store.go: Create). A quota counts the set that is there, so that its no means nothing.
func (c *Client) DryRunCreate(ctx context.Context, object *unstructured.Unstructured) error {
	_, err := c.sets.Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: fieldManager})
	if apierrors.IsAlreadyExists(err) || ExceedsQuota(err) {
		return nil
	}
	return err
}

// ExceedsQuota says that a quota denies an object
// (staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go:
// CheckRequest).
func ExceedsQuota(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota")
}

// DryRunPod has the server say whether it would take a pod.
func (c *Client) DryRunPod(ctx context.Context, pod *corev1.Pod) error {
	_, err := c.core.Pods(c.namespaceName).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: fieldManager})
	if err != nil {
		return legible(err)
	}
	return nil
}

// ErrUnadmitted says that what admission would make of a set cannot be asked.
var ErrUnadmitted = errors.New("the server does not say what admission makes of a write")

// Admitted is the set as it would be stored by a write that changes nothing: a mutating
// webhook or policy may change it all the same. It is ErrUnadmitted where the set has moved
// on, or where the server makes no dry run of it, as with a webhook that has side effects
// (staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go:
// NewDryRunUnsupportedErr).
func (c *Client) Admitted(ctx context.Context, set rollout.Set) (rollout.Set, error) {
	body, err := json.Marshal(sameSpec(set))
	if err != nil {
		return rollout.Set{}, err
	}
	return c.admitted(ctx, set, body)
}

// AdmittedWith is the same of a write that changes something.
func (c *Client) AdmittedWith(ctx context.Context, set rollout.Set, patch rollout.SetPatch) (rollout.Set, error) {
	body, err := encode(set, patch)
	if err != nil {
		return rollout.Set{}, err
	}
	return c.admitted(ctx, set, body)
}

func (c *Client) admitted(ctx context.Context, set rollout.Set, body []byte) (rollout.Set, error) {
	for tries := c.tries(); ; {
		object, err := c.sets.Patch(ctx, set.Name, types.JSONPatchType, body, patchOptions(metav1.DryRunAll))
		switch {
		case err == nil:
			return rollout.LookSet(object)
		case tries.again(ctx, err):
		case unanswered(err), ctx.Err() != nil:
			return rollout.Set{}, err
		default:
			return rollout.Set{}, fmt.Errorf("%w: %w", ErrUnadmitted, err)
		}
	}
}

// DryRunTemplate asks the server what it would make of a template: it fills in
// defaults, and webhooks change it. It returns the template to write, which is
// raw as it is, with the digest of the answer; and the answer itself. The partition is one
// that may be written with it, nil for none, so that the answer tells of that, too.
func (c *Client) DryRunTemplate(ctx context.Context, s rollout.State, raw []byte, partition *rollout.Partition) (rollout.Template, rollout.Set, error) {
	replace, err := replacing(raw)
	if err != nil {
		return rollout.Template{}, rollout.Set{}, err
	}
	operations := []operation{replace}
	if partition != nil {
		moves := movePartition(s.Set.Partition, *partition)
		operations = append(operations, slices.DeleteFunc(moves, func(o operation) bool { return o.Op == "test" })...)
	}
	body, err := json.Marshal(operations)
	if err != nil {
		return rollout.Template{}, rollout.Set{}, err
	}
	object, err := c.sets.Patch(ctx, s.Set.Name, types.JSONPatchType, body, patchOptions(metav1.DryRunAll))
	if err != nil {
		return rollout.Template{}, rollout.Set{}, legible(err)
	}
	answered, err := rollout.LookSet(object)
	if err != nil {
		return rollout.Template{}, rollout.Set{}, err
	}
	return rollout.Template{Raw: raw, Digest: answered.Template}, answered, nil
}
