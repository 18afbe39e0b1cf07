// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// stage is how far a kubelet has brought a pod.
type stage string

const (
	unplaced stage = "unplaced" // on no node
	placed   stage = "placed"   // on a node, nothing runs yet
	waiting  stage = "waiting"  // its container cannot start, and says why
	running  stage = "running"  // runs, not Ready
	ready    stage = "ready"
	crashed  stage = "crashed" // ended, waits to be started again
	failed   stage = "failed"  // phase Failed: the kubelet evicted it
)

// pod is one version of a pod: never changed, only replaced.
type pod struct {
	ordinal  int32
	uid      string
	version  int64
	revision string // the controller-revision-hash label
	template Template
	fate     Fate
	stage    stage
	reason   string // of waiting
	restarts int32

	created   time.Time
	since     time.Time // of the stage
	readyAt   time.Time // last transition of Ready
	startedAt time.Time // of the container
	leaves    time.Time // deletionTimestamp; zero where it stays

	look *rollout.Pod // what package rollout sees of it
}

func (p *pod) leaving() bool { return !p.leaves.IsZero() }

func (p *pod) isReady() bool { return p.stage == ready }

// available is what the controller goes by: a pod that is on its way out is not
// (pkg/controller/statefulset/stateful_set_utils.go: isUnavailable).
func (p *pod) available(minReady time.Duration, now time.Time) bool {
	return p != nil && !p.leaving() && p.countsAvailable(minReady, now)
}

// countsAvailable is what its status counts: pkg/api/v1/pod/util.go: IsPodAvailable,
// which does not ask whether the pod is on its way out.
func (p *pod) countsAvailable(minReady time.Duration, now time.Time) bool {
	return p.isReady() && !p.readyAt.Add(minReady).After(now)
}

// soaked says that it has been Ready, and all that runs in it has run, for so long.
func (p *pod) soaked(soak time.Duration, now time.Time) bool {
	return !p.readyAt.Add(soak).After(now) && !p.startedAt.Add(soak).After(now)
}

// object is the pod as the API server would send it.
func (p *pod) object(setName string) *corev1.Pod {
	o := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%d", setName, p.ordinal), UID: types.UID(p.uid), ResourceVersion: fmt.Sprint(p.version),
			CreationTimestamp: metav1.NewTime(p.created),
			Labels:            map[string]string{appsv1.ControllerRevisionHashLabelKey: p.revision},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}},
	}
	if p.leaving() {
		o.DeletionTimestamp = &metav1.Time{Time: p.leaves}
	}
	if p.fate == Slow {
		o.Spec.Containers[0].StartupProbe = &corev1.Probe{PeriodSeconds: 9, TimeoutSeconds: 1, FailureThreshold: slowFor}
	}
	p.fillStatus(o)
	return o
}

func (p *pod) fillStatus(o *corev1.Pod) {
	o.Status.Phase = corev1.PodPending
	if p.stage == unplaced {
		if p.fate == Unplaced {
			o.Status.Conditions = []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
				Message: "0/3 nodes are available: 3 Insufficient memory.", LastTransitionTime: metav1.NewTime(p.since),
			}}
		}
		return
	}
	o.Spec.NodeName = "node-1"
	isReady := corev1.ConditionFalse
	switch p.stage {
	case failed:
		o.Status.Phase, o.Status.Reason, o.Status.Message = corev1.PodFailed, "Evicted", "The node was low on resource: memory."
		return
	case ready:
		isReady = corev1.ConditionTrue
	}
	if p.stage == running || p.stage == ready || p.stage == crashed {
		o.Status.Phase = corev1.PodRunning
	}
	o.Status.Conditions = []corev1.PodCondition{
		{Type: corev1.PodReady, Status: isReady, LastTransitionTime: metav1.NewTime(p.readyAt)},
		{Type: corev1.ContainersReady, Status: isReady, LastTransitionTime: metav1.NewTime(p.readyAt)},
	}
	o.Status.ContainerStatuses = []corev1.ContainerStatus{p.container()}
}

func (p *pod) container() corev1.ContainerStatus {
	started := p.isReady()
	status := corev1.ContainerStatus{Name: "main", RestartCount: p.restarts, Ready: p.isReady(), Started: &started}
	switch p.stage {
	case placed:
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}
	case waiting:
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: p.reason, Message: "image \"web:" + p.template.Name + "\" cannot be had"}
	case crashed:
		ended := &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", Message: "no such file: web.conf"}
		if p.restarts == 0 { // the first time it is started again at once
			status.State.Terminated = ended
			break
		}
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
		status.LastTerminationState.Terminated = ended
	default:
		status.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(p.startedAt)}
	}
	return status
}

// seen is what package rollout makes of the pod.
func (p *pod) seen(setName string) rollout.Pod {
	if p.look == nil {
		look := rollout.LookPod(p.object(setName), p.ordinal)
		p.look = &look
	}
	return *p.look
}
