// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Doubled are the entries of a template that have the key of another one, such as
// "containers[app].env[MODE]". The server stores them: in these lists no validation
// asks that keys are there once (pkg/apis/core/validation/validation.go). A server-side
// apply cannot tell them apart, and is refused.
func Doubled(template corev1.PodTemplateSpec) []string {
	spec := template.Spec
	var found []string
	for kind, containers := range map[string][]corev1.Container{"containers": spec.Containers, "initContainers": spec.InitContainers} {
		for _, c := range containers {
			in := fmt.Sprintf("%s[%s].", kind, c.Name)
			found = append(found, twice(in+"env", c.Env, func(e corev1.EnvVar) string { return e.Name })...)
			found = append(found, twice(in+"ports", c.Ports, portAndProtocol)...)
		}
	}
	found = append(found, twice("imagePullSecrets", spec.ImagePullSecrets, func(r corev1.LocalObjectReference) string { return r.Name })...)
	found = append(found, twice("hostAliases", spec.HostAliases, func(a corev1.HostAlias) string { return a.IP })...)
	slices.Sort(found)
	return found
}

func portAndProtocol(p corev1.ContainerPort) string {
	return fmt.Sprintf("%d/%s", p.ContainerPort, cmp.Or(p.Protocol, corev1.ProtocolTCP))
}

// twice names each key of a list that an earlier entry has, once.
func twice[T any](list string, entries []T, key func(T) string) []string {
	counts := map[string]int{}
	var names []string
	for _, entry := range entries {
		counts[key(entry)]++
		if counts[key(entry)] == 2 {
			names = append(names, fmt.Sprintf("%s[%s]", list, key(entry)))
		}
	}
	return names
}
