// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestDoubled(t *testing.T) {
	env := func(names ...string) (all []corev1.EnvVar) {
		for _, name := range names {
			all = append(all, corev1.EnvVar{Name: name})
		}
		return all
	}
	template := func(spec corev1.PodSpec) corev1.PodTemplateSpec { return corev1.PodTemplateSpec{Spec: spec} }
	for name, tt := range map[string]struct {
		spec corev1.PodSpec
		want []string
	}{
		"nothing": {spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Env: env("A", "B")}, {Name: "b", Env: env("A")}}}},
		"variables": {
			corev1.PodSpec{
				Containers:     []corev1.Container{{Name: "a", Env: env("A", "B", "A", "A")}},
				InitContainers: []corev1.Container{{Name: "i", Env: env("A", "A")}},
			},
			[]string{"containers[a].env[A]", "initContainers[i].env[A]"},
		},
		"ports": {
			corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Ports: []corev1.ContainerPort{
				{ContainerPort: 53, Protocol: corev1.ProtocolUDP}, {ContainerPort: 53}, {ContainerPort: 53, Protocol: corev1.ProtocolTCP},
			}}}},
			[]string{"containers[a].ports[53/TCP]"},
		},
		"pull secrets and aliases": {
			corev1.PodSpec{
				ImagePullSecrets: []corev1.LocalObjectReference{{Name: "r"}, {Name: "r"}},
				HostAliases:      []corev1.HostAlias{{IP: "10.0.0.1"}, {IP: "10.0.0.2"}, {IP: "10.0.0.1"}},
			},
			[]string{"hostAliases[10.0.0.1]", "imagePullSecrets[r]"},
		},
	} {
		if diff := cmp.Diff(tt.want, Doubled(template(tt.spec))); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
