// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"cmp"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// FoundMissing is the id of an object that a template names and that is not there.
const FoundMissing = "reference-missing"

// Reference is an object of the set's namespace that its pods cannot start without.
type Reference struct{ Kind, Name string }

// resources of the kinds that a template names.
var resources = map[string]string{
	configMap: "configmaps", secret: "secrets", claim: "persistentvolumeclaims", serviceAccount: "serviceaccounts",
}

const (
	configMap      = "ConfigMap"
	secret         = "Secret"
	claim          = "PersistentVolumeClaim"
	serviceAccount = "ServiceAccount"
)

// Resource is where the objects of the kind are.
func (r Reference) Resource() string { return resources[r.Kind] }

// Missing is the finding of one that is not there.
func (r Reference) Missing(set *appsv1.StatefulSet) rollout.Finding {
	return rollout.Finding{
		ID: FoundMissing, Severity: rollout.FindingError, Object: "statefulset.apps/" + set.Name,
		Message: fmt.Sprintf("its template names the %s %q, which is not in the namespace: no pod starts without it", r.Kind, r.Name),
	}
}

// MadeBy says that a set makes it: a claim of one of its ordinals.
func (r Reference) MadeBy(set *appsv1.StatefulSet) bool {
	start, replicas := int32(0), replicasOf(set)
	if set.Spec.Ordinals != nil {
		start = set.Spec.Ordinals.Start
	}
	return r.Kind == claim && slices.ContainsFunc(set.Spec.VolumeClaimTemplates, func(c corev1.PersistentVolumeClaim) bool {
		ordinal, ok := rollout.ClaimOrdinal(c.Name, set.Name, r.Name)
		return ok && ordinal >= start && ordinal-start < replicas
	})
}

// ofEveryNamespace are objects that controllers put into every namespace, also into one
// that is not there yet (pkg/controller/serviceaccount/serviceaccounts_controller.go,
// pkg/controller/certificates/rootcacertpublisher/publisher.go).
var ofEveryNamespace = []Reference{{serviceAccount, "default"}, {configMap, "kube-root-ca.crt"}}

// References are those of a template, once each; what is optional is not among them,
// nor what every namespace has.
func References(set *appsv1.StatefulSet) []Reference {
	var all references
	spec := set.Spec.Template.Spec
	if spec.ServiceAccountName != "" {
		all.add(serviceAccount, spec.ServiceAccountName, nil)
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		all.ofContainer(c)
	}
	for _, v := range spec.Volumes {
		ownClaim := func(c corev1.PersistentVolumeClaim) bool { return c.Name == v.Name }
		if !slices.ContainsFunc(set.Spec.VolumeClaimTemplates, ownClaim) {
			all.ofVolume(v)
		}
	}
	slices.SortFunc(all, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(all)
}

// NamesClaims says that the volumes of a template name claims.
func NamesClaims(set *appsv1.StatefulSet) bool {
	return slices.ContainsFunc(References(set), func(r Reference) bool { return r.Kind == claim })
}

type references []Reference

func (r *references) add(kind, name string, optional *bool) {
	given := slices.Contains(ofEveryNamespace, Reference{kind, name})
	if name != "" && !given && (optional == nil || !*optional) {
		*r = append(*r, Reference{kind, name})
	}
}

func (r *references) ofContainer(c corev1.Container) {
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef != nil {
			r.add(configMap, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
		}
		if from.SecretRef != nil {
			r.add(secret, from.SecretRef.Name, from.SecretRef.Optional)
		}
	}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			continue
		}
		if key := e.ValueFrom.ConfigMapKeyRef; key != nil {
			r.add(configMap, key.Name, key.Optional)
		}
		if key := e.ValueFrom.SecretKeyRef; key != nil {
			r.add(secret, key.Name, key.Optional)
		}
	}
}

func (r *references) ofVolume(v corev1.Volume) {
	switch {
	case v.PersistentVolumeClaim != nil:
		r.add(claim, v.PersistentVolumeClaim.ClaimName, nil)
	case v.ConfigMap != nil:
		r.add(configMap, v.ConfigMap.Name, v.ConfigMap.Optional)
	case v.Secret != nil:
		r.add(secret, v.Secret.SecretName, v.Secret.Optional)
	case v.Projected != nil:
		for _, source := range v.Projected.Sources {
			r.ofSource(source)
		}
	}
}

func (r *references) ofSource(source corev1.VolumeProjection) {
	if source.ConfigMap != nil {
		r.add(configMap, source.ConfigMap.Name, source.ConfigMap.Optional)
	}
	if source.Secret != nil {
		r.add(secret, source.Secret.Name, source.Secret.Optional)
	}
}
