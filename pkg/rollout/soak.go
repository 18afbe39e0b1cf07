// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const (
	// defaultSoak shows a container that starts and crashes at once: without a
	// readiness probe it is Ready for the seconds in between
	// (pkg/api/v1/pod/util.go: IsPodAvailable asks for no more).
	defaultSoak = 10 * time.Second
	// steadyMinReady: a set that waits this long itself needs no soak of ours.
	steadyMinReady = 10
)

// soaked is what a plan says of a soak, after what is Available.
func soaked(soak time.Duration) string {
	if soak == 0 {
		return ""
	}
	return fmt.Sprintf(" and has been Ready, without a restart, for %s", soak)
}

// DefaultSoak is how long each ordinal must be Ready before the next goes, where
// the user does not say: none where Ready means something, else ten seconds.
// The second result says why, where there is one.
func DefaultSoak(template []byte, minReadySeconds int32) (time.Duration, string, error) {
	var t corev1.PodTemplateSpec
	if err := json.Unmarshal(template, &t); err != nil {
		return 0, "", fmt.Errorf("pod template: %w", err)
	}
	soak, unprobed := soakOf(t.Spec, minReadySeconds)
	if soak == 0 {
		return 0, "", nil
	}
	return soak, fmt.Sprintf("container %q has no readiness probe, so each ordinal is watched for %s (--soak)", unprobed, soak), nil
}

// soakOf is the soak that a template needs, and the container that it is for.
func soakOf(template corev1.PodSpec, minReadySeconds int32) (soak time.Duration, unprobed string) {
	if minReadySeconds >= steadyMinReady {
		return 0, ""
	}
	for _, container := range template.Containers {
		if container.ReadinessProbe == nil {
			return defaultSoak, container.Name
		}
	}
	return 0, ""
}
