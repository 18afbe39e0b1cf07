// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// ImmutableField is the reason of a refusal: the file changes what cannot be
// changed on an object that exists.
const ImmutableField rollout.Reason = "ImmutableField"

// unchangeable is how a server says it, which has no type of cause for it
// (pkg/apis/core/validation/validation.go: ValidateServiceUpdate,
// ValidatePersistentVolumeUpdate; pkg/apis/rbac/validation/validation.go:
// ValidateRoleBindingUpdate; pkg/apis/storage/validation/validation.go:
// ValidateStorageClassUpdate).
var unchangeable = []string{"immutable", "may not change", "cannot change", "updates to "}

// Fixed refuses, where the server's answer is that the file changes what cannot be
// changed; nil where it is about something else. Of a set not every server names
// the fields, see rollout.Beside.
func (o Object) Fixed(status metav1.Status) error {
	if o.Kind == Set || status.Reason != metav1.StatusReasonInvalid || status.Details == nil {
		return nil
	}
	var fields []string
	for _, cause := range status.Details.Causes {
		if slices.ContainsFunc(unchangeable, func(words string) bool { return strings.Contains(cause.Message, words) }) {
			fields = append(fields, o.field(cause.Field))
		}
	}
	if len(fields) == 0 {
		return nil
	}
	slices.Sort(fields)
	return &rollout.Refusal{
		Reason: ImmutableField,
		Message: fmt.Sprintf("%s: the file changes %s, which cannot be changed on %s that exists; let the file say what is live%s",
			o, strings.Join(slices.Compact(fields), ", "), withArticle(o.kind()), o.instead()),
	}
}

// instead is the other way to have the file applied.
func (o Object) instead() string {
	if o.Kind == Volume {
		return ", or give the volume another name"
	}
	return fmt.Sprintf(", or delete the %s with kubectl first, and apply the file again", o.kind())
}

// field is a cause's, as a file has it: without the place in a list, and of the
// source of a volume, which has no name of its own, the one that the file gives.
func (o Object) field(field string) string {
	field, _, _ = strings.Cut(field, "[")
	if field != "spec.persistentvolumesource" {
		return field
	}
	spec, _ := o.tree["spec"].(map[string]any)
	for key, value := range spec {
		if _, isBlock := value.(map[string]any); isBlock && !slices.Contains([]string{"capacity", "claimRef", "nodeAffinity"}, key) {
			return path("spec", key)
		}
	}
	return field
}
