// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// backOffResets: a kubelet forgets a container's crashes when so long has gone by
// without one, and starts it again at once at the next
// (client-go/util/flowcontrol/backoff.go: hasExpired, twice the longest back-off).
const backOffResets = 10 * time.Minute

const (
	crashLoopBackOff = "CrashLoopBackOff"
	// restartingAll is the reason of a restart of all containers by a rule, of the
	// wait for it as of the end before it (pkg/kubelet/kubelet_pods.go).
	restartingAll = "RestartingAllContainers"
)

// crashes says that the container is in a loop: the kubelet says so, or it has
// ended badly once more, within the time that the kubelet remembers. Restarts that
// are asked for are none before the kubelet says so.
func (c container) crashes(pod *corev1.Pod) bool {
	if w := c.State.Waiting; w != nil {
		return w.Reason == crashLoopBackOff
	}
	t := c.State.Terminated
	return t != nil && t.ExitCode != 0 && c.RestartCount > 0 && brief(t) && c.judgedBy(pod) == byRestarts && c.startsAgain(pod)
}

// judged is what ends the wait for a container in a crash loop.
type judged int

const (
	byRestarts judged = iota
	byPatience
	byProgress
)

// judgedBy: restarts that the pod asks for are no fault, and an init container may
// wait for a peer by ending. A sidecar may end now and then, and a resize in place
// restarts a container that says so (a resize makes a generation of the pod); what
// the kubelet holds back for longer than patience is at fault all the same.
func (c container) judgedBy(pod *corev1.Pod) judged {
	switch {
	case c.kind == initKind, restartsAll(pod), c.restartedByRule():
		return byProgress
	case c.kind == sidecarKind, pod.Generation > 1 && c.restartsOnResize():
		return byPatience
	default:
		return byRestarts
	}
}

func (c container) restartsOnResize() bool {
	return slices.ContainsFunc(c.spec.ResizePolicy, func(p corev1.ContainerResizePolicy) bool {
		return p.RestartPolicy == corev1.RestartContainer
	})
}

// restartsAll says that a container's end may restart all containers of the pod,
// which raises the count of each.
func restartsAll(pod *corev1.Pod) bool {
	asks := func(r corev1.ContainerRestartRule) bool {
		return r.Action == corev1.ContainerRestartRuleActionRestartAllContainers
	}
	rules := func(c corev1.Container) bool { return slices.ContainsFunc(c.RestartPolicyRules, asks) }
	return slices.ContainsFunc(pod.Spec.Containers, rules) || slices.ContainsFunc(pod.Spec.InitContainers, rules)
}

// restartedByRule says that a rule of the container asks for the restart after its
// last end.
func (c container) restartedByRule() bool {
	last := c.lastEnd()
	return last != nil && slices.ContainsFunc(c.spec.RestartPolicyRules, func(r corev1.ContainerRestartRule) bool {
		return r.Action == corev1.ContainerRestartRuleActionRestart && matches(r.ExitCodes, last.ExitCode)
	})
}

func matches(codes *corev1.ContainerRestartRuleOnExitCodes, code int32) bool {
	if codes == nil {
		return false
	}
	in := slices.Contains(codes.Values, code)
	return in == (codes.Operator == corev1.ContainerRestartRuleOnExitCodesOpIn)
}

func (c container) restartPolicy(pod *corev1.Pod) string {
	if p := c.spec.RestartPolicy; p != nil {
		return string(*p)
	}
	return string(pod.Spec.RestartPolicy)
}

// startsAgain says that the kubelet starts the container again after the end that
// it is at.
func (c container) startsAgain(pod *corev1.Pod) bool {
	t := c.State.Terminated
	if t == nil || t.Reason == restartingAll || c.restartedByRule() {
		return true
	}
	switch c.restartPolicy(pod) {
	case string(corev1.RestartPolicyNever):
		return false
	case string(corev1.RestartPolicyOnFailure):
		return t.ExitCode != 0
	default:
		return true
	}
}

// lastEnd is how the container last ended; nil where it has not.
func (c container) lastEnd() *corev1.ContainerStateTerminated {
	if c.State.Terminated != nil {
		return c.State.Terminated
	}
	return c.LastTerminationState.Terminated
}

// brief says that a run was over before the kubelet forgot the crash before it. A
// run that never began has no start.
func brief(t *corev1.ContainerStateTerminated) bool {
	return t.StartedAt.Unix() <= 0 || t.FinishedAt.Sub(t.StartedAt.Time) < backOffResets
}

// crashLoop tells of a loop, and what is to judge it.
func (c container) crashLoop(pod *corev1.Pod) Cause {
	restarts := c.restartsInLoop(pod)
	cause := c.cause(CrashLoop, restarted(restarts))
	if last := c.lastEnd(); last != nil {
		cause.Message += fmt.Sprintf(", last with exit code %d (%s)", last.ExitCode, last.Reason)
		cause.Log = last.Message
	}
	switch c.judgedBy(pod) {
	case byRestarts:
		cause.Restarts = restarts
	case byPatience:
		cause.Limited = true
	case byProgress:
	}
	return cause
}

// restarted is such as "restarted 2 times".
func restarted(n int32) string {
	switch n {
	case 0:
		return "crashed"
	case 1:
		return "restarted 1 time"
	default:
		return fmt.Sprintf("restarted %d times", n)
	}
}

// restartsInLoop counts the restarts that the kubelet remembers. Its count is of
// the pod's whole life; where that is longer than its memory, the back-off tells.
func (c container) restartsInLoop(pod *corev1.Pod) int32 {
	last, before := c.lastEnd(), c.LastTerminationState.Terminated
	switch {
	case c.State.Terminated != nil && before != nil && !brief(before):
		return min(c.RestartCount, 1)
	case last == nil || last.FinishedAt.Sub(pod.CreationTimestamp.Time) < backOffResets:
		return c.RestartCount
	case c.State.Waiting != nil:
		return min(c.RestartCount, restartsBefore(c.State.Waiting.Message))
	default:
		return c.RestartCount
	}
}

const (
	// firstBackOff comes after the second crash; the first restart is at once. Each is
	// twice the one before (pkg/kubelet/kubelet.go: newCrashLoopBackOff).
	firstBackOff = 10 * time.Second
	// longestBackOff says no more than that there were many restarts.
	longestBackOff = 5 * time.Minute
)

// backOff is how a kubelet says how long it waits
// (pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff).
var backOff = regexp.MustCompile(`^back-off (\S+) restarting failed container`)

// restartsBefore is how many restarts of a container lie before a back-off, by how
// long that is; as many as there may be where it does not tell.
func restartsBefore(message string) int32 {
	const many = 1 << 30
	parts := backOff.FindStringSubmatch(message)
	if parts == nil {
		return many
	}
	d, err := time.ParseDuration(parts[1])
	if err != nil || d < firstBackOff || d >= longestBackOff {
		return many
	}
	return int32(bits.Len64(uint64(d / firstBackOff)))
}
