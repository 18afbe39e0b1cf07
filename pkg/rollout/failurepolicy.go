// SPDX-License-Identifier: Apache-2.0

package rollout

import "time"

// DefaultMaxRestarts is how many restarts of a container in a crash loop are a failure.
const DefaultMaxRestarts = 2

// FailurePolicy says from when on a cause has failed an ordinal. By the zero value
// only what is Hard fails, and what is given patience at once.
type FailurePolicy struct {
	// Patience is for what may still heal.
	Patience time.Duration
	// MaxRestarts of one container in a crash loop; 0 for any number.
	MaxRestarts int32
}

// unschedulableAtLeast: a cluster autoscaler needs about this long to answer.
const unschedulableAtLeast = time.Minute

// limit returns how long a cause may last; false where only the progress timeout
// ends it.
func (p FailurePolicy) limit(c Cause) (time.Duration, bool) {
	if c.Hard {
		return 0, true
	}
	switch c.ID {
	case ImagePull, ConfigError, ContainerError, VolumeMount, Sandbox, ContainerTerminated:
		return p.Patience, true
	case CrashLoop:
		if p.MaxRestarts > 0 && c.Restarts >= p.MaxRestarts {
			return 0, true
		}
		return p.Patience, c.Limited
	case Unschedulable, VolumeAffinity:
		return max(p.Patience, unschedulableAtLeast), !c.ScalesUp
	case ClaimPending:
		return p.Patience, c.Unserved
	default:
		return 0, false
	}
}

// FailsAt is when a pod held by its cause has failed; zero where it never does
// by this alone.
func (p FailurePolicy) FailsAt(pod Pod) time.Time {
	limit, limited := p.limit(pod.Cause)
	if !limited {
		return time.Time{}
	}
	return pod.Since.Add(limit)
}
