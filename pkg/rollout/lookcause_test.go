// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// noon is when the pods of these tables came to be what they are.
func noon() time.Time { return time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC) }

// pod is web-0, on a node and made an hour before noon.
func pod(edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web-0", UID: "u", CreationTimestamp: metav1.NewTime(noon().Add(-time.Hour))}}
	p.Spec.NodeName = "node-1"
	p.Spec.Containers = []corev1.Container{{Name: "main"}}
	p.Status.Phase = corev1.PodPending
	for _, edit := range edits {
		edit(p)
	}
	return p
}

func phase(phase corev1.PodPhase) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.Phase = phase }
}

func has(kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(noon()),
		})
	}
}

func container(edits ...func(*corev1.ContainerStatus)) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		status := corev1.ContainerStatus{Name: "main"}
		for _, edit := range edits {
			edit(&status)
		}
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, status)
	}
}

func initContainer(edits ...func(*corev1.ContainerStatus)) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		status := corev1.ContainerStatus{Name: "init"}
		for _, edit := range edits {
			edit(&status)
		}
		p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, status)
	}
}

func waits(reason, message string) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
	}
}

func runs(s *corev1.ContainerStatus) {
	s.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(noon())}
}

func ended(code int32) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		s.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: code, Reason: "Error", Message: "no space left"}
	}
}

func crashes(restarts int32) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		s.RestartCount = restarts
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 10s"}
		s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", Message: "no space left"}
	}
}

func restarted(n int32) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) { s.RestartCount = n }
}

// unscheduled is a pod that the scheduler has no node for.
func unscheduled(reason, message string) *corev1.Pod {
	return pod(has(corev1.PodScheduled, corev1.ConditionFalse, reason, message), func(p *corev1.Pod) { p.Spec.NodeName = "" })
}

// held is a pod, and the one cause that holds it, with the server's own words.
type held struct {
	in   *corev1.Pod
	want rollout.Cause
}

func causes(t *testing.T, rows map[string]held) {
	t.Helper()
	for name, tt := range rows {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, rollout.LookPod(tt.in, 0).Cause); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestCauseOfAWaitingContainer(t *testing.T) {
	rows := map[string]held{
		"ErrImagePull": {
			pod(container(waits("ErrImagePull", "manifest unknown"))),
			rollout.Cause{ID: rollout.ImagePull, Message: `container "main": ErrImagePull: manifest unknown`, Container: "main"},
		},
		"CreateContainerConfigError": {
			pod(container(waits("CreateContainerConfigError", `secret "x" not found`))),
			rollout.Cause{ID: rollout.ConfigError, Message: `container "main": CreateContainerConfigError: secret "x" not found`, Container: "main"},
		},
		"a reason nobody knows": {
			pod(container(waits("Moonstruck", "why not"))),
			rollout.Cause{ID: rollout.Undetermined, Message: `container "main": Moonstruck: why not`, Container: "main", Try: describePod},
		},
		"an init container's": {
			pod(initContainer(waits("ErrImagePull", "")), container(waits("PodInitializing", ""))),
			rollout.Cause{ID: rollout.ImagePull, Message: `init container "init": ErrImagePull`, Container: "init"},
		},
	}
	for reason, want := range map[string]rollout.Cause{
		"ImagePullBackOff":          {ID: rollout.ImagePull},
		"RegistryUnavailable":       {ID: rollout.ImagePull},
		"ImageInspectError":         {ID: rollout.ImagePull},
		"SignatureValidationFailed": {ID: rollout.ImagePull},
		"ImageVolumeMountFailed":    {ID: rollout.ImagePull},
		"InvalidImageName":          {ID: rollout.ImagePull, Hard: true},
		"ErrImageNeverPull":         {ID: rollout.ImagePull, Hard: true},
		"CreateContainerError":      {ID: rollout.ContainerError},
		"RunContainerError":         {ID: rollout.ContainerError},
		"PreCreateHookError":        {ID: rollout.ContainerError},
		"PreStartHookError":         {ID: rollout.ContainerError},
		"PostStartHookError":        {ID: rollout.ContainerError},
		"RROUnsupported":            {ID: rollout.ContainerError},
	} {
		want.Message, want.Container = `container "main": `+reason, "main"
		rows[reason] = held{pod(container(waits(reason, ""))), want}
	}
	causes(t, rows)
}

const (
	describePod = "kubectl -n {ns} describe pod {pod}"
	logsOf      = "kubectl -n {ns} logs {pod}{container}"
)

// TestCauseOfAComingPod: what a pod waits for that comes up, which is told of where it lasts.
func TestCauseOfAComingPod(t *testing.T) {
	sidecar := func(edits ...func(*corev1.Container)) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			always := corev1.ContainerRestartPolicyAlways
			c := corev1.Container{Name: "init", RestartPolicy: &always}
			for _, edit := range edits {
				edit(&c)
			}
			p.Spec.InitContainers = append(p.Spec.InitContainers, c)
		}
	}
	probed := func(c *corev1.Container) { c.StartupProbe = &corev1.Probe{} }
	started := func(s *corev1.ContainerStatus) { yes := true; s.Started = &yes }
	creating := func(name, message string) rollout.Cause {
		return rollout.Cause{ID: rollout.Creating, Message: name + message, Container: "main"}
	}
	sandboxless := has(corev1.PodReadyToStartContainers, corev1.ConditionFalse, "PodSandboxNotReady", "no pod sandbox exists")
	causes(t, map[string]held{
		"its node says nothing": {pod(), rollout.Cause{ID: rollout.Creating, Message: `node "node-1" has not begun with it`}},
		"its image may be on the way": {
			pod(container(waits("ContainerCreating", ""))), creating(`container "main"`, " is not created yet: ContainerCreating"),
		},
		"no sandbox, or a volume is not mounted": {
			pod(sandboxless, container(waits("ContainerCreating", ""))),
			creating(`container "main"`, " is not created yet: ContainerCreating; its volumes are not mounted, or its sandbox is not made"),
		},
		"all start again": {
			pod(container(waits("RestartingAllContainers", ""))), creating(`container "main"`, " is not created yet: RestartingAllContainers"),
		},
		"an init container runs": {
			pod(initContainer(runs), container(waits("PodInitializing", ""))),
			rollout.Cause{ID: rollout.InitContainer, Message: `init container "init" runs, 0 of 1 init containers have ended`, Container: "init"},
		},
		"the second init container runs": {
			pod(initContainer(ended(0)), initContainer(runs, called("next")), container(waits("PodInitializing", ""))),
			rollout.Cause{ID: rollout.InitContainer, Message: `init container "next" runs, 1 of 2 init containers have ended`, Container: "next"},
		},
		"a sidecar has not started": {
			pod(sidecar(probed), initContainer(runs), container(waits("PodInitializing", ""))),
			rollout.Cause{ID: rollout.StartupProbe, Message: `sidecar container "init" runs, and its startup probe has not succeeded`, Container: "init"},
		},
		"a sidecar is not ready": {
			pod(sidecar(probed), phase(corev1.PodRunning), has(corev1.PodReady, corev1.ConditionFalse, "ContainersNotReady", ""), initContainer(runs, started), container(runs, isReady)),
			rollout.Cause{ID: rollout.ReadinessProbe, Message: `sidecar container "init" runs and is not ready`, Container: "init"},
		},
		"one has ended for good": {
			pod(phase(corev1.PodRunning), neverAgain, container(ended(0), called("once")), container(runs, isReady)),
			rollout.Cause{
				ID: rollout.ContainerTerminated, Container: "once", Log: "no space left",
				Message: `container "once" ended with exit code 0 (Error), and restartPolicy Never leaves it so`,
			},
		},
		"one is to be started again": {
			pod(phase(corev1.PodRunning), container(ended(0))),
			rollout.Cause{ID: rollout.Undetermined, Container: "main", Try: logsOf, Message: `container "main" ended with exit code 0 (Error), and is to be started again`},
		},
		"nothing tells why": {
			pod(phase(corev1.PodRunning), has(corev1.PodReady, corev1.ConditionFalse, "ContainersNotReady", "containers with unready status: [main]")),
			rollout.Cause{ID: rollout.Undetermined, Try: describePod, Message: "ContainersNotReady: containers with unready status: [main]"},
		},
	})
}

func called(name string) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) { s.Name = name }
}

func isReady(s *corev1.ContainerStatus) { s.Ready = true }

// neverAgain is the restart policy of a container "once".
func neverAgain(p *corev1.Pod) {
	never := corev1.ContainerRestartPolicyNever
	p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "once", RestartPolicy: &never})
}

// lasted is how long the run took that ended last, and the one before it.
func lasted(run, before time.Duration) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		last := s.LastTerminationState.Terminated
		if t := s.State.Terminated; t != nil {
			t.StartedAt, t.FinishedAt = metav1.NewTime(noon().Add(-run)), metav1.NewTime(noon())
			s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{}
			last, run = s.LastTerminationState.Terminated, before
		}
		last.StartedAt, last.FinishedAt = metav1.NewTime(noon().Add(-run)), metav1.NewTime(noon())
	}
}

func backOff(words string) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		s.State.Waiting.Message = "back-off " + words + " restarting failed container=main pod=web-0_shop(u)"
	}
}

func TestCauseOfACrash(t *testing.T) {
	crash := func(name string, restarts int32, how string) rollout.Cause {
		return rollout.Cause{ID: rollout.CrashLoop, Container: name, Message: how, Log: "no space left", Restarts: restarts}
	}
	const oom, exit = ", last with exit code 137 (OOMKilled)", ", last with exit code 1 (Error)"
	coming := rollout.Cause{ID: rollout.Undetermined, Container: "main", Try: logsOf, Message: `container "main" ended with exit code 1 (Error), and is to be started again`}
	long, short := time.Hour, time.Second
	causes(t, map[string]held{
		"a first crash":           {pod(phase(corev1.PodRunning), container(ended(1))), coming},
		"after the first restart": {pod(phase(corev1.PodRunning), container(crashes(1))), crash("main", 1, `container "main" restarted 1 time`+oom)},
		"after the second restart": {
			pod(phase(corev1.PodRunning), container(crashes(2))), crash("main", 2, `container "main" restarted 2 times`+oom),
		},
		"ended again": {
			pod(phase(corev1.PodRunning), container(ended(1), restarted(2))), crash("main", 2, `container "main" restarted 2 times`+exit),
		},
		"ended again, after seconds each": {
			pod(phase(corev1.PodRunning), container(ended(1), restarted(5), lasted(short, short))), crash("main", 5, `container "main" restarted 5 times`+exit),
		},
		"an old one ends, after long service": {pod(phase(corev1.PodRunning), container(ended(1), restarted(3), lasted(long, short))), coming},
		"and once more, a second later": {
			pod(phase(corev1.PodRunning), container(ended(1), restarted(4), lasted(short, long))), crash("main", 1, `container "main" restarted 1 time`+exit),
		},
		"and is held back for the first time": {
			pod(phase(corev1.PodRunning), container(crashes(4), lasted(short, 0), backOff("10s"))), crash("main", 1, `container "main" restarted 1 time`+oom),
		},
		"and for the third": {
			pod(phase(corev1.PodRunning), container(crashes(6), lasted(short, 0), backOff("40s"))), crash("main", 3, `container "main" restarted 3 times`+oom),
		},
		"and for as long as it goes": {
			pod(phase(corev1.PodRunning), container(crashes(12), lasted(short, 0), backOff("5m0s"))), crash("main", 12, `container "main" restarted 12 times`+oom),
		},
	})
}

// TestRestartsThatAreAskedFor are no crash loop before the kubelet says so, and then no
// number of them is a failure.
func TestRestartsThatAreAskedFor(t *testing.T) {
	rule := func(action corev1.ContainerRestartRuleAction, code int32) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers[0].RestartPolicyRules = []corev1.ContainerRestartRule{{
				Action:    action,
				ExitCodes: &corev1.ContainerRestartRuleOnExitCodes{Operator: corev1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{code}},
			}}
		}
	}
	sidecar := func(p *corev1.Pod) {
		always := corev1.ContainerRestartPolicyAlways
		p.Spec.InitContainers = []corev1.Container{{Name: "init", RestartPolicy: &always}}
	}
	resized := func(p *corev1.Pod) {
		p.Generation = 2
		p.Spec.Containers[0].ResizePolicy = []corev1.ContainerResizePolicy{{ResourceName: corev1.ResourceMemory, RestartPolicy: corev1.RestartContainer}}
	}
	running := phase(corev1.PodRunning)
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want rollout.CauseID
		// limited: it has failed after patience.
		restarts int32
		limited  bool
	}{
		"by a rule, ended":               {pod(running, rule("Restart", 1), container(ended(1), restarted(3))), rollout.Undetermined, 0, false},
		"by a rule, held back":           {pod(running, rule("Restart", 137), container(crashes(3))), rollout.CrashLoop, 0, false},
		"a rule for another exit code":   {pod(running, rule("Restart", 42), container(crashes(3))), rollout.CrashLoop, 3, false},
		"all containers, ended":          {pod(running, rule("RestartAllContainers", 1), container(ended(1), restarted(4))), rollout.Undetermined, 0, false},
		"a sidecar has ended":            {pod(running, sidecar, initContainer(ended(1), restarted(4)), container(runs, isReady)), rollout.Undetermined, 0, false},
		"a sidecar is held back":         {pod(running, sidecar, initContainer(crashes(4)), container(runs, isReady)), rollout.CrashLoop, 0, true},
		"an init container has ended":    {pod(initContainer(ended(1), restarted(4)), container(waits("PodInitializing", ""))), rollout.InitContainer, 0, false},
		"an init container is held back": {pod(initContainer(crashes(4)), container(waits("PodInitializing", ""))), rollout.CrashLoop, 0, false},
		"resized in place, ended":        {pod(running, resized, container(ended(137), restarted(3))), rollout.Undetermined, 0, false},
		"resized in place, held back":    {pod(running, resized, container(crashes(3))), rollout.CrashLoop, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := rollout.LookPod(tt.in, 0).Cause
			if got.ID != tt.want || got.Restarts != tt.restarts || got.Limited != tt.limited {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestCauseIsTheFirstInTurn: what comes after an init container that has not ended well
// waits for it, and what its status says is no cause.
func TestCauseIsTheFirstInTurn(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	spec := func(names ...string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			for _, name := range names {
				c := corev1.Container{Name: name}
				if strings.HasPrefix(name, "side") {
					c.RestartPolicy = &always
				}
				p.Spec.InitContainers = append(p.Spec.InitContainers, c)
			}
		}
	}
	wait, side, waiting := called("wait"), called("side"), waits("PodInitializing", "")
	main := container(waiting)
	running := rollout.Cause{ID: rollout.InitContainer, Message: `init container "wait" runs, 0 of 1 init containers have ended`, Container: "wait"}
	crash := rollout.Cause{ID: rollout.CrashLoop, Message: `init container "wait" restarted 4 times, last with exit code 137 (OOMKilled)`, Container: "wait", Log: "no space left"}
	ending := func(id rollout.CauseID, what, name string) rollout.Cause {
		return rollout.Cause{ID: id, Message: what + ` ended with exit code 1 (Error), and is to be started again`, Container: name, Try: logsOf}
	}
	causes(t, map[string]held{
		"it is held back": {pod(spec("wait", "side"), initContainer(crashes(4), wait), initContainer(waiting, side), main), crash},
		"it has ended": {
			pod(spec("wait", "side"), initContainer(ended(1), restarted(4), wait), initContainer(waiting, side), main),
			ending(rollout.InitContainer, `init container "wait"`, "wait"),
		},
		"it runs":                         {pod(spec("wait", "side"), initContainer(runs, wait), initContainer(waiting, side), main), running},
		"it runs again, in a new sandbox": {pod(spec("wait", "side"), initContainer(runs, wait), initContainer(crashes(4), side), container(crashes(3))), running},
		"it is created": {
			pod(spec("wait", "side"), initContainer(waiting, wait), initContainer(ended(1), side), main),
			rollout.Cause{ID: rollout.Creating, Message: `init container "wait" is not created yet: PodInitializing`, Container: "wait"},
		},
		"a sidecar comes before it, and has ended": {
			pod(spec("side", "wait"), initContainer(ended(1), side), initContainer(waiting, wait), main),
			ending(rollout.Undetermined, `sidecar container "side"`, "side"),
		},
		"the sidecar is next": {
			pod(spec("wait", "side"), initContainer(ended(0), wait), initContainer(waiting, side), main),
			rollout.Cause{ID: rollout.Creating, Message: `sidecar container "side" is not created yet: PodInitializing`, Container: "side"},
		},
	})
}

// What the scheduler says is what is told, whatever cause is read in it.
func TestCauseOfAPodWithoutANode(t *testing.T) {
	rows := map[string]held{
		"on no node yet": {
			pod(func(p *corev1.Pod) { p.Spec.NodeName, p.Spec.SchedulerName = "", "own" }),
			rollout.Cause{ID: rollout.Undetermined, Message: `no scheduler has looked at it yet (schedulerName "own")`, Try: describePod},
		},
		"gated": {unscheduled("SchedulingGated", "gated"), rollout.Cause{ID: rollout.SchedulingGate, Message: "gated"}},
	}
	const nodes = "0/3 nodes are available: "
	for message, want := range map[string]rollout.Cause{
		nodes + "3 Insufficient memory.": {ID: rollout.Unschedulable},
		nodes + "3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.":                                  {ID: rollout.Unschedulable},
		nodes + "pod has unbound immediate PersistentVolumeClaims. not found":                                                                                  {ID: rollout.ClaimPending},
		nodes + "3 node(s) didn't find available persistent volumes to bind.":                                                                                  {ID: rollout.ClaimPending},
		nodes + "3 node(s) didn't find available persistent volumes to bind. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.": {ID: rollout.ClaimPending},
		nodes + "1 node(s) were unschedulable, 2 node(s) didn't find available persistent volumes to bind.":                                                    {ID: rollout.Unschedulable},
		nodes + "1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's node affinity.":                                                 {ID: rollout.Unschedulable},
		nodes + "1 node(s) didn't find available persistent volumes to bind, 2 node(s) didn't match PersistentVolume's node affinity.":                         {ID: rollout.VolumeAffinity},
		nodes + "3 node(s) had volume node affinity conflict.":                                                                                                 {ID: rollout.VolumeAffinity},
		nodes + "3 node(s) didn't match PersistentVolume's node affinity.":                                                                                     {ID: rollout.VolumeAffinity},
		`persistentvolumeclaim "data-web-0" bound to non-existent persistentvolume "a"`:                                                                        {ID: rollout.ClaimLost, Hard: true},
		`0/3 nodes are available: persistentvolumeclaim "data-web-0" bound to non-existent persistentvolume "a". not found`:                                    {ID: rollout.ClaimLost, Hard: true},
		"":                   {ID: rollout.Unschedulable},
		"no nodes available": {ID: rollout.Unschedulable},
	} {
		want.Message = message
		rows[message] = held{unscheduled("Unschedulable", message), want}
	}
	causes(t, rows)
}

func TestCauseOfAPodThatIsNotReady(t *testing.T) {
	const gate = `corresponding condition of pod readiness gate "x" does not exist.`
	running := func(edits ...func(*corev1.Pod)) *corev1.Pod { return pod(append(edits, phase(corev1.PodRunning))...) }
	notReady := func(reason, message string) func(*corev1.Pod) {
		return has(corev1.PodReady, corev1.ConditionFalse, reason, message)
	}
	containers := func(ready corev1.ConditionStatus) func(*corev1.Pod) {
		return has(corev1.ContainersReady, ready, "", "")
	}
	causes(t, map[string]held{
		"a lost node": {
			running(notReady("", ""), containers(corev1.ConditionTrue)),
			rollout.Cause{ID: rollout.NodeLost, Message: `its containers were last seen ready, but node "node-1" is not heard of`},
		},
		"evicted": {
			pod(phase(corev1.PodFailed), func(p *corev1.Pod) {
				p.Status.Reason, p.Status.Message = "Evicted", "The node was low on resource: memory."
			}),
			rollout.Cause{ID: rollout.Evicted, Message: "The node was low on resource: memory."},
		},
		"its node shuts down": {
			pod(phase(corev1.PodFailed), has(corev1.DisruptionTarget, corev1.ConditionTrue, "TerminationByKubelet", ""), func(p *corev1.Pod) {
				p.Status.Reason, p.Status.Message = "Terminated", "Pod was terminated in response to imminent node shutdown."
			}),
			rollout.Cause{ID: rollout.Evicted, Message: "Terminated: Pod was terminated in response to imminent node shutdown."},
		},
		"its probe fails": {
			running(notReady("ContainersNotReady", ""), containers(corev1.ConditionFalse), container(runs)),
			rollout.Cause{ID: rollout.ReadinessProbe, Message: `container "main" runs and is not ready`, Container: "main"},
		},
		"a readiness gate": {
			running(notReady("ReadinessGatesNotReady", gate), containers(corev1.ConditionTrue)),
			rollout.Cause{ID: rollout.ReadinessGate, Message: gate},
		},
		"ready": {running(has(corev1.PodReady, corev1.ConditionTrue, "", ""), container(runs)), rollout.Cause{}},
	})
}

func TestPhase(t *testing.T) {
	gone := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon()} }
	isReady := has(corev1.PodReady, corev1.ConditionTrue, "", "")
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want rollout.Phase
	}{
		"on no node":                      {pod(func(p *corev1.Pod) { p.Spec.NodeName = "" }), rollout.Pending},
		"on a node":                       {pod(), rollout.Starting},
		"ready":                           {pod(phase(corev1.PodRunning), isReady), rollout.Ready},
		"ready, it says, and not running": {pod(isReady), rollout.Starting},
		"deleted":                         {pod(gone), rollout.Terminating},
		"deleted and ready":               {pod(phase(corev1.PodRunning), isReady, gone), rollout.Terminating},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rollout.LookPod(tt.in, 0).Phase; got != tt.want {
				t.Errorf("it is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestFailsWhen: when a cause makes an ordinal fail, by the pod's own times.
func TestFailsWhen(t *testing.T) {
	never := time.Duration(-1)
	notScheduled := unscheduled("Unschedulable", "no room")
	claimless := unscheduled("Unschedulable", "pod has unbound immediate PersistentVolumeClaims")
	pulling := pod(has(corev1.ContainersReady, corev1.ConditionFalse, "", ""), container(waits("ImagePullBackOff", "")))
	misnamed := pod(has(corev1.ContainersReady, corev1.ConditionFalse, "", ""), container(waits("InvalidImageName", "")))
	moonstruck := pod(has(corev1.ContainersReady, corev1.ConditionFalse, "", ""), container(waits("Moonstruck", "")))
	crashing := pod(phase(corev1.PodRunning), has(corev1.ContainersReady, corev1.ConditionFalse, "", ""), container(crashes(2)))
	elsewhere := unscheduled("Unschedulable", "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity.")
	lost := unscheduled("Unschedulable", `persistentvolumeclaim "data-web-0" bound to non-existent persistentvolume "a"`)
	notReady := has(corev1.ContainersReady, corev1.ConditionFalse, "", "")
	once := pod(phase(corev1.PodRunning), notReady, container(crashes(1)))
	sidecar := pod(phase(corev1.PodRunning), notReady, initContainer(crashes(9)), func(p *corev1.Pod) {
		always := corev1.ContainerRestartPolicyAlways
		p.Spec.InitContainers = []corev1.Container{{Name: "init", RestartPolicy: &always}}
	})
	waiting := pod(notReady, initContainer(crashes(9)))
	half := pod(phase(corev1.PodRunning), neverAgain, container(ended(0), called("once"), func(s *corev1.ContainerStatus) {
		s.State.Terminated.FinishedAt = metav1.NewTime(noon())
	}))
	for name, tt := range map[string]struct {
		in       *corev1.Pod
		patience time.Duration
		want     time.Duration // after noon
	}{
		"a volume elsewhere":                  {elsewhere, 30 * time.Second, time.Minute},
		"a lost claim":                        {lost, 30 * time.Second, 0},
		"one restart":                         {once, 30 * time.Second, never},
		"a sidecar in a crash loop":           {sidecar, 30 * time.Second, 30 * time.Second},
		"an init container in a crash loop":   {waiting, 30 * time.Second, never},
		"a container that has ended for good": {half, 30 * time.Second, 30 * time.Second},
		"no patience at all":                  {pulling, 0, 0},
		"an image":                            {pulling, 30 * time.Second, 30 * time.Second},
		"an image, with more patience":        {pulling, 5 * time.Minute, 5 * time.Minute},
		"a bad name":                          {misnamed, 30 * time.Second, 0},
		"a crash loop":                        {crashing, 30 * time.Second, 0},
		"no room":                             {notScheduled, 30 * time.Second, time.Minute},
		"no room, with more patience":         {notScheduled, 2 * time.Minute, 2 * time.Minute},
		"a claim: somebody may make a volume": {claimless, 30 * time.Second, never},
		"what nobody knows":                   {moonstruck, 30 * time.Second, never},
	} {
		t.Run(name, func(t *testing.T) {
			fails := func(after time.Duration) bool {
				s := rollout.Assemble(rollout.Glance{
					At: noon().Add(after), FailurePolicy: rollout.FailurePolicy{Patience: tt.patience, MaxRestarts: 2}, Pods: []rollout.Pod{rollout.LookPod(tt.in, 0)},
					Set: rollout.Set{Name: "web", Spec: rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate}},
				})
				return s.Pods[0].Phase == rollout.Failing
			}
			if tt.want == never {
				if fails(24 * time.Hour) {
					t.Error("it has failed after a day")
				}
				return
			}
			if fails(tt.want-time.Second) && tt.want > 0 || !fails(tt.want) {
				t.Errorf("it does not fail after %s", tt.want)
			}
		})
	}
}

// TestFollow: a pod's status tells the time of few causes, so the watch keeps it.
func TestFollow(t *testing.T) {
	look := func(edits ...func(*corev1.Pod)) rollout.Pod { return rollout.LookPod(pod(edits...), 0) }
	pull, backOff := look(container(waits("ErrImagePull", ""))), look(container(waits("ImagePullBackOff", "")))
	config := look(container(waits("CreateContainerConfigError", "")))
	first := pull.Follow(look(), noon())
	if !first.Since.Equal(noon()) {
		t.Errorf("a new cause holds since %s, want now", first.Since)
	}
	if again := backOff.Follow(first, noon().Add(time.Minute)); !again.Since.Equal(noon()) {
		t.Errorf("the same cause holds since %s, want since it came", again.Since)
	}
	if other := config.Follow(first, noon().Add(time.Minute)); !other.Since.Equal(noon().Add(time.Minute)) {
		t.Errorf("another cause holds since %s, want now", other.Since)
	}
	reborn := look(container(waits("ErrImagePull", "")), func(p *corev1.Pod) { p.UID = "v" })
	if since := reborn.Follow(first, noon().Add(time.Minute)).Since; since.Equal(noon()) {
		t.Error("another pod of the name goes on with the old one's time")
	}
}

// TestProbeBudget: until when a startup probe may go on failing.
func TestProbeBudget(t *testing.T) {
	probe := func(p *corev1.Pod) {
		p.Spec.Containers[0].StartupProbe = &corev1.Probe{InitialDelaySeconds: 5, PeriodSeconds: 9, TimeoutSeconds: 1, FailureThreshold: 6}
	}
	started := func(s *corev1.ContainerStatus) { yes := true; s.Started = &yes }
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want time.Time
	}{
		"no probe":      {pod(container(runs)), time.Time{}},
		"it may":        {pod(probe, container(runs)), noon().Add(65 * time.Second)},
		"it has passed": {pod(probe, container(runs, started)), time.Time{}},
		"not running":   {pod(probe, container(waits("ContainerCreating", ""))), time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rollout.LookPod(tt.in, 0).ProbeUntil; !got.Equal(tt.want) {
				t.Errorf("until %s, want %s", got, tt.want)
			}
		})
	}
}

func TestOrdinalOf(t *testing.T) {
	for name, want := range map[string]int32{
		"web-0": 0, "web-12": 12, "web-01": -1, "web": -1, "web-": -1, "web-x": -1, "other-1": -1, "web-db-1": -1, "web-99999999999": -1,
	} {
		got, ok := rollout.Set{Name: "web"}.OrdinalOf(name)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%s is ordinal %d (%v), want %d", name, got, ok, want)
		}
	}
}

// TestOverdue: what keeps a pod that should be gone.
func TestOverdue(t *testing.T) {
	late := func(edit func(*rollout.Pod)) rollouttest.Sight {
		return web().Pods("a a a a -").Glance(func(g *rollout.Glance) {
			p := rollout.Pod{Ordinal: 4, Name: "web-4", UID: "u", Phase: rollout.Terminating, GraceEnds: g.At.Add(-time.Second)}
			edit(&p)
			g.Pods = append(g.Pods, p)
		})
	}
	for name, tt := range map[string]struct {
		edit func(*rollout.Pod)
		want rollout.CauseID
	}{
		"nothing known":                 {func(*rollout.Pod) {}, ""},
		"a finalizer":                   {func(p *rollout.Pod) { p.Finalizers = []string{"x/y"} }, rollout.Finalizer},
		"its node":                      {func(p *rollout.Pod) { p.Cause.ID = rollout.NodeLost }, rollout.NodeLost},
		"an eviction":                   {func(p *rollout.Pod) { p.Cause.ID = rollout.Evicted }, rollout.Evicted},
		"an eviction, within its grace": {func(p *rollout.Pod) { p.Cause.ID, p.GraceEnds = rollout.Evicted, web().State().At.Add(time.Second) }, rollout.Evicted},
		"its node, within its grace":    {func(p *rollout.Pod) { p.Cause.ID, p.GraceEnds = rollout.NodeLost, web().State().At.Add(time.Second) }, ""},
		"within its grace":              {func(p *rollout.Pod) { p.Finalizers, p.GraceEnds = []string{"x/y"}, web().State().At.Add(time.Second) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := late(tt.edit).State().Pods[4].Cause.ID; got != tt.want {
				t.Errorf("%q keeps it, want %q", got, tt.want)
			}
		})
	}
}

// TestWhyAPodGoes: the pod says who has evicted it; nothing else of what held it counts.
func TestWhyAPodGoes(t *testing.T) {
	goes := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon()} }
	target := has(corev1.DisruptionTarget, corev1.ConditionTrue, "PreemptionByScheduler", "preempting to accommodate a higher priority pod")
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want rollout.Cause
	}{
		"evicted":      {pod(target, goes), rollout.Cause{ID: rollout.Evicted, Message: "PreemptionByScheduler: preempting to accommodate a higher priority pod"}},
		"deleted":      {pod(container(waits("ErrImagePull", "no")), goes), rollout.Cause{}},
		"not yet gone": {pod(phase(corev1.PodRunning), container(runs), target), rollout.Cause{}},
	} {
		if got := rollout.LookPod(tt.in, 0).Cause; got.ID != tt.want.ID || got.Message != tt.want.Message {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestADeletionThatIsWrittenAgain: a kubelet ends a pod that has gone by a deletion
// without grace, which is no news.
func TestADeletionThatIsWrittenAgain(t *testing.T) {
	goes := func(ends time.Time) *corev1.Pod {
		return pod(func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: ends} })
	}
	first := rollout.LookPod(goes(noon().Add(30*time.Second)), 0)
	again := rollout.LookPod(goes(noon()), 0).Follow(first, noon().Add(2*time.Second))
	if !again.GraceEnds.Equal(first.GraceEnds) {
		t.Errorf("its grace ends at %s, it did at %s", again.GraceEnds, first.GraceEnds)
	}
}

// TestPendingClaims: what is known of a pod's claims is told instead of the
// scheduler's word, as long as that says so; and a claim that nothing can serve
// gets no more than patience.
func TestPendingClaims(t *testing.T) {
	claimless := unscheduled("Unschedulable", "pod has unbound immediate PersistentVolumeClaims.")
	roomless := unscheduled("Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")
	for name, tt := range map[string]struct {
		in    *corev1.Pod
		known rollout.Cause
		after time.Duration
		fails bool
		says  string
	}{
		"within patience":    {claimless, rollout.Cause{ID: rollout.ClaimPending, Message: "none", Unserved: true}, 29 * time.Second, false, "none"},
		"after patience":     {claimless, rollout.Cause{ID: rollout.ClaimPending, Message: "none", Unserved: true}, 30 * time.Second, true, "none"},
		"a volume may come":  {claimless, rollout.Cause{ID: rollout.ClaimPending, Message: "soon"}, 24 * time.Hour, false, "soon"},
		"held by other than": {roomless, rollout.Cause{ID: rollout.ClaimPending, Message: "none", Unserved: true}, 30 * time.Second, false, "0/3 nodes are available: 3 Insufficient cpu."},
	} {
		t.Run(name, func(t *testing.T) {
			s := rollout.Assemble(rollout.Glance{
				At: noon().Add(tt.after), FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Pods: []rollout.Pod{rollout.LookPod(tt.in, 0)},
				Pending: map[types.UID]rollout.Cause{tt.in.UID: tt.known},
				Set:     rollout.Set{Name: "web", Spec: rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate}},
			})
			if got := s.Pods[0]; (got.Phase == rollout.Failing) != tt.fails || got.Cause.Message != tt.says {
				t.Errorf("%s: %+v", got.Phase, got.Cause)
			}
		})
	}
}

// TestRemedies: every cause has something to paste, with its names filled in.
func TestRemedies(t *testing.T) {
	set := rollout.Set{Namespace: "shop", Name: "web"}
	for line, c := range map[string]rollout.Cause{
		"kubectl -n shop logs web-4 -c app --previous": {ID: rollout.CrashLoop, Container: "app"},
		"kubectl -n shop logs web-4 -c app":            {ID: rollout.InitContainer, Container: "app", Try: logsOf},
		"kubectl -n shop logs web-4 -c proxy":          {ID: rollout.ReadinessProbe, Container: "proxy"},
		"kubectl -n shop logs web-4 --previous":        {ID: rollout.CrashLoop},
	} {
		if got := c.Remedy(set, "web-4"); got != line {
			t.Errorf("%q, not %q", got, line)
		}
	}
	for _, id := range []rollout.CauseID{
		rollout.ClaimLost, rollout.VolumeMount, rollout.Sandbox, rollout.Creating, rollout.InitContainer, rollout.StartupProbe, rollout.ContainerTerminated,
		rollout.ImagePull, rollout.CrashLoop, rollout.ConfigError, rollout.ContainerError, rollout.Unschedulable, rollout.SchedulingGate,
		rollout.ClaimPending, rollout.VolumeAffinity, rollout.ReadinessProbe, rollout.ReadinessGate, rollout.Finalizer, rollout.NodeLost,
		rollout.PodFailed, rollout.Evicted, rollout.Quota, rollout.Policy, rollout.WebhookDenied, rollout.WebhookFailed, rollout.LimitRange,
		rollout.ServiceAccount, rollout.PriorityClass, rollout.InvalidPod, rollout.Denied, rollout.Squatter, rollout.Silent,
	} {
		remedy := rollout.Cause{ID: id}.Remedy(set, "web-4")
		if remedy == "" || strings.ContainsAny(remedy, "{}") && !strings.Contains(remedy, "jsonpath=") {
			t.Errorf("%s: %q", id, remedy)
		}
		if _, err := rollouttest.Pasted(remedy); err != nil {
			t.Error(err)
		}
	}
}
