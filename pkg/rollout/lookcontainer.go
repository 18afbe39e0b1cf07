// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// containerKind is what a container of a pod is for.
type containerKind string

// The kinds. A sidecar is a restartable init container.
const (
	initKind    containerKind = "init container"
	sidecarKind containerKind = "sidecar container"
	regularKind containerKind = "container"
)

// container is what a pod asks for and what its kubelet says of it.
type container struct {
	corev1.ContainerStatus
	spec corev1.Container
	kind containerKind
}

// String is such as `init container "wait-for-db"`.
func (c container) String() string { return fmt.Sprintf("%s %q", c.kind, c.Name) }

// cause is one of the container.
func (c container) cause(id CauseID, what string) Cause {
	return Cause{ID: id, Message: c.String() + " " + what, Container: c.Name}
}

// starts says that the startup probe has not succeeded yet. Without one the kubelet
// takes a container for started as soon as it runs
// (pkg/kubelet/prober/prober_manager.go: UpdatePodStatus).
func (c container) starts() bool {
	return c.spec.StartupProbe != nil && (c.Started == nil || !*c.Started)
}

// containersOf are the containers that the kubelet tells of, in the order in which
// they start.
func containersOf(pod *corev1.Pod) []container {
	var all []container
	for _, status := range pod.Status.InitContainerStatuses {
		c := container{ContainerStatus: status, spec: containerOf(pod.Spec.InitContainers, status.Name), kind: initKind}
		if p := c.spec.RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			c.kind = sidecarKind
		}
		all = append(all, c)
	}
	for _, status := range pod.Status.ContainerStatuses {
		all = append(all, container{ContainerStatus: status, spec: containerOf(pod.Spec.Containers, status.Name), kind: regularKind})
	}
	return all
}

func containerOf(containers []corev1.Container, name string) corev1.Container {
	i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == name })
	if i < 0 {
		return corev1.Container{Name: name}
	}
	return containers[i]
}

// inTurn are the containers up to the first that keeps the next from its start: of
// what comes after it the kubelet says that it waits, or how it was before
// (pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions, 1.37.2).
func inTurn(pod *corev1.Pod) []container {
	all := containersOf(pod)
	if i := slices.IndexFunc(all, func(c container) bool { return c.precedes(pod) }); i >= 0 {
		return all[:i+1]
	}
	return all
}

// precedes says that the next container does not start yet: an init container has not
// ended well, or a sidecar ended before the pod was initialised.
func (c container) precedes(pod *corev1.Pod) bool {
	switch c.kind {
	case initKind:
		return !c.endedWell()
	case sidecarKind:
		return c.State.Terminated != nil && pod.Status.Phase == corev1.PodPending
	default:
		return false
	}
}

func (c container) endedWell() bool {
	t := c.State.Terminated
	return t != nil && t.ExitCode == 0
}

// lasting are the containers that are to run for as long as the pod does.
func lasting(pod *corev1.Pod) []container {
	return slices.DeleteFunc(containersOf(pod), func(c container) bool { return c.kind == initKind })
}

// underWay are waiting reasons that are no fault: the container is coming.
var underWay = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true, restartingAll: true}

// brokenContainer finds the first container that cannot start, or crashes.
func brokenContainer(pod *corev1.Pod) (Cause, time.Time) {
	for _, c := range inTurn(pod) {
		if cause := c.broken(pod); cause.ID != "" {
			return cause, containersSince(pod)
		}
	}
	return Cause{}, time.Time{}
}

// containersSince is since when the containers are not ready.
func containersSince(pod *corev1.Pod) time.Time {
	if since := condition(pod, corev1.ContainersReady).LastTransitionTime.Time; !since.IsZero() {
		return since
	}
	return pod.CreationTimestamp.Time
}

func (c container) broken(pod *corev1.Pod) Cause {
	waiting := c.State.Waiting
	switch {
	case c.crashes(pod):
		return c.crashLoop(pod)
	case waiting == nil || underWay[waiting.Reason]:
		return Cause{}
	}
	cause, known := waitingReasons[waiting.Reason]
	if !known {
		cause = Cause{ID: Undetermined, Try: describePod}
	}
	cause.Message, cause.Container = fmt.Sprintf("%s: %s", c, words(waiting.Reason, waiting.Message)), c.Name
	return cause
}

// comingContainer finds the first container whose turn it is to come up: one that
// is created, an init container that runs, a sidecar that has not started.
func comingContainer(pod *corev1.Pod) (Cause, time.Time) {
	all := containersOf(pod)
	if len(all) == 0 && pod.Spec.NodeName != "" && pod.Status.Phase == corev1.PodPending {
		return Cause{ID: Creating, Message: fmt.Sprintf("node %q has not begun with it", pod.Spec.NodeName)}, onNodeSince(pod)
	}
	for _, c := range inTurn(pod) {
		switch {
		case c.kind == initKind && c.State.Running != nil:
			return c.cause(InitContainer, fmt.Sprintf("runs, %s", initialised(all))), c.State.Running.StartedAt.Time
		case c.kind == sidecarKind && c.State.Running != nil && c.starts() && pod.Status.Phase == corev1.PodPending:
			return c.cause(StartupProbe, "runs, and its startup probe has not succeeded"), c.State.Running.StartedAt.Time
		case c.State.Waiting != nil:
			return c.creating(pod), onNodeSince(pod)
		}
	}
	return Cause{}, time.Time{}
}

// initialised is how many init containers have ended well.
func initialised(all []container) string {
	ended, total := 0, 0
	for _, c := range all {
		if c.kind == initKind {
			total++
			if c.endedWell() {
				ended++
			}
		}
	}
	return fmt.Sprintf("%d of %d init containers have ended", ended, total)
}

// creating: no waiting reason tells of a volume that cannot be mounted or of a
// sandbox that cannot be made, only events do. The condition says whether the
// kubelet has come beyond both.
func (c container) creating(pod *corev1.Pod) Cause {
	what := "is not created yet: " + cmp.Or(c.State.Waiting.Reason, "waiting")
	if condition(pod, corev1.PodReadyToStartContainers).Status == corev1.ConditionFalse {
		what += "; its volumes are not mounted, or its sandbox is not made"
	}
	return c.cause(Creating, what)
}

// onNodeSince is since when a node has the pod.
func onNodeSince(pod *corev1.Pod) time.Time {
	if since := condition(pod, corev1.PodScheduled).LastTransitionTime.Time; !since.IsZero() {
		return since
	}
	return pod.CreationTimestamp.Time
}

// terminatedContainer finds the first container that has ended: for good, by its
// restart policy, or until the kubelet starts it again.
func terminatedContainer(pod *corev1.Pod) (Cause, time.Time) {
	for _, c := range inTurn(pod) {
		t := c.State.Terminated
		if t == nil || c.kind == initKind && c.endedWell() {
			continue
		}
		how := fmt.Sprintf("ended with exit code %d (%s)", t.ExitCode, t.Reason)
		if c.startsAgain(pod) {
			again := c.cause(c.comingBack(), how+", and is to be started again")
			again.Try = logsOf
			return again, t.FinishedAt.Time
		}
		ended := c.cause(ContainerTerminated, how+fmt.Sprintf(", and restartPolicy %s leaves it so", c.restartPolicy(pod)))
		ended.Log = t.Message
		return ended, t.FinishedAt.Time
	}
	return Cause{}, time.Time{}
}

// comingBack is what a container is told as that is to be started again.
func (c container) comingBack() CauseID {
	if c.kind == initKind {
		return InitContainer
	}
	return Undetermined
}

// logsOf are the container's present ones: one that has ended, and was not started
// again, has no previous ones.
const logsOf = "kubectl -n {ns} logs {pod}{container}"
