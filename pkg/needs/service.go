// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Ids of what is wrong with a governing Service.
const (
	FoundNotHeadless   = "service-not-headless"
	FoundSelectsOthers = "service-selects-others"
)

// Governing finds what keeps a Service from making the names of a set's pods: only of a
// headless one does DNS have a name for each pod that it selects.
func Governing(set *appsv1.StatefulSet, service corev1.Service) []rollout.Finding {
	f := rollout.Finding{Severity: rollout.FindingWarning, Object: "statefulset.apps/" + set.Name}
	name := fmt.Sprintf("the governing Service %q", service.Name)
	var findings []rollout.Finding
	if service.Spec.ClusterIP != corev1.ClusterIPNone {
		f.ID = FoundNotHeadless
		f.Message = name + " is not headless (clusterIP: None), so that DNS has no names of the pods"
		findings = append(findings, f)
	}
	pods := labels.Set(set.Spec.Template.Labels)
	if !selects(service, pods) {
		f.ID = FoundSelectsOthers
		f.Message = fmt.Sprintf("%s selects %s, and the pods have %s, so that DNS has no names of them", name, inWords(service.Spec.Selector), inWords(pods))
		findings = append(findings, f)
	}
	return findings
}

func inWords(set labels.Set) string {
	if len(set) == 0 {
		return "nothing"
	}
	return set.String()
}

// Fitting are the names of the Services that would govern a set.
func Fitting(set *appsv1.StatefulSet, services []corev1.Service) []string {
	var names []string
	for _, s := range services {
		if len(Governing(set, s)) == 0 {
			names = append(names, s.Name)
		}
	}
	return names
}
