// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ownPrefix is that of every annotation of this program.
const ownPrefix = "kubectl-sts/"

// Manifest makes of a set, as the server sent it, one that brings it back: what
// only this object has is not in it (status, uid, owners, who wrote what), and
// what a delete changes is as it was found. Finalizers are in it: they protect the
// set.
func (f Found) Manifest(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	metadata := map[string]any{"name": object.GetName(), "namespace": object.GetNamespace()}
	if labels := object.GetLabels(); len(labels) > 0 {
		metadata["labels"] = raw(labels)
	}
	if finalizers := keptFinalizers(object.GetFinalizers()); len(finalizers) > 0 {
		metadata["finalizers"] = finalizers
	}
	annotations := maps.Clone(object.GetAnnotations())
	maps.DeleteFunc(annotations, func(key, _ string) bool { return key == lastApplied || strings.HasPrefix(key, ownPrefix) })
	if len(annotations) > 0 {
		metadata["annotations"] = raw(annotations)
	}
	spec, found, err := unstructured.NestedMap(object.Object, "spec")
	if err != nil || !found {
		return nil, fmt.Errorf("statefulset %q: it has no spec: %w", object.GetName(), err)
	}
	if err := f.restore(spec); err != nil {
		return nil, fmt.Errorf("statefulset %q: %w", object.GetName(), err)
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(), "metadata": metadata, "spec": spec,
	}}, nil
}

// keptFinalizers are those that protect an object, without what a deletion has put
// there for the garbage collector.
func keptFinalizers(all []string) []any {
	var kept []any
	for _, finalizer := range all {
		if finalizer != metav1.FinalizerDeleteDependents && finalizer != metav1.FinalizerOrphanDependents {
			kept = append(kept, finalizer)
		}
	}
	return kept
}

// restore puts what was found into a spec.
func (f Found) restore(spec map[string]any) error {
	spec["replicas"] = int64(f.Replicas)
	if f.Retention != (Retention{}) {
		spec["persistentVolumeClaimRetentionPolicy"] = map[string]any{
			"whenDeleted": f.Retention.WhenDeleted, "whenScaled": f.Retention.WhenScaled,
		}
	}
	templates, _, err := unstructured.NestedSlice(spec, "volumeClaimTemplates")
	if err != nil {
		return err
	}
	for _, template := range templates {
		if claim, ok := template.(map[string]any); ok {
			delete(claim, "status")
		}
	}
	if len(templates) > 0 {
		spec["volumeClaimTemplates"] = templates
	}
	if shared, err := sharesBlock(map[string]any{"spec": spec}); f.Partition.Nil && !shared {
		unstructured.RemoveNestedField(spec, "updateStrategy", "rollingUpdate")
		return err
	}
	return unstructured.SetNestedField(spec, int64(f.Partition.Index), "updateStrategy", "rollingUpdate", "partition")
}

func raw(pairs map[string]string) map[string]any {
	tree := make(map[string]any, len(pairs))
	for key, value := range pairs {
		tree[key] = value
	}
	return tree
}
