// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// VolumeTaken is the reason of a refusal: a volume is somebody else's, or the
// file would make it so.
const VolumeTaken rollout.Reason = "VolumeTaken"

// WouldDeleteVolume is the reason of a refusal: the file's reclaim policy would
// run on a volume that has data.
const WouldDeleteVolume rollout.Reason = "WouldDeleteVolume"

// Body is what a server-side apply of the object sends, in a namespace, to what
// is live under its name; nil for nothing. Its error is a *rollout.Refusal where
// the object must not be written at all.
func (o Object) Body(namespaceName string, live *unstructured.Unstructured) ([]byte, error) {
	tree := runtime.DeepCopyJSON(o.tree)
	body := unstructured.Unstructured{Object: tree}
	if o.Resource.Namespaced {
		body.SetNamespace(namespaceName)
	}
	if live != nil {
		body.SetUID(live.GetUID())
		body.SetResourceVersion(live.GetResourceVersion())
	}
	var err error
	switch o.Kind {
	case Volume:
		if err = o.keepData(live); err == nil {
			err = o.keepClaim(tree, live)
		}
	case Set:
		err = keepSteered(tree, live)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// What is reached a step at a time.
var (
	replicas  = []string{"spec", "replicas"}
	partition = []string{"spec", "updateStrategy", "rollingUpdate", "partition"}
)

// keepSteered puts what is live in the place of what is reached a step at a time.
func keepSteered(tree map[string]any, live *unstructured.Unstructured) error {
	if live == nil {
		return nil
	}
	for _, keys := range [][]string{
		replicas,
		partition,
		{"metadata", "annotations", rollout.RecordKey},
		{"metadata", "annotations", rollout.NudgeKey},
	} {
		value, found, err := unstructured.NestedFieldCopy(live.Object, keys...)
		if err != nil {
			return fmt.Errorf("live %s: %w", path(keys...), err)
		}
		if !found {
			unstructured.RemoveNestedField(tree, keys...)
			continue
		}
		if err := setUnder(tree, value, keys); err != nil {
			return fmt.Errorf("%s of the file: %w", path(keys[:len(keys)-1]...), err)
		}
	}
	return nil
}

// setUnder sets a field; what is null above it is as if it were not there.
func setUnder(tree map[string]any, value any, keys []string) error {
	for depth := 1; depth < len(keys); depth++ {
		above, found, err := unstructured.NestedFieldNoCopy(tree, keys[:depth]...)
		if err == nil && found && above == nil {
			unstructured.RemoveNestedField(tree, keys[:depth]...)
		}
	}
	return unstructured.SetNestedField(tree, value, keys...)
}

// keepData refuses a reclaim policy that destroys a volume which a claim has or
// had: where that claim is gone, as soon as it is written
// (pkg/controller/volume/persistentvolume/pv_controller.go: syncVolume), else
// whenever it goes. The claim may go between a look at it and the write, so that
// no look is enough to tell the two apart.
func (o Object) keepData(live *unstructured.Unstructured) error {
	asked, err := reclaimOf(o.tree)
	if err != nil || live == nil {
		return err
	}
	has, err := claimRefOf(live.Object)
	if err != nil {
		return fmt.Errorf("live %s: spec.claimRef: %w", o, err)
	}
	policy, errPolicy := reclaimOf(live.Object)
	phase, _, errPhase := unstructured.NestedString(live.Object, "status", "phase")
	if err := errors.Join(errPolicy, errPhase); err != nil {
		return fmt.Errorf("live %s: %w", o, err)
	}
	left := phase == string(corev1.VolumeReleased) || phase == string(corev1.VolumeFailed)
	switch claimed := has != nil && has.UID != ""; {
	case asked == "" || asked == string(corev1.PersistentVolumeReclaimRetain) || asked == policy || !left && !claimed:
		return nil
	case left:
		return &rollout.Refusal{
			Reason:  WouldDeleteVolume,
			Message: fmt.Sprintf("%s: it is %s, and the file's persistentVolumeReclaimPolicy %s would destroy its data at once; leave the policy %s in the file, and let its ordinal bind it again with pv release", o, phase, asked, policy),
		}
	default:
		return &rollout.Refusal{
			Reason:  WouldDeleteVolume,
			Message: fmt.Sprintf("%s: claim %s/%s has it, and the file's persistentVolumeReclaimPolicy %s would destroy its data as soon as that claim goes; leave the policy %s in the file, or change it by itself, with kubectl patch", o, has.Namespace, has.Name, asked, policy),
		}
	}
}

// reclaimOf is a volume's reclaim policy; "" where it says nothing.
func reclaimOf(tree map[string]any) (string, error) {
	policy, _, err := unstructured.NestedString(tree, "spec", "persistentVolumeReclaimPolicy")
	return policy, err
}

// keepClaim leaves a volume to the claim that has it.
func (o Object) keepClaim(tree map[string]any, live *unstructured.Unstructured) error {
	asked, err := o.claim()
	if err != nil {
		return fmt.Errorf("%s: spec.claimRef: %w", o, err)
	}
	var has *corev1.ObjectReference
	if live != nil {
		if has, err = claimRefOf(live.Object); err != nil {
			return fmt.Errorf("live %s: spec.claimRef: %w", o, err)
		}
	}
	switch {
	case asked != nil && asked.UID != "" && (has == nil || has.UID != asked.UID):
		return &rollout.Refusal{
			Reason: VolumeTaken,
			Message: fmt.Sprintf("%s: spec.claimRef.uid of the file is that of no claim which has the volume: it would count as Released, and its reclaim policy would run; take uid and resourceVersion out of the claimRef",
				o),
		}
	case asked != nil && has != nil && (asked.Namespace != has.Namespace || asked.Name != has.Name):
		return &rollout.Refusal{
			Reason:  VolumeTaken,
			Message: fmt.Sprintf("%s: it is for claim %s/%s, and the file gives it to %s/%s; pv rebind does that", o, has.Namespace, has.Name, asked.Namespace, asked.Name),
		}
	case asked == nil && has == nil:
		return nil
	case has == nil:
		has = asked
	}
	return unstructured.SetNestedMap(tree, refTo(has), "spec", "claimRef")
}

// refTo is a claimRef as it is to stay. Without the uid of a claim that is bound,
// the binder would count that claim as Lost, for good
// (pkg/controller/volume/persistentvolume/pv_controller.go: syncBoundClaim); and
// left out, it would go where kubectl apply has written it.
func refTo(claim *corev1.ObjectReference) map[string]any {
	ref := map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.Namespace, "name": claim.Name,
	}
	if claim.UID != "" {
		ref["uid"] = string(claim.UID)
	}
	if claim.ResourceVersion != "" {
		ref["resourceVersion"] = claim.ResourceVersion
	}
	return ref
}
