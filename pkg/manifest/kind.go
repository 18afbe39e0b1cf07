// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind of an object: Kubernetes' own kinds by their name, such as ConfigMap, the
// others with their group, as in Service.serving.knative.dev.
type Kind string

// The kinds that an apply manages.
const (
	Volume  Kind = "PersistentVolume"
	Service Kind = "Service"
	Set     Kind = "StatefulSet"
)

// StorageClass is a kind that an apply does not manage, and that serves claims.
const StorageClass Kind = "StorageClass.storage.k8s.io"

// Resource is where the objects of a kind are.
type Resource struct {
	schema.GroupVersionResource
	Namespaced bool
}

// resources are those of the kinds that an apply manages.
var resources = map[Kind]Resource{
	Volume:  {corev1.SchemeGroupVersion.WithResource("persistentvolumes"), false},
	Service: {corev1.SchemeGroupVersion.WithResource("services"), true},
	Set:     {appsv1.SchemeGroupVersion.WithResource("statefulsets"), true},
}

// typed is a new object of a managed kind.
func (k Kind) typed() any {
	switch k {
	case Volume:
		return &corev1.PersistentVolume{}
	case Service:
		return &corev1.Service{}
	default:
		return &appsv1.StatefulSet{}
	}
}

// kindOf is the kind of a document. A managed kind under another group of
// Kubernetes' own, such as v1 StatefulSet, is that kind with a wrong version; under
// the group of somebody else it is another kind.
func kindOf(apiVersion, kind string) Kind {
	group, _, grouped := strings.Cut(apiVersion, "/")
	switch {
	case !grouped:
		group = ""
	case ofKubernetes(group):
		if _, isManaged := resources[Kind(kind)]; isManaged {
			return Kind(kind)
		}
	}
	if group == "" {
		return Kind(kind)
	}
	return Kind(kind + "." + group)
}

// ofKubernetes: the groups of Kubernetes itself have no dot, or end in k8s.io.
func ofKubernetes(group string) bool {
	return !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// withArticle is "a Service", "an Ingress".
func withArticle(kind string) string {
	if kind != "" && strings.Contains("AEIO", kind[:1]) {
		return "an " + kind
	}
	return "a " + kind
}

// betas are the versions of StatefulSet that servers had before 1.16.
var betas = []string{"apps/v1beta1", "apps/v1beta2"}

// Outdated says what is wrong with the apiVersion of a managed kind; "" for
// nothing.
func (o Object) Outdated() string {
	resource, isManaged := resources[o.Kind]
	version := resource.GroupVersion()
	switch {
	case !isManaged || o.APIVersion == version.String():
		return ""
	case slices.Contains(betas, o.APIVersion):
		return fmt.Sprintf("the %s %q has apiVersion %q, which Kubernetes 1.16 removed; write %q, which also needs a spec.selector that matches the labels of the template", o.Kind, o.Name, o.APIVersion, version)
	default:
		return fmt.Sprintf("the %s %q has apiVersion %q, %q is the one", o.Kind, o.Name, o.APIVersion, version)
	}
}
