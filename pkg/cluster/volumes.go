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
			return nil, &rollout.Refusal{Reason: volume.NoSuchNode, Message: fmt.Sprintf("there is no node %q; `kubectl get nodes` lists those that are there", nodeName)}
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

// Nudge makes the binder look at claims at once, and not when it comes round to
// them, every 15 seconds. Each is written to as it is in the store: one that has
// changed since was looked at for that. Who may not write to claims waits a little
// longer.
func (s *Store) Nudge(ctx context.Context, claimNames []string) error {
	for _, claim := range s.claims.all() {
		if !slices.Contains(claimNames, claim.Name) {
			continue
		}
		for tries := s.client.tries(); ; {
			err := optional(s.nudge(claim))(ctx)
			if err == nil || apierrors.IsConflict(err) {
				break
			}
			if !tries.unserved(ctx, err) {
				return fmt.Errorf("claim %s: %w", claim.Name, err)
			}
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
