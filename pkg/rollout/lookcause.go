// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
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
}

// causeOf finds the one cause that holds a pod, in the order in which a pod
// comes up, and since when as far as the pod itself tells.
func causeOf(pod *corev1.Pod) (Cause, time.Time) {
	finders := []func(*corev1.Pod) (Cause, time.Time){
		lostNode, ended, unscheduled, brokenContainer, comingContainer, terminatedContainer, notReady,
	}
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
	if !isOver(pod) {
		return Cause{}, time.Time{}
	}
	e := Ended(pod, pod.CreationTimestamp.Time)
	c := Cause{ID: PodFailed, Message: e.Told()}
	switch {
	case e.Reason == evicted:
		c.ID, c.Message = Evicted, e.Message
	case cutShort(pod):
		c.ID = Evicted
	}
	return c, pod.CreationTimestamp.Time
}

func unscheduled(pod *corev1.Pod) (Cause, time.Time) {
	scheduled := condition(pod, corev1.PodScheduled)
	switch {
	case scheduled.Status == corev1.ConditionFalse:
		return schedulingCause(scheduled), scheduled.LastTransitionTime.Time
	case pod.Spec.NodeName == "" && scheduled.Status == "":
		message := fmt.Sprintf("no scheduler has looked at it yet (schedulerName %q)", pod.Spec.SchedulerName)
		return Cause{ID: Undetermined, Message: message, Try: describePod}, pod.CreationTimestamp.Time
	default:
		return Cause{}, time.Time{}
	}
}

// describePod is for what has no remedy of its own.
const describePod = "kubectl -n {ns} describe pod {pod}"

func notReady(pod *corev1.Pod) (Cause, time.Time) {
	ready := condition(pod, corev1.PodReady)
	if ready.Status != corev1.ConditionFalse || pod.Status.Phase != corev1.PodRunning {
		return Cause{}, time.Time{}
	}
	since := ready.LastTransitionTime.Time
	if ready.Reason == "ReadinessGatesNotReady" {
		return Cause{ID: ReadinessGate, Message: ready.Message}, since
	}
	for _, c := range containersOf(pod) {
		if c.kind == initKind || c.State.Running == nil || c.Ready {
			continue
		}
		if c.starts() {
			return c.cause(StartupProbe, "runs, and its startup probe has not succeeded"), since
		}
		return c.cause(ReadinessProbe, "runs and is not ready"), since
	}
	return Cause{ID: Undetermined, Message: words(ready.Reason, ready.Message), Try: describePod}, since
}

func words(reason, message string) string {
	if message == "" {
		return reason
	}
	return reason + ": " + message
}
