// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// failedCreate is the message of the controller's FailedCreate event; the verb's
// case changed with 1.35 (pkg/controller/statefulset/stateful_pod_control.go:
// recordPodEvent, recordClaimEvent).
var failedCreate = regexp.MustCompile(`(?is)^create (?:claim \S+ for )?pod (\S+) in statefulset \S+ failed error: (.*)$`)

// seenTwice: a denial that came again did not heal by itself.
const seenTwice = 2

// LookDenial reads an event on the set; false where it tells of no denied pod.
func LookDenial(event *corev1.Event) (Denial, bool) {
	if event.Reason != "FailedCreate" {
		return Denial{}, false
	}
	parts := failedCreate.FindStringSubmatch(event.Message)
	if parts == nil {
		return Denial{}, false
	}
	count, at := event.Count, event.LastTimestamp.Time
	if event.Series != nil {
		count, at = event.Series.Count, event.Series.LastObservedTime.Time
	}
	cause := Cause{ID: denialCause(parts[2]), Message: parts[2]}
	cause.Hard = count >= seenTwice && cause.ID != Undetermined
	return Denial{PodName: parts[1], Cause: cause, At: at.Truncate(time.Second)}, true
}

// denialCause: only what the server says again and again is a cause by name.
func denialCause(message string) CauseID {
	switch {
	case strings.Contains(message, "exceeded quota"), strings.Contains(message, "failed quota"):
		return Quota
	case strings.Contains(message, "denied the request"),
		strings.Contains(message, "ValidatingAdmissionPolicy"), strings.Contains(message, "denied request"),
		strings.Contains(message, "violates PodSecurity"), strings.Contains(message, "is forbidden"):
		return Denied
	case strings.Contains(message, " is invalid: "):
		return InvalidPod
	default:
		return Undetermined
	}
}
