// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// CarryOut makes the writes of one step, each with uid and resourceVersion of
// what the step was planned on: a volume is made, or its reclaim policy becomes
// Retain and then its claimRef points at the claim. With DryRunAll the server
// checks and stores nothing.
func (c *Client) CarryOut(ctx context.Context, s volume.Step, dryRun ...string) (*corev1.PersistentVolume, error) {
	for tries := c.tries(); ; {
		v, err := c.carryOut(ctx, s, dryRun)
		if err == nil || !tries.unserved(ctx, err) {
			return v, volumeAnswer(s.After.Name, err)
		}
		v, s, err = c.carried(ctx, s)
		if v != nil || err != nil && !unanswered(err) {
			return v, volumeAnswer(s.After.Name, err)
		}
	}
}

func (c *Client) carryOut(ctx context.Context, s volume.Step, dryRun []string) (*corev1.PersistentVolume, error) {
	if s.Action == volume.Create {
		return c.core.PersistentVolumes().Create(ctx, &s.After, metav1.CreateOptions{FieldManager: fieldManager, DryRun: dryRun})
	}
	now := s.Before
	if s.RetainsFirst() {
		kept, err := c.patchVolume(ctx, now, retained(), dryRun)
		if err != nil {
			return nil, err
		}
		if len(dryRun) == 0 {
			now = kept
		}
	}
	return c.patchVolume(ctx, now, pointing(s.Claim), dryRun)
}

// carried looks what became of a step that was not answered: the volume where it is
// carried out, else the step on what is there now. One that somebody else has changed
// since stays planned as it was, and its next request is refused by the server.
func (c *Client) carried(ctx context.Context, s volume.Step) (*corev1.PersistentVolume, volume.Step, error) {
	now, err := c.core.PersistentVolumes().Get(ctx, s.After.Name, metav1.GetOptions{})
	switch {
	case s.Action == volume.Create && IsMissing(err):
		return nil, s, nil
	case err != nil:
		return nil, s, err
	case shows(now, s):
		return now, s, nil
	case s.Before == nil || now.UID != s.Before.UID:
		return nil, s, nil
	}
	kept := s.Before.DeepCopy()
	kept.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	if s.RetainsFirst() && equality.Semantic.DeepEqual(now.Spec, kept.Spec) {
		s.Before = now
	}
	return nil, s, nil
}

// shows says that a volume is as its step leaves it, whether or not the binder has taken
// note of it: it serves no earlier claim of the name any more.
func shows(now *corev1.PersistentVolume, s volume.Step) bool {
	if s.Before != nil && s.Before.Spec.ClaimRef != nil && s.Before.Spec.ClaimRef.UID != "" &&
		now.Spec.ClaimRef != nil && now.Spec.ClaimRef.UID == s.Before.Spec.ClaimRef.UID {
		return false
	}
	return equality.Semantic.DeepDerivative(unboundSpec(&s.After), unboundSpec(now))
}

func unboundSpec(v *corev1.PersistentVolume) corev1.PersistentVolumeSpec {
	spec := v.DeepCopy().Spec
	if spec.ClaimRef != nil {
		spec.ClaimRef = &corev1.ObjectReference{Namespace: spec.ClaimRef.Namespace, Name: spec.ClaimRef.Name}
	}
	return spec
}

func retained() map[string]any {
	return map[string]any{"spec": map[string]any{"persistentVolumeReclaimPolicy": corev1.PersistentVolumeReclaimRetain}}
}

// pointing makes a volume point at a claim by name alone, as if it had never
// been bound.
func pointing(c volume.Claim) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{volume.BoundByController: nil}},
		"spec": map[string]any{"claimRef": map[string]any{
			"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": c.Namespace, "name": c.Name,
			"uid": nil, "resourceVersion": nil,
		}},
	}
}

// patchVolume makes a merge patch that holds only for the volume as it was seen.
func (c *Client) patchVolume(ctx context.Context, seen *corev1.PersistentVolume, patch map[string]any, dryRun []string) (*corev1.PersistentVolume, error) {
	meta, ok := patch["metadata"].(map[string]any)
	if !ok {
		meta = map[string]any{}
		patch["metadata"] = meta
	}
	meta["uid"], meta["resourceVersion"] = seen.UID, seen.ResourceVersion
	body, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	v, err := c.core.PersistentVolumes().Patch(ctx, seen.Name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun})
	return v, volumeAnswer(seen.Name, err)
}

// volumeAnswer says of a volume that moved on since it was seen that the same
// command may be run again.
func volumeAnswer(volumeName string, err error) error {
	switch {
	case err == nil:
		return nil
	case apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err):
		return &rollout.Superseded{
			Reason:  rollout.SpecChanged,
			Message: fmt.Sprintf("persistentvolume/%s was changed by somebody else meanwhile: %v; run the same command again", volumeName, err),
		}
	default:
		return fmt.Errorf("persistentvolume/%s: %w", volumeName, err)
	}
}
