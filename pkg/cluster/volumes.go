// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// StatefulSet reads a set as a typed object. It is for looking only: what is
// written goes by the raw one.
func (c *Client) StatefulSet(ctx context.Context, setName string) (*appsv1.StatefulSet, error) {
	return c.apps.StatefulSets(c.namespaceName).Get(ctx, setName, metav1.GetOptions{})
}

// Store is what there is to bind, read once and, where it is asked to await
// something, watched from there on.
type Store struct {
	client  *Client
	volumes *shelf[corev1.PersistentVolume, *corev1.PersistentVolume]
	claims  *shelf[corev1.PersistentVolumeClaim, *corev1.PersistentVolumeClaim]
	classes []storagev1.StorageClass
}

// OpenStore makes a list each of the cluster's volumes, the namespace's claims
// and the storage classes, which may be forbidden.
func (c *Client) OpenStore(ctx context.Context) (*Store, error) {
	s := &Store{
		client:  c,
		volumes: newShelf[corev1.PersistentVolume](sourceOf(c.core.PersistentVolumes(), "", "")),
		claims:  newShelf[corev1.PersistentVolumeClaim](sourceOf(c.core.PersistentVolumeClaims(c.namespaceName), "", "")),
	}
	err := together(ctx, s.volumes.list, s.claims.list,
		optional(listed(sourceOf(c.storage.StorageClasses(), "", ""), &s.classes)))
	return s, err
}

// Stock is what is known, volumes and claims by name.
func (s *Store) Stock() volume.Stock {
	return volume.Stock{At: s.client.clock.Now(), Volumes: s.volumes.all(), Claims: s.claims.all(), Classes: s.classes}
}

// listed lists a source into a slice, which is not nil afterwards.
func listed[T any, P object[T]](s source, into *[]T) task {
	return func(ctx context.Context) error {
		objects, _, err := s.all(ctx)
		if err != nil {
			return err
		}
		*into = make([]T, 0, len(objects))
		for _, object := range objects {
			typed, ok := object.(P)
			if !ok {
				return fmt.Errorf("a list has an object of type %T", object)
			}
			*into = append(*into, *typed)
		}
		return nil
	}
}

// Nodes reads the nodes that volumes are to be on, in the order asked. Where
// nodes may not be read, each is taken for what it is called, and known is nil.
func (c *Client) Nodes(ctx context.Context, nodeNames []string) (nodes []volume.Node, err error) {
	var list []corev1.Node
	if err := listed(sourceOf(c.core.Nodes(), "", ""), &list)(ctx); err != nil && !IsForbidden(err) {
		return nil, err
	}
	hosts := map[string]string{}
	for _, node := range list {
		hosts[node.Name] = node.Labels[corev1.LabelHostname]
	}
	for _, nodeName := range nodeNames {
		host, ok := hosts[nodeName]
		switch {
		case list == nil || ok && host == "":
			host = nodeName
		case !ok:
			return nil, &rollout.Refusal{Reason: volume.NoSuchNode, Message: fmt.Sprintf("there is no node %q", nodeName)}
		}
		nodes = append(nodes, volume.Node{Name: nodeName, Host: host})
	}
	return nodes, nil
}

// ClaimEvents is the newest event on each claim of the namespace that has one;
// none where events may not be read.
func (c *Client) ClaimEvents(ctx context.Context) (map[string]string, error) {
	var events []corev1.Event
	about := sourceOf(c.core.Events(c.namespaceName), "", "involvedObject.kind=PersistentVolumeClaim")
	if err := optional(listed(about, &events))(ctx); err != nil {
		return nil, err
	}
	newest := map[string]corev1.Event{}
	for _, e := range events {
		claimName := e.InvolvedObject.Name
		if last, ok := newest[claimName]; !ok || !lastSeen(e).Before(lastSeen(last)) {
			newest[claimName] = e
		}
	}
	said := map[string]string{}
	for claimName, e := range newest {
		said[claimName] = e.Reason + ": " + shorten(e.Message)
	}
	return said, nil
}

// CarryOut makes the writes of one step, each with uid and resourceVersion of
// what the step was planned on: a volume is made, or its reclaim policy becomes
// Retain and then its claimRef points at the claim. With DryRunAll the server
// checks and stores nothing.
func (c *Client) CarryOut(ctx context.Context, s volume.Step, dryRun ...string) (*corev1.PersistentVolume, error) {
	if s.Action == volume.Create {
		made, err := c.core.PersistentVolumes().Create(ctx, &s.After, metav1.CreateOptions{FieldManager: fieldManager, DryRun: dryRun})
		return made, volumeAnswer(s.After.Name, err)
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

// Nudge makes the binder look at claims at once, and not when it comes round to
// them, every 15 seconds. Each is written to as it is in the store: one that has
// changed since was looked at for that. Who may not write to claims waits a little
// longer.
func (s *Store) Nudge(ctx context.Context, claimNames []string) error {
	for _, claim := range s.claims.all() {
		if !slices.Contains(claimNames, claim.Name) {
			continue
		}
		if err := optional(s.nudge(claim))(ctx); err != nil && !apierrors.IsConflict(err) {
			return fmt.Errorf("claim %s: %w", claim.Name, err)
		}
	}
	return nil
}

func (s *Store) nudge(claim corev1.PersistentVolumeClaim) task {
	return func(ctx context.Context) error {
		body, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"uid": claim.UID, "resourceVersion": claim.ResourceVersion,
			"annotations": map[string]string{rollout.NudgeKey: s.client.clock.Now().Format(time.RFC3339)},
		}})
		if err != nil {
			return err
		}
		_, err = s.client.core.PersistentVolumeClaims(claim.Namespace).Patch(ctx, claim.Name, types.MergePatchType, body, patchOptions())
		return err
	}
}

// Await watches until the binder has taken note of all bindings, and each claim
// that exists has its volume. seen is told what is still awaited, at first and
// whenever something has changed.
func (s *Store) Await(ctx context.Context, bindings []volume.Binding, seen func(volume.Progress)) error {
	defer s.volumes.close()
	defer s.claims.close()
	for {
		if err := together(ctx, s.volumes.stream, s.claims.stream); err != nil {
			return err
		}
		progress, err := s.Stock().Assert(s.client.namespaceName, bindings)
		if err != nil || progress.Done() {
			return err
		}
		seen(progress)
		select {
		case event := <-s.volumes.events():
			err = s.volumes.take(event)
		case event := <-s.claims.events():
			err = s.claims.take(event)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}
