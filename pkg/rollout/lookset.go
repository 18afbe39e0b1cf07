// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// LookSet is what this package sees of a StatefulSet. It takes the raw object,
// since a typed one loses the fields of the template that its client does not
// know. An error says that the object is not one that a server would send.
func LookSet(object *unstructured.Unstructured) (Set, error) {
	var sts appsv1.StatefulSet
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &sts); err != nil {
		return Set{}, fmt.Errorf("statefulset %q: %w", object.GetName(), err)
	}
	whole, live, err := rawSpec(object)
	if err != nil {
		return Set{}, fmt.Errorf("statefulset %q: %w", sts.Name, err)
	}
	digest, err := Digest(live)
	if err != nil {
		return Set{}, fmt.Errorf("statefulset %q: %w", sts.Name, err)
	}
	s := Set{
		Namespace: sts.Namespace, Name: sts.Name, UID: sts.UID, Version: sts.ResourceVersion, Created: sts.CreationTimestamp.Time,
		Generation: sts.Generation, Observed: sts.Status.ObservedGeneration,
		Deleting: sts.DeletionTimestamp != nil, Finalizers: sts.Finalizers, Annotated: sts.Annotations != nil,
		OrderedReady:    sts.Spec.PodManagementPolicy != appsv1.ParallelPodManagement,
		MinReadySeconds: sts.Spec.MinReadySeconds,
		Current:         sts.Status.CurrentRevision, Update: sts.Status.UpdateRevision,
		CurrentReplicas: sts.Status.CurrentReplicas, UpdatedReplicas: sts.Status.UpdatedReplicas, AvailableReplicas: sts.Status.AvailableReplicas,
		Live: live, Whole: whole, ServiceName: sts.Spec.ServiceName,
	}
	s.setManaged(object)
	s.Spec = specOf(&sts, digest)
	if s.SharesBlock, err = sharesBlock(object.Object); err != nil {
		return Set{}, fmt.Errorf("statefulset %q: %w", sts.Name, err)
	}
	s.Soak, _ = soakOf(sts.Spec.Template.Spec, s.MinReadySeconds)
	s.ClaimTemplates, s.DeletesClaims = claimsOf(&sts)
	s.ClaimModes, s.NamedClaims = claimModesOf(&sts), namedClaims(sts.Spec.Template, s.ClaimTemplates)
	s.Retention, s.Counted = retentionOf(&sts), sts.Status.Replicas
	s.ClaimLabels = claimLabels(sts.Spec.Selector, sts.Spec.Template.Labels)
	if at, err := time.Parse(time.RFC3339, sts.Annotations[NudgeKey]); err == nil {
		s.Nudged = at
	}
	if text, ok := sts.Annotations[RecordKey]; ok {
		// What cannot be read is as if it were not there; the caller can tell by ParseRecord.
		if r, err := ParseRecord(text); err == nil {
			s.Record = r
		}
	}
	return s, nil
}

// setManaged takes what the object tells of who writes to it.
func (s *Set) setManaged(object *unstructured.Unstructured) {
	s.Managed, s.StatusAt = object.GetManagedFields(), statusAt(object)
	entries := managedBy(s.Managed)
	s.Formers, s.Writers = formersOf(s.Managed), writersOf(entries)
	s.Appliers = appliersOf(object, entries)
	s.Hands = ownersOf(object, entries, s.Appliers)
}

// statusAt is when somebody wrote the status last.
func statusAt(object *unstructured.Unstructured) time.Time {
	var at time.Time
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource == "status" && entry.Time != nil {
			at = newest(at, entry.Time.Time)
		}
	}
	return at
}

// rawSpec is the spec, and the template in it, with every field that the server sent.
func rawSpec(object *unstructured.Unstructured) (spec, template []byte, err error) {
	tree, found, err := unstructured.NestedMap(object.Object, "spec")
	if err != nil || !found {
		return nil, nil, fmt.Errorf("it has no spec: %w", err)
	}
	if spec, err = json.Marshal(tree); err != nil {
		return nil, nil, err
	}
	template, err = json.Marshal(tree["template"])
	return spec, template, err
}

func specOf(sts *appsv1.StatefulSet, digest string) Spec {
	s := Spec{Template: digest, Replicas: 1, Strategy: string(sts.Spec.UpdateStrategy.Type), Partition: Partition{Nil: true}}
	if sts.Spec.Replicas != nil {
		s.Replicas = *sts.Spec.Replicas
	}
	if sts.Spec.Ordinals != nil {
		s.Start = sts.Spec.Ordinals.Start
	}
	if rolling := sts.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
		s.Partition = Partition{}
		if rolling.Partition != nil {
			s.Partition.Index = *rolling.Partition
		}
	}
	return s
}

// sharesBlock: a maxUnavailable of 1 is what the server itself adds to a block
// that comes without one (pkg/apis/apps/v1/defaults.go: SetDefaults_StatefulSet).
func sharesBlock(object map[string]any) (bool, error) {
	field, _, err := unstructured.NestedFieldNoCopy(object, "spec", "updateStrategy", "rollingUpdate")
	block, _ := field.(map[string]any)
	for name, value := range block {
		if name != "partition" && (name != "maxUnavailable" || fmt.Sprint(value) != "1") {
			return true, err
		}
	}
	return false, err
}

func claimsOf(sts *appsv1.StatefulSet) (templateNames []string, deletes bool) {
	for _, t := range sts.Spec.VolumeClaimTemplates {
		templateNames = append(templateNames, t.Name)
	}
	policy := sts.Spec.PersistentVolumeClaimRetentionPolicy
	return templateNames, policy != nil && policy.WhenScaled == appsv1.DeletePersistentVolumeClaimRetentionPolicyType
}

func claimModesOf(sts *appsv1.StatefulSet) map[string][]corev1.PersistentVolumeAccessMode {
	modes := make(map[string][]corev1.PersistentVolumeAccessMode, len(sts.Spec.VolumeClaimTemplates))
	for _, t := range sts.Spec.VolumeClaimTemplates {
		modes[t.Name] = t.Spec.AccessModes
	}
	return modes
}

func retentionOf(sts *appsv1.StatefulSet) Retention {
	policy := sts.Spec.PersistentVolumeClaimRetentionPolicy
	if policy == nil {
		return Retention{}
	}
	return Retention{WhenDeleted: string(policy.WhenDeleted), WhenScaled: string(policy.WhenScaled)}
}

// LookRevision is what this package sees of a ControllerRevision. Its data is a
// strategic merge patch of spec.template
// (pkg/controller/statefulset/stateful_set_utils.go: getPatch).
func LookRevision(cr *appsv1.ControllerRevision) (Revision, error) {
	var data struct {
		Spec struct {
			Template json.RawMessage `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(cr.Data.Raw, &data); err != nil {
		return Revision{}, fmt.Errorf("controllerrevision %q: %w", cr.Name, err)
	}
	digest, err := Digest(data.Spec.Template)
	if err != nil {
		return Revision{}, fmt.Errorf("controllerrevision %q: %w", cr.Name, err)
	}
	template, err := withoutDirective(data.Spec.Template)
	if err != nil {
		return Revision{}, fmt.Errorf("controllerrevision %q: %w", cr.Name, err)
	}
	r := Revision{Name: cr.Name, Number: cr.Revision, Template: template, Digest: digest}
	if text, ok := cr.Annotations[RecordKey]; ok {
		if record, err := ParseRecord(text); err == nil {
			r.Record = record
		}
	}
	return r, nil
}

// withoutDirective drops "$patch", which is the patch's and not the template's,
// and leaves every other byte's meaning as it is, nulls included.
func withoutDirective(template []byte) ([]byte, error) {
	tree, err := decode(template)
	if err != nil {
		return nil, err
	}
	delete(tree, "$patch")
	return json.Marshal(tree)
}
