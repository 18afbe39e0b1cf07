// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// event is one on web-0, first and last seen so long after noon.
func event(kind, reason, message string, first, last time.Duration) rollout.PodEvent {
	return rollout.LookPodEvent(&corev1.Event{
		Type: kind, Reason: reason, Message: message,
		FirstTimestamp: metav1.NewTime(noon().Add(first)), LastTimestamp: metav1.NewTime(noon().Add(last)),
	})
}

func warned(reason, message string, last time.Duration) rollout.PodEvent {
	return event(corev1.EventTypeWarning, reason, message, last, last)
}

// TestInformed: what events add to the cause that the pod's status shows.
func TestInformed(t *testing.T) {
	running := phase(corev1.PodRunning)
	unready := has(corev1.PodReady, corev1.ConditionFalse, "ContainersNotReady", "")
	creating := pod(container(waits("ContainerCreating", "")))
	setUp := pod(has(corev1.PodReadyToStartContainers, corev1.ConditionTrue, "", ""), container(waits("ContainerCreating", "")))
	probed := pod(running, unready, container(runs))
	crashing := pod(running, has(corev1.ContainersReady, corev1.ConditionFalse, "", ""), container(crashes(4)))
	roomless := unscheduled("Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")
	mount := warned("FailedMount", `MountVolume.SetUp failed for volume "c" : configmap "not-there" not found`, 5*time.Second)
	drained := unscheduled("Unschedulable", "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) had volume node affinity conflict.")
	cordon := rollout.InMaintenance(`node "a" is cordoned`, noon())
	const loop = `container "main" restarted 4 times, last with exit code 137 (OOMKilled)`
	for name, tt := range map[string]struct {
		in     *corev1.Pod
		events []rollout.PodEvent
		id     rollout.CauseID
		says   string
	}{
		"a volume is not mounted": {creating, []rollout.PodEvent{mount}, rollout.VolumeMount, `FailedMount: MountVolume.SetUp failed for volume "c" : configmap "not-there" not found`},
		"a volume is attached elsewhere": {
			creating,
			[]rollout.PodEvent{warned("FailedAttachVolume", `Multi-Attach error for volume "pvc-1"`, time.Second), warned("DNSConfigForming", "too many", time.Minute)},
			rollout.VolumeMount, `FailedAttachVolume: Multi-Attach error for volume "pvc-1"`,
		},
		"no sandbox": {
			creating, []rollout.PodEvent{warned("FailedCreatePodSandBox", "FQDN is too long\nmore", 0)}, rollout.Sandbox, "FailedCreatePodSandBox: FQDN is too long",
		},
		"it was mounted since, says an event":   {creating, []rollout.PodEvent{mount, event("Normal", "Pulling", "x", time.Minute, time.Minute)}, rollout.Creating, `container "main" is not created yet: ContainerCreating`},
		"it was mounted since, says the status": {setUp, []rollout.PodEvent{mount}, rollout.Creating, `container "main" is not created yet: ContainerCreating`},
		"another warning": {
			creating, []rollout.PodEvent{warned("FailedDaemon", "no room", 0)}, rollout.Creating, `container "main" is not created yet: ContainerCreating; FailedDaemon: no room`,
		},
		"its probe":            {probed, []rollout.PodEvent{warned("Unhealthy", "Readiness probe failed: 503", 0)}, rollout.ReadinessProbe, `container "main" runs and is not ready; Unhealthy: Readiness probe failed: 503`},
		"its probe, long ago":  {probed, []rollout.PodEvent{warned("Unhealthy", "Readiness probe failed: 503", -time.Minute)}, rollout.ReadinessProbe, `container "main" runs and is not ready`},
		"another probe":        {probed, []rollout.PodEvent{warned("Unhealthy", "Liveness probe failed: 503", 0)}, rollout.ReadinessProbe, `container "main" runs and is not ready`},
		"something else":       {probed, []rollout.PodEvent{warned("MissingClusterDNS", "no DNS", 0)}, rollout.ReadinessProbe, `container "main" runs and is not ready`},
		"a crash, and no word": {crashing, []rollout.PodEvent{warned("BackOff", "Back-off", 0), warned("Unhealthy", "Readiness probe failed", 0)}, rollout.CrashLoop, loop},
		"a crash, by its probe": {
			crashing,
			[]rollout.PodEvent{warned("Unhealthy", "Liveness probe failed: 404", 0), event("Normal", "Killing", "Container main failed liveness probe, will be restarted", 0, -30*time.Second)},
			rollout.CrashLoop, loop + "; the kubelet killed it: Liveness probe failed: 404",
		},
		"a crash, another's probe": {
			crashing, []rollout.PodEvent{warned("Unhealthy", "Liveness probe failed: 404", 0), event("Normal", "Killing", "Container main-2 failed liveness probe, will be restarted", 0, 0)}, rollout.CrashLoop, loop,
		},
		"the scheduler's own words again": {
			roomless, []rollout.PodEvent{warned("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu.", 0)}, rollout.Unschedulable, "0/3 nodes are available: 3 Insufficient cpu.",
		},
		"a node comes": {
			roomless,
			[]rollout.PodEvent{event("Normal", "TriggeredScaleUp", "pod triggered scale-up: [{a 1->2}]", 0, 0)},
			rollout.Unschedulable,
			"0/3 nodes are available: 3 Insufficient cpu.; TriggeredScaleUp: pod triggered scale-up: [{a 1->2}]",
		},
		"its node is cordoned": {
			drained,
			[]rollout.PodEvent{cordon},
			rollout.NodeMaintenance,
			`node "a" is cordoned; 0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) had volume node affinity conflict.`,
		},
		"its node was cordoned": {roomless, []rollout.PodEvent{cordon}, rollout.Unschedulable, "0/3 nodes are available: 3 Insufficient cpu."},
	} {
		t.Run(name, func(t *testing.T) {
			got := rollout.LookPod(tt.in, 0).Informed(tt.events)
			if got.Cause.ID != tt.id || got.Cause.Message != tt.says {
				t.Errorf("%s: %s", got.Cause.ID, got.Cause.Message)
			}
			if again := got.Informed(tt.events); again.Cause != got.Cause || !again.Since.Equal(got.Since) {
				t.Errorf("told twice, it is %+v", again.Cause)
			}
		})
	}
}

// TestEventsFail: when what events tell makes an ordinal fail.
func TestEventsFail(t *testing.T) {
	creating := pod(container(waits("ContainerCreating", "")))
	roomless := unscheduled("Unschedulable", "no room")
	scaleUp := event("Normal", "TriggeredScaleUp", "pod triggered scale-up", 0, 0)
	drained := unscheduled("Unschedulable", "0/1 nodes are available: 1 node(s) were unschedulable.")
	for name, tt := range map[string]struct {
		in     *corev1.Pod
		events []rollout.PodEvent
		after  time.Duration
		fails  bool
	}{
		"a mount, within patience":    {creating, []rollout.PodEvent{event("Warning", "FailedMount", "x", 0, 29*time.Second)}, 29 * time.Second, false},
		"a mount, after patience":     {creating, []rollout.PodEvent{event("Warning", "FailedMount", "x", 0, 29*time.Second)}, 30 * time.Second, true},
		"a mount, then an attachment": {creating, []rollout.PodEvent{event("Warning", "FailedAttachVolume", "y", 0, 0), event("Warning", "FailedMount", "x", 20*time.Second, 20*time.Second)}, 30 * time.Second, true},
		"creating, for a day":         {creating, nil, 24 * time.Hour, false},
		"no room":                     {roomless, nil, time.Minute, true},
		"a node that is not known":    {drained, nil, time.Minute, true},
		"a node is cordoned":          {drained, []rollout.PodEvent{rollout.InMaintenance(`node "a" is cordoned`, noon())}, 9 * time.Minute, false},
		"no room, a node comes":       {roomless, []rollout.PodEvent{scaleUp}, 9 * time.Minute, false},
		"no room, none comes": {
			roomless, []rollout.PodEvent{scaleUp, event("Normal", "NotTriggerScaleUp", "max reached", 30*time.Second, 30*time.Second)}, time.Minute, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := rollout.Assemble(rollout.Glance{
				At: noon().Add(tt.after), FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2},
				Pods:      []rollout.Pod{rollout.LookPod(tt.in, 0)},
				PodEvents: map[types.UID][]rollout.PodEvent{tt.in.UID: tt.events},
				Set:       rollout.Set{Name: "web", Spec: rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate}},
			})
			if got := s.Pods[0]; (got.Phase == rollout.Failing) != tt.fails {
				t.Errorf("%s: %+v", got.Phase, got.Cause)
			}
		})
	}
}
