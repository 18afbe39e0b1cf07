// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Modes is a set of access modes in the binder's order, each once
// (pkg/apis/core/v1/helper/helpers.go: GetAccessModesAsString). Equal sets are
// equal slices.
type Modes []corev1.PersistentVolumeAccessMode

var shortModes = map[corev1.PersistentVolumeAccessMode]string{
	corev1.ReadWriteOnce: "RWO", corev1.ReadOnlyMany: "ROX", corev1.ReadWriteMany: "RWX", corev1.ReadWriteOncePod: "RWOP",
}

// ModesOf puts modes into their order.
func ModesOf(modes []corev1.PersistentVolumeAccessMode) Modes {
	var set Modes
	for _, mode := range []corev1.PersistentVolumeAccessMode{
		corev1.ReadWriteOnce, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOncePod,
	} {
		if slices.Contains(modes, mode) {
			set = append(set, mode)
		}
	}
	return set
}

// Contains says whether all of others are among m.
func (m Modes) Contains(others Modes) bool {
	return !slices.ContainsFunc(others, func(mode corev1.PersistentVolumeAccessMode) bool { return !slices.Contains(m, mode) })
}

// String is as kubectl writes them: "RWO,RWX".
func (m Modes) String() string {
	words := make([]string, len(m))
	for i, mode := range m {
		words[i] = shortModes[mode]
	}
	return strings.Join(words, ",")
}
