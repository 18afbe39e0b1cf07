// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// CutOff says why pods of a template get no more traffic by a Service once it is changed;
// "" where nothing shows that they do not. An apply writes a Service before it replaces the
// first ordinal.
func CutOff(template corev1.PodTemplateSpec, live, after corev1.Service) string {
	pods := labels.Set(template.Labels)
	switch {
	case !selects(live, pods):
		return ""
	case !selects(after, pods):
		return fmt.Sprintf("its selector becomes %s, and the pods that are there have %s", inWords(after.Spec.Selector), inWords(pods))
	case after.Spec.ClusterIP == corev1.ClusterIPNone: // whoever asks DNS for a pod chooses the port
		return ""
	}
	for _, port := range after.Spec.Ports {
		before, target := targetOf(template, live, port), target(template, port)
		if before != 0 && before != target && !declares(template, port.Protocol, target) {
			return fmt.Sprintf("its port %d leads to %s, and the pods that are there serve it at %d", port.Port, targetText(port), before)
		}
	}
	return ""
}

func selects(service corev1.Service, pods labels.Set) bool {
	selector := labels.Set(service.Spec.Selector)
	return len(selector) > 0 && selector.AsSelector().Matches(pods)
}

// targetOf is where a Service leads a port now; 0 where it has none like it.
func targetOf(template corev1.PodTemplateSpec, service corev1.Service, port corev1.ServicePort) int32 {
	for _, other := range service.Spec.Ports {
		if other.Port == port.Port && other.Protocol == port.Protocol {
			return target(template, other)
		}
	}
	return 0
}

// target is the port of a pod that a port of a Service leads to; 0 for a name that no
// container has.
func target(template corev1.PodTemplateSpec, port corev1.ServicePort) int32 {
	switch {
	case port.TargetPort.Type == intstr.Int && port.TargetPort.IntVal == 0:
		return port.Port
	case port.TargetPort.Type == intstr.Int:
		return port.TargetPort.IntVal
	}
	for _, p := range ports(template) {
		if p.Name == port.TargetPort.StrVal && protocol(p.Protocol) == protocol(port.Protocol) {
			return p.ContainerPort
		}
	}
	return 0
}

// declares says that a container says that it serves a port. It need not say so.
func declares(template corev1.PodTemplateSpec, of corev1.Protocol, number int32) bool {
	for _, p := range ports(template) {
		if p.ContainerPort == number && protocol(p.Protocol) == protocol(of) {
			return true
		}
	}
	return false
}

func ports(template corev1.PodTemplateSpec) []corev1.ContainerPort {
	var all []corev1.ContainerPort
	for _, c := range template.Spec.InitContainers {
		all = append(all, c.Ports...)
	}
	for _, c := range template.Spec.Containers {
		all = append(all, c.Ports...)
	}
	return all
}

func protocol(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}

func targetText(port corev1.ServicePort) string {
	if port.TargetPort.Type == intstr.String {
		return fmt.Sprintf("a port named %q", port.TargetPort.StrVal)
	}
	return fmt.Sprint(target(corev1.PodTemplateSpec{}, port))
}
