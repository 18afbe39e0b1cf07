// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Ending is how a pod of an ordinal ended, kept because the controller removes a pod
// that is Failed or Succeeded at once, and with it what it had to say
// (pkg/controller/statefulset/stateful_set_control.go: processReplica).
type Ending struct {
	UID      types.UID
	Revision string
	At       time.Time
	Reason   string // Evicted, OOMKilled, Error, Deleted ...
	Message  string
	// Own: the pod was Failed or Succeeded before anybody had asked for it to go, and by
	// what it did itself; Asked: somebody had, when it was seen last.
	Own, Asked bool
	// Rejected: its node would not take it, so that no container was ever created.
	Rejected bool
	Lived    time.Duration // of one that ended of its own accord: from its creation on
	// Row is how many pods of the ordinal ended of their own accord one after the other,
	// each on this revision and soon after its creation; Since is when the first did.
	Row   int32
	Since time.Time
}

// evicted is the reason of a pod that its node, short of something, has ended
// (pkg/kubelet/eviction/helpers.go).
const evicted = "Evicted"

// Ended is how a pod that is no more ended. What the containers of a deleted pod leave
// with is no news: many programs do not leave with 0 when they are told to.
func Ended(pod *corev1.Pod, now time.Time) Ending {
	e := Ending{
		UID: pod.UID, Revision: revisionOf(pod), At: now, Asked: pod.DeletionTimestamp != nil,
		Reason: pod.Status.Reason, Message: pod.Status.Message,
	}
	if target := disruption(pod); e.Reason == "" {
		e.Reason, e.Message = target.Reason, target.Message
	}
	for _, status := range pod.Status.ContainerStatuses {
		if t := status.State.Terminated; e.Reason == "" && !e.Asked && t != nil && t.ExitCode != 0 && ran(t) {
			e.Reason, e.Message = t.Reason, fmt.Sprintf("container %q ended with exit code %d", status.Name, t.ExitCode)
		}
	}
	if e.Own = isOver(pod) && !e.Asked && !cutShort(pod); e.Own {
		e.Reason, e.Lived = cmp.Or(e.Reason, string(pod.Status.Phase)), now.Sub(pod.CreationTimestamp.Time)
		e.Rejected = pod.Status.Phase == corev1.PodFailed && len(pod.Status.ContainerStatuses) == 0
	}
	return e
}

// ran says that a container was ever started. One that was not gets an end with exit
// code 137 when its pod goes (pkg/kubelet/status/status_manager.go: TerminatePod).
func ran(t *corev1.ContainerStateTerminated) bool {
	return t.Reason != "ContainerStatusUnknown" || t.StartedAt.Unix() > 0
}

// cutShort says that somebody else has ended a pod, with no deletion before it: its node
// that shuts down, or makes room for a critical pod (pkg/kubelet/nodeshutdown/
// nodeshutdown_manager.go, pkg/kubelet/preemption/preemption.go), the collector of pods
// whose node is no more (pkg/controller/podgc/gc_controller.go), a preemption, a taint, a
// drain. That says nothing of its template. A pod that its node evicts, short of what the
// pod may be using up, has the same condition where the node chose among several
// (pkg/kubelet/eviction/eviction_manager.go), and is told apart by its reason.
func cutShort(pod *corev1.Pod) bool {
	reason := pod.Status.Reason
	return reason != evicted && (reason == nodeShutdown || disruption(pod).Reason != "")
}

// nodeShutdown is the reason of a pod that a node would not take while it shuts down: a
// rejected pod gets no condition (pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go:
// Admit, pkg/kubelet/kubelet.go: rejectPod).
const nodeShutdown = "NodeShutdown"

// disruption is why somebody else than the controller has a pod go: an eviction, a
// preemption, a taint, a shutdown (k8s.io/api/core/v1: DisruptionTarget). Zero where
// nobody has.
func disruption(pod *corev1.Pod) corev1.PodCondition {
	if c := condition(pod, corev1.DisruptionTarget); c.Status == corev1.ConditionTrue {
		return c
	}
	return corev1.PodCondition{}
}

// disrupted is the cause of such a pod that goes.
func disrupted(pod *corev1.Pod) Cause {
	target := disruption(pod)
	if target.Reason == "" {
		return Cause{}
	}
	return Cause{ID: Evicted, Message: words(target.Reason, target.Message)}
}

// isOver says that all containers of a pod have ended for good.
func isOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}

// Follow is a later look at how a pod ended. One that was over before it was deleted
// ended of its own accord, and what was so before stays so when it goes.
func (e Ending) Follow(earlier Ending) Ending {
	if e.UID != earlier.UID {
		return e
	}
	if earlier.Own {
		e.Own, e.Lived, e.Rejected = true, earlier.Lived, earlier.Rejected
	}
	if e.Asked && e.Reason == "" {
		e.Reason, e.Message = earlier.Reason, earlier.Message
	}
	return e
}

// endsSoon: a pod that lived for longer says nothing of its template, as a kubelet
// forgets a crash after so long.
const endsSoon = backOffResets

// After is the ending with the row that it makes with the one before it.
func (e Ending) After(before Ending) Ending {
	if !e.Own || e.Lived >= endsSoon {
		return e
	}
	e.Row, e.Since = 1, e.At
	if before.Row > 0 && before.Revision == e.Revision {
		e.Row, e.Since = before.Row+1, before.Since
	}
	return e
}

// mostEndings in a row that may be chance: a node that was short of something, once.
const mostEndings = 1

// ends says that a row is a failure at a time. A node that would not take a pod may
// take the next one, so that this gets patience.
func (e Ending) ends(now time.Time, policy FailurePolicy) bool {
	return e.Row > mostEndings && (!e.Rejected || !now.Before(e.Since.Add(policy.Patience)))
}

// Told is the ending in words.
func (e Ending) Told() string {
	if e.Message == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Message
}

func (e Ending) cause() Cause {
	c := Cause{ID: PodFailed, Hard: true}
	if e.Reason == evicted {
		c.ID = Evicted
	}
	c.Message = fmt.Sprintf("%d pods in a row ended of their own accord, the last after %s: %s", e.Row, e.Lived.Round(time.Second), e.Told())
	return c
}

// tellEndings gives in-range ordinals how their last pods ended of their own accord,
// and fails those whose pods do so again and again.
func (s *State) tellEndings(endings map[int32]Ending) {
	for ordinal, e := range endings {
		index := int64(ordinal) - int64(s.Set.Start)
		if !e.Own || index < 0 || index >= int64(len(s.Pods)) {
			continue
		}
		pod := &s.Pods[index]
		if pod.UID != e.UID {
			pod.Before = &e
		}
		if e.ends(s.At, s.FailurePolicy) && s.endsLikewise(*pod, int32(index), e) {
			pod.EndsAgain, pod.Cause, pod.Since = true, e.cause(), e.Since
			if pod.Phase == Pending || pod.Phase == Starting {
				pod.Phase = Failing
			}
		}
	}
}

// endsLikewise says that what the last pods of an ordinal did tells of the present one,
// or of the one that is made next: it is of their revision, and has not outlived them. What
// holds it that has failed already is a better cause.
func (s State) endsLikewise(pod Pod, index int32, e Ending) bool {
	switch {
	case pod.Phase == Failing, pod.Phase == Terminating:
		return false
	case pod.UID == "":
		digest := s.Revisions.digest(e.Revision)
		return pod.Cause.ID == "" && digest != "" && s.sameDigest(s.carries(pod, index), digest)
	default:
		return pod.Revision == e.Revision && s.At.Sub(pod.Created) < endsSoon
	}
}
