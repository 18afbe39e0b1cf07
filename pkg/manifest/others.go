// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
)

// installOrder is that of Helm for what is beside a workload
// (helm.sh/helm/v4/pkg/release/v1/util/kind_sorter.go: InstallOrder). What is not
// in it, such as objects of custom kinds, comes last.
var installOrder = []Kind{
	"PriorityClass.scheduling.k8s.io", "Namespace", "NetworkPolicy.networking.k8s.io", "ResourceQuota", "LimitRange",
	"PodDisruptionBudget.policy", "ServiceAccount", "Secret", "ConfigMap", StorageClass,
	"PersistentVolumeClaim", "CustomResourceDefinition.apiextensions.k8s.io",
	"ClusterRole.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io",
	"Role.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io",
	"DaemonSet.apps", "Pod", "ReplicaSet.apps", "Deployment.apps", "HorizontalPodAutoscaler.autoscaling",
	"Job.batch", "CronJob.batch", "IngressClass.networking.k8s.io", "Ingress.networking.k8s.io",
}

// InstallOrder sorts the objects that an apply does not manage: what the others
// need comes first, else as in the file.
func InstallOrder(others []Object) []Object {
	place := func(o Object) int {
		if at := slices.Index(installOrder, o.Kind); at >= 0 {
			return at
		}
		return len(installOrder)
	}
	sorted := slices.Clone(others)
	slices.SortStableFunc(sorted, func(a, b Object) int { return cmp.Compare(place(a), place(b)) })
	return sorted
}

// At is an object that an apply does not manage, with where discovery found its
// kind, ready to be applied.
func (o Object) At(mapping *meta.RESTMapping) (Object, error) {
	if o.Name == "" {
		return o, fmt.Errorf("%s has no metadata.name, which a server-side apply needs", withArticle(o.kind()))
	}
	o.Resource = Resource{mapping.Resource, mapping.Scope.Name() == meta.RESTScopeNameNamespace}
	o.clean()
	return o, nil
}

// IsNamespace reports whether it is a Namespace. What is in one can be checked by the
// server only once it is there.
func (o Object) IsNamespace() bool { return o.Kind == "Namespace" }
