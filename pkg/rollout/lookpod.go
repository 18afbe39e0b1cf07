// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"regexp"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ordinalName is how the controller reads an ordinal out of a pod's name
// (pkg/controller/statefulset/stateful_set_utils.go: getParentNameAndOrdinal).
var ordinalName = regexp.MustCompile(`^(.*)-([0-9]+)$`)

// OrdinalOf reads a pod's ordinal from its name. It is false for a name that the
// set would not give, "web-01" among them: the controller takes that for web-1.
func (s Set) OrdinalOf(podName string) (int32, bool) {
	parts := ordinalName.FindStringSubmatch(podName)
	if parts == nil || parts[1] != s.Name {
		return 0, false
	}
	ordinal, err := strconv.ParseInt(parts[2], 10, 32)
	if err != nil || strconv.FormatInt(ordinal, 10) != parts[2] {
		return 0, false
	}
	return int32(ordinal), true
}

// LookPod is what this package sees of a pod, apart from what the clock makes of
// it: Available and Failing are decided when a State is assembled.
func LookPod(pod *corev1.Pod, ordinal int32) Pod {
	p := Pod{
		Ordinal: ordinal, Name: pod.Name, UID: pod.UID, Version: pod.ResourceVersion,
		Revision:   revisionOf(pod),
		Created:    pod.CreationTimestamp.Time,
		Finalizers: pod.Finalizers, Node: pod.Spec.NodeName,
		Claims: claims(pod), ReadOnly: readOnly(pod), Ephemeral: ephemeral(pod), Restarts: restarts(pod), Resizes: resizesOf(pod),
		StartedAt: newestStart(pod), LastRun: lastRun(pod), UnreadySince: unreadySince(pod),
		SetUp: condition(pod, corev1.PodReadyToStartContainers).Status == corev1.ConditionTrue,
	}
	p.ProbeUntil, p.ProbeFor = probeBudget(pod)
	p.Cause, p.Since = causeOf(pod)
	p.Since = newest(p.Since, p.Created) // whatever the clock of its node says
	p.Phase = phaseOf(pod)
	switch p.Phase {
	case Terminating:
		// The deletion timestamp already holds the grace period.
		p.GraceEnds, p.Since = pod.DeletionTimestamp.Time, pod.DeletionTimestamp.Time
		if p.Cause.ID != NodeLost {
			p.Cause = disrupted(pod)
		}
	case Ready:
		p.ReadyAt = condition(pod, corev1.PodReady).LastTransitionTime.Time
		p.Cause, p.Since = Cause{}, p.ReadyAt
	}
	return p
}

// Follow is a later look at a pod, beside the earlier one under its name, of another
// pod or of none. What differs has changed now, whatever the pod tells of it: its
// status has the time of few changes, and by the clock of its node. It is not before
// now where that is behind; where it says that it is later, it is given the time.
func (p Pod) Follow(earlier Pod, now time.Time) Pod {
	if p.UID != earlier.UID {
		earlier = Pod{}
	}
	switch p.Phase {
	case Terminating:
		// A kubelet that is done with it writes the deletion again, without grace
		// (pkg/kubelet/status/status_manager.go: syncPod).
		p.GraceEnds = newest(p.GraceEnds, earlier.GraceEnds)
	case Ready:
		if p.SteadySeen = earlier.SteadySeen; earlier.Phase != Ready || !p.ReadyAt.Equal(earlier.ReadyAt) || !p.StartedAt.Equal(earlier.StartedAt) {
			p.SteadySeen = now
		}
	default:
		p = p.followOnItsWay(earlier, now)
	}
	return p
}

func (p Pod) followOnItsWay(earlier Pod, now time.Time) Pod {
	switch {
	case earlier.UID != "" && p.Cause.ID == earlier.Cause.ID && p.Cause.Container == earlier.Cause.Container:
		p.Since = earlier.Since
	case p.Cause.ID != "":
		p.Since = newest(p.Since, now)
	}
	if p.UnreadySince = newest(p.UnreadySince, now); p.Phase == earlier.Phase {
		p.UnreadySince = earlier.UnreadySince
	}
	return p
}

// phaseOf follows the controller's own predicates
// (pkg/controller/statefulset/stateful_set_utils.go: isRunningAndReady).
func phaseOf(pod *corev1.Pod) Phase {
	switch {
	case pod.DeletionTimestamp != nil:
		return Terminating
	case pod.Status.Phase == corev1.PodRunning && condition(pod, corev1.PodReady).Status == corev1.ConditionTrue:
		return Ready
	case pod.Spec.NodeName == "":
		return Pending
	default:
		return Starting
	}
}

// revisionOf a pod is the name of its ControllerRevision.
func revisionOf(pod *corev1.Pod) string { return pod.Labels[appsv1.ControllerRevisionHashLabelKey] }

// condition of a type; the zero value where the pod has none.
func condition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}

// ephemeral are the claims of generic ephemeral volumes
// (k8s.io/component-helpers/storage/ephemeral: VolumeClaimName).
func ephemeral(pod *corev1.Pod) []string {
	var names []string
	for _, v := range pod.Spec.Volumes {
		if v.Ephemeral != nil {
			names = append(names, pod.Name+"-"+v.Name)
		}
	}
	return names
}

func restarts(pod *corev1.Pod) int32 {
	var n int32
	for _, c := range lasting(pod) {
		n += c.RestartCount
	}
	return n
}

func newestStart(pod *corev1.Pod) time.Time {
	var newest time.Time
	for _, c := range lasting(pod) {
		if r := c.State.Running; r != nil && r.StartedAt.After(newest) {
			newest = r.StartedAt.Time
		}
	}
	return newest
}

// unreadySince is since when a pod has been on its way, as far as it tells: it is on a
// node since then, or not Ready any more. Zero of one that is over and does not tell since
// when: it may have been Ready until then.
func unreadySince(pod *corev1.Pod) time.Time {
	since := pod.CreationTimestamp.Time
	if c := condition(pod, corev1.PodScheduled); c.Status == corev1.ConditionTrue {
		since = newest(since, c.LastTransitionTime.Time)
	}
	if isOver(pod) {
		since = overSince(pod)
	}
	if c := condition(pod, corev1.PodReady); c.Status == corev1.ConditionFalse {
		since = newest(since, c.LastTransitionTime.Time)
	}
	return since
}

// overSince is when the last container ended, or somebody had the pod go; zero where
// nothing tells, as of a pod that its node has rejected.
func overSince(pod *corev1.Pod) time.Time {
	since := disruption(pod).LastTransitionTime.Time
	for _, c := range containersOf(pod) {
		if t := c.State.Terminated; t != nil {
			since = newest(since, t.FinishedAt.Time)
		}
	}
	return since
}

// probeBudget is until when startup probes may go on failing, and for how long in
// all; zero where none does.
func probeBudget(pod *corev1.Pod) (last time.Time, longest time.Duration) {
	for _, c := range lasting(pod) {
		if c.State.Running == nil || !c.starts() {
			continue
		}
		length := budget(c.spec.StartupProbe)
		last, longest = newest(last, c.State.Running.StartedAt.Add(length)), max(longest, length)
	}
	return last, longest
}

func budget(p *corev1.Probe) time.Duration {
	seconds := p.InitialDelaySeconds + p.FailureThreshold*(p.PeriodSeconds+p.TimeoutSeconds)
	return time.Duration(seconds) * time.Second
}

// Owns says whether the set is the controller of obj.
func (s Set) Owns(obj metav1.Object) bool {
	owner := metav1.GetControllerOf(obj)
	return owner != nil && owner.UID == s.UID
}
