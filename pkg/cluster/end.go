// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Manifest is the set as the server has it, to be read by more than this program.
func (c *Client) Manifest(ctx context.Context, setName string) (*unstructured.Unstructured, error) {
	return c.sets.Get(ctx, setName, metav1.GetOptions{})
}

// OtherSets of the namespace.
func (c *Client) OtherSets(ctx context.Context, uid types.UID) ([]rollout.Set, error) {
	objects, _, err := sourceOf(c.sets, "", "").all(ctx)
	if err != nil {
		return nil, err
	}
	var others []rollout.Set
	for _, object := range objects {
		set, err := rollout.LookSet(object.(*unstructured.Unstructured))
		if err != nil {
			return nil, err
		}
		if set.UID != uid {
			others = append(others, set)
		}
	}
	return others, nil
}

// Retained are the volumes that outlive a set's claims.
type Retained struct {
	Volumes []string // that the claims have; of a claim that is gone, the one that it had
	Older   []string // that name the same claims, and are not known to be what these had last
	Going   []string // that are being deleted: they go with the claims, whatever their reclaim policy says
}

// Retained names the volumes that a set's claims have, or had, and that outlive
// them. Who may not read volumes sees none.
func (c *Client) Retained(ctx context.Context, s rollout.State) (Retained, error) {
	var list []corev1.PersistentVolume
	if err := optional(listed(sourceOf(c.core.PersistentVolumes(), "", ""), &list))(ctx); err != nil {
		return Retained{}, fmt.Errorf("volumes: %w", err)
	}
	uids := map[string]types.UID{}
	for _, claim := range s.Claims {
		uids[claim.Name] = claim.UID
	}
	var retained Retained
	former := map[string][]string{}
	for _, v := range list {
		ref, kept := v.Spec.ClaimRef, v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRetain
		if !kept || ref == nil || ref.UID == "" || ref.Namespace != c.namespaceName || !s.Set.MakesClaim(ref.Name) {
			continue
		}
		switch {
		case v.DeletionTimestamp != nil:
			retained.Going = append(retained.Going, v.Name)
		case ref.UID == uids[ref.Name]:
			retained.Volumes = append(retained.Volumes, v.Name)
		default:
			former[ref.Name] = append(former[ref.Name], v.Name)
		}
	}
	for claimName, names := range former {
		if uids[claimName] == "" && len(names) == 1 {
			retained.Volumes = append(retained.Volumes, names...)
		} else {
			retained.Older = append(retained.Older, names...)
		}
	}
	slices.Sort(retained.Volumes)
	slices.Sort(retained.Going)
	slices.Sort(retained.Older)
	return retained, nil
}

// changeClaim takes owners off a claim, or deletes it. What is deleted is lost, so
// that the set is looked at once more: a claim's own preconditions do not show
// that somebody has scaled the set up since.
func (c *Client) changeClaim(ctx context.Context, set rollout.Set, change rollout.ClaimChange, dryRun []string) error {
	if change.Frees == nil {
		now, err := c.look(ctx, set.Name)
		switch {
		case IsMissing(err):
			return fmt.Errorf("%w: %w", rollout.ErrMoved, err)
		case err != nil:
			return unread(err)
		case now.UID != set.UID, now.Generation != set.Generation:
			return fmt.Errorf("%w: %s", rollout.ErrMoved, set)
		}
		return weighed(c.core.PersistentVolumeClaims(c.namespaceName).Delete(ctx, change.ClaimName, asSeen(change.UID, change.Version, dryRun)))
	}
	body, err := json.Marshal(freeing(change))
	if err != nil {
		return err
	}
	_, err = c.core.PersistentVolumeClaims(c.namespaceName).Patch(ctx, change.ClaimName, types.StrategicMergePatchType, body, patchOptions(dryRun...))
	return weighed(err)
}

// freeing takes single owners off the list, whose key is the uid, and leaves the
// others (staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go: ObjectMeta).
func freeing(change rollout.ClaimChange) map[string]any {
	var owners []map[string]any
	for _, uid := range change.Frees {
		owners = append(owners, map[string]any{"$patch": "delete", "uid": uid})
	}
	return map[string]any{"metadata": map[string]any{
		"uid": change.UID, "resourceVersion": change.Version, "ownerReferences": owners,
	}}
}

// end deletes the set; its ControllerRevisions go after it. The claims are
// looked at once more, by a read that no cache answers: one that belongs to the
// set would go after it too.
func (c *Client) end(ctx context.Context, setName string, removal rollout.SetRemoval, dryRun []string) error {
	owned, err := c.claimsOwnedBy(ctx, removal.UID)
	switch {
	case err != nil:
		return unread(err)
	case len(owned) > 0 && len(dryRun) == 0:
		return fmt.Errorf("%w: the claims %q belong to the set", rollout.ErrMoved, owned)
	}
	options := asSeen(removal.UID, removal.Version, dryRun)
	background := metav1.DeletePropagationBackground
	options.PropagationPolicy = &background
	return weighed(c.sets.Delete(ctx, setName, options))
}

func (c *Client) claimsOwnedBy(ctx context.Context, uid types.UID) ([]string, error) {
	var list []corev1.PersistentVolumeClaim
	if err := listed(sourceOf(c.core.PersistentVolumeClaims(c.namespaceName), "", ""), &list)(ctx); err != nil {
		return nil, fmt.Errorf("claims of namespace %q: %w", c.namespaceName, err)
	}
	var names []string
	for _, claim := range list {
		if sight := claimSight(&claim); !sight.Terminating && slices.Contains(sight.Owners, uid) {
			names = append(names, claim.Name)
		}
	}
	return names, nil
}
