// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// What the scheduler says of volumes (pkg/scheduler/framework/plugins/volumebinding:
// ErrReasonBindConflict, ErrReasonNodeConflict and the errors of hasBoundPVCs and
// podPVCs), the last as before 1.33 too.
const (
	unboundImmediate = "unbound immediate PersistentVolumeClaims"
	lostClaim        = "bound to non-existent persistentvolume"
	noneToBind       = "didn't find available persistent volumes to bind"
	volumeElsewhere  = "didn't match PersistentVolume's node affinity"
	volumeConflict   = "volume node affinity conflict"
)

// cordoned is what it says of a node that takes no more pods, before it looks at
// anything else of it (pkg/scheduler/framework/plugins/nodeunschedulable).
const cordoned = "were unschedulable"

// schedulingCause tells volumes from other reasons. The scheduler's message stays
// the cause's, and a node that is out for any other reason makes it that one: no
// volume would help there.
func schedulingCause(c corev1.PodCondition) Cause {
	cause := Cause{ID: Unschedulable, Message: c.Message}
	switch {
	case c.Reason == corev1.PodReasonSchedulingGated:
		cause.ID = SchedulingGate
	case strings.Contains(c.Message, lostClaim):
		cause.ID, cause.Hard = ClaimLost, true
	case strings.Contains(c.Message, unboundImmediate):
		cause.ID = ClaimPending
	default:
		cause.ID = volumeCause(nodeReasons(c.Message))
	}
	return cause
}

// AsksForNodes says that the nodes tell more of the cause: one is cordoned, or is not
// heard of.
func (c Cause) AsksForNodes() bool {
	switch c.ID {
	case NodeLost, NodeMaintenance:
		return true
	case Unschedulable, VolumeAffinity:
		return strings.Contains(c.Message, cordoned)
	default:
		return false
	}
}

// volumeCause is what the reasons of the nodes come to.
func volumeCause(reasons []string) CauseID {
	id := Unschedulable
	for _, reason := range reasons {
		switch {
		case strings.Contains(reason, volumeElsewhere), strings.Contains(reason, volumeConflict):
			id = VolumeAffinity
		case !strings.Contains(reason, noneToBind):
			return Unschedulable
		case id == Unschedulable:
			id = ClaimPending
		}
	}
	return id
}

// NoVolumeOnNodes are the scheduler's words of a pod for which it has found no volume on any
// node; "" where it has not looked for one, since the claim is bound before.
func (c Cause) NoVolumeOnNodes() string {
	if words := cmp.Or(c.Scheduler, c.Message); c.ID == ClaimPending && strings.Contains(words, noneToBind) {
		return words
	}
	return ""
}

// ofNodes is the part of a message that counts nodes, such as "1 node(s) were
// unschedulable, 2 node(s) didn't find available persistent volumes to bind"
// (pkg/scheduler/framework/types.go: FitError).
var ofNodes = regexp.MustCompile(`(?s)^\d+/\d+ nodes are available: (.*?)\.?(?:\s+(?:preemption: |no new claims to deallocate).*)?$`)

// oneReason is one of them: its count begins it, and a comma may be part of it.
var oneReason = regexp.MustCompile(`, (\d+ )`)

func nodeReasons(message string) []string {
	parts := ofNodes.FindStringSubmatch(message)
	if parts == nil {
		return nil
	}
	return strings.Split(oneReason.ReplaceAllString(parts[1], "\n$1"), "\n")
}
