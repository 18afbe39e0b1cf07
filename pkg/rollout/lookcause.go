// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// waitingReasons are the words that a kubelet puts into a waiting container
// (pkg/kubelet/images/types.go, pkg/kubelet/container/sync_result.go,
// pkg/kubelet/kuberuntime/kuberuntime_container.go). Hard ones never heal.
var waitingReasons = map[string]Cause{
	"ErrImagePull":               {ID: ImagePull},
	"ImagePullBackOff":           {ID: ImagePull},
	"RegistryUnavailable":        {ID: ImagePull},
	"ImageInspectError":          {ID: ImagePull},
	"SignatureValidationFailed":  {ID: ImagePull},
	"ImageVolumeMountFailed":     {ID: ImagePull},
	"InvalidImageName":           {ID: ImagePull, Hard: true},
	"ErrImageNeverPull":          {ID: ImagePull, Hard: true},
	"CreateContainerConfigError": {ID: ConfigError},
	"CreateContainerError":       {ID: ContainerError},
	"RunContainerError":          {ID: ContainerError},
	"PreCreateHookError":         {ID: ContainerError},
	"PreStartHookError":          {ID: ContainerError},
	"PostStartHookError":         {ID: ContainerError},
	"RROUnsupported":             {ID: ContainerError},
	"CrashLoopBackOff":           {ID: CrashLoop},
}

// underWay are waiting reasons that are no cause: the pod is coming.
var underWay = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true, "RestartingAllContainers": true}

// crashesEnough: so many restarts of one container make a crash loop.
const crashesEnough = 2

// causeOf finds the one cause that holds a pod, in the order in which a pod
// comes up, and since when as far as the pod itself tells.
func causeOf(pod *corev1.Pod) (Cause, time.Time) {
	finders := []func(*corev1.Pod) (Cause, time.Time){lostNode, ended, unscheduled, waitingContainer, notReady}
	for _, find := range finders {
		if cause, since := find(pod); cause.ID != "" {
			return cause, since
		}
	}
	return Cause{}, pod.CreationTimestamp.Time
}

// lostNode: the node lifecycle controller turns the pods of a node that it does
// not hear of to not ready, and leaves their containers as they last were
// (pkg/controller/util/node/controller_utils.go: MarkPodsNotReady).
func lostNode(pod *corev1.Pod) (Cause, time.Time) {
	ready, containers := condition(pod, corev1.PodReady), condition(pod, corev1.ContainersReady)
	gated := ready.Reason == "ReadinessGatesNotReady"
	if ready.Status != corev1.ConditionFalse || containers.Status != corev1.ConditionTrue || gated {
		return Cause{}, time.Time{}
	}
	return Cause{
		ID:      NodeLost,
		Message: fmt.Sprintf("its containers were last seen ready, but node %q is not heard of", pod.Spec.NodeName),
	}, ready.LastTransitionTime.Time
}

func ended(pod *corev1.Pod) (Cause, time.Time) {
	if pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded {
		return Cause{}, time.Time{}
	}
	message := strings.TrimSpace(pod.Status.Reason + " " + pod.Status.Message)
	return Cause{ID: PodFailed, Message: message}, pod.CreationTimestamp.Time
}

func unscheduled(pod *corev1.Pod) (Cause, time.Time) {
	scheduled := condition(pod, corev1.PodScheduled)
	if scheduled.Status != corev1.ConditionFalse {
		return Cause{}, time.Time{}
	}
	return Cause{ID: schedulingCause(scheduled), Message: scheduled.Message}, scheduled.LastTransitionTime.Time
}

// schedulingCause tells volumes from other reasons by the scheduler's own texts
// (pkg/scheduler/framework/plugins/volumebinding).
func schedulingCause(c corev1.PodCondition) CauseID {
	switch {
	case c.Reason == corev1.PodReasonSchedulingGated:
		return SchedulingGate
	case strings.Contains(c.Message, "unbound immediate PersistentVolumeClaims"),
		strings.Contains(c.Message, "available persistent volumes to bind"):
		return ClaimPending
	case strings.Contains(c.Message, "PersistentVolume's node affinity"),
		strings.Contains(c.Message, "volume node affinity conflict"):
		return VolumeAffinity
	default:
		return Unschedulable
	}
}

// waitingContainer finds the first container that cannot start or crashes.
func waitingContainer(pod *corev1.Pod) (Cause, time.Time) {
	since := condition(pod, corev1.ContainersReady).LastTransitionTime.Time
	if since.IsZero() {
		since = pod.CreationTimestamp.Time
	}
	statuses := append(append([]corev1.ContainerStatus(nil), pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...)
	for _, status := range statuses {
		if cause := containerCause(status); cause.ID != "" {
			return cause, since
		}
	}
	return Cause{}, time.Time{}
}

func containerCause(status corev1.ContainerStatus) Cause {
	waiting, gone := status.State.Waiting, status.State.Terminated
	switch {
	case gone != nil && gone.ExitCode != 0 && status.RestartCount > 0:
		return crash(status, gone)
	case waiting == nil || underWay[waiting.Reason]:
		return Cause{}
	case waiting.Reason == "CrashLoopBackOff":
		return crash(status, status.LastTerminationState.Terminated)
	}
	cause, known := waitingReasons[waiting.Reason]
	if !known {
		cause = Cause{ID: Undetermined}
	}
	cause.Message = fmt.Sprintf("container %q: %s", status.Name, words(waiting.Reason, waiting.Message))
	return cause
}

// crash is a loop from the second restart on.
func crash(status corev1.ContainerStatus, last *corev1.ContainerStateTerminated) Cause {
	cause := Cause{ID: CrashLoop, Hard: status.RestartCount >= crashesEnough}
	cause.Message = fmt.Sprintf("container %q crashed", status.Name)
	if status.RestartCount > 0 {
		cause.Message = fmt.Sprintf("container %q restarted %d times", status.Name, status.RestartCount)
	}
	if last != nil {
		cause.Message += fmt.Sprintf(", last with exit code %d (%s)", last.ExitCode, last.Reason)
		cause.Log = last.Message
	}
	return cause
}

func notReady(pod *corev1.Pod) (Cause, time.Time) {
	ready := condition(pod, corev1.PodReady)
	if ready.Status != corev1.ConditionFalse || pod.Status.Phase != corev1.PodRunning {
		return Cause{}, time.Time{}
	}
	if ready.Reason == "ReadinessGatesNotReady" {
		return Cause{ID: ReadinessGate, Message: ready.Message}, ready.LastTransitionTime.Time
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Running != nil && !status.Ready {
			return Cause{ID: ReadinessProbe, Message: fmt.Sprintf("container %q runs and is not ready", status.Name)}, ready.LastTransitionTime.Time
		}
	}
	return Cause{}, time.Time{}
}

func words(reason, message string) string {
	if message == "" {
		return reason
	}
	return reason + ": " + message
}
