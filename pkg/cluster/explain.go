// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	// explainAtMost: who has more blocked ordinals has one reason for them all.
	explainAtMost = 10
	// mostWords of a log line.
	mostWords = 300
	// mostLog is how much of a container's last line is read.
	mostLog = 2048
)

// Explain adds to what holds some ordinals up what the pod alone does not tell:
// what its events say, where the sighting does not have them, and the last line of a
// container that crashed. What may not be read is left out.
func (c *Client) Explain(ctx context.Context, s rollout.State, podNames []string) map[string]rollout.Cause {
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		causes = map[string]rollout.Cause{}
	)
	pods := named(s, podNames)
	said := eventsByPod(s.PodEvents)
	if asked := slices.DeleteFunc(slices.Clone(pods), claimPending); said == nil && len(asked) > 0 {
		said = c.whatIsSaid(ctx, asked)
	}
	for _, pod := range pods {
		wait.Go(func() {
			cause := c.explain(ctx, pod, said[pod.UID])
			mu.Lock()
			defer mu.Unlock()
			causes[pod.Name] = cause
		})
	}
	wait.Wait()
	c.explainClaims(ctx, s, causes)
	return causes
}

// whatIsSaid is what events and nodes tell of pods; without an answer, as where they
// may not be read.
func (c *Client) whatIsSaid(ctx context.Context, pods []rollout.Pod) eventsByPod {
	var told eventsByPod
	for _, read := range []podReader{c.podEvents, c.nodeStates} {
		if said, err := read(ctx, pods); err == nil {
			told = told.and(said)
		}
	}
	return told
}

// explainClaims adds what the volumes and the events of the claims tell where a
// pod waits for its own. Volumes that were looked at while the run lasted are
// not looked at again.
func (c *Client) explainClaims(ctx context.Context, s rollout.State, causes map[string]rollout.Cause) {
	pods := slices.DeleteFunc(unbound(s), func(pod rollout.Pod) bool { return causes[pod.Name].ID == "" })
	if len(pods) == 0 {
		return
	}
	said, err := c.ClaimEvents(ctx)
	if err != nil {
		said = nil // as where none may be read
	}
	var (
		known  map[types.UID]rollout.Cause
		unread string
	)
	if slices.ContainsFunc(pods, func(pod rollout.Pod) bool { return pod.Cause.Details == "" }) {
		stock, err := c.Stock(ctx)
		known = stock.Pending(s.Set, pods)
		if err == nil && stock.Volumes == nil {
			unread = "not allowed to list persistentvolumes: which of them could serve it is not told"
		}
	}
	for _, pod := range pods {
		cause := pod.Cause
		if better, ok := known[pod.UID]; ok {
			cause = better
		}
		causes[pod.Name] = detailed(cause, append(saidOf(cause, pod, said), cause.Details, unread))
	}
}

// saidOf are the events on the claim that a cause is about; on all of the pod's
// where it names none.
func saidOf(cause rollout.Cause, pod rollout.Pod, said map[string]string) []string {
	var lines []string
	for _, claimName := range slices.Concat(pod.Claims, pod.Ephemeral) {
		about := cause.Claim == "" || cause.Claim == claimName
		if about && said[claimName] != "" {
			lines = append(lines, "event: "+said[claimName])
		}
	}
	return lines
}

func detailed(cause rollout.Cause, lines []string) rollout.Cause {
	cause.Details = strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
	return cause
}

func named(s rollout.State, podNames []string) []rollout.Pod {
	var pods []rollout.Pod
	for _, pod := range slices.Concat(s.Pods, s.Surplus) {
		if pod.UID != "" && slices.Contains(podNames, pod.Name) && len(pods) < explainAtMost {
			pods = append(pods, pod)
		}
	}
	return pods
}

func (c *Client) explain(ctx context.Context, pod rollout.Pod, said []rollout.PodEvent) rollout.Cause {
	if claimPending(pod) {
		return pod.Cause
	}
	cause := pod.Informed(said).Cause
	if cause.ID == rollout.CrashLoop && cause.Log == "" {
		cause.Log = c.lastLine(ctx, pod)
	}
	return cause
}

// claimPending is a pod that its claims hold up. Its events repeat what its
// condition says.
func claimPending(pod rollout.Pod) bool { return pod.Held().ID == rollout.ClaimPending }

func lastSeen(e corev1.Event) time.Time { return rollout.LookPodEvent(&e).Last }

// shorten keeps the first line, and not too much of it.
func shorten(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(line)
	if len(runes) <= mostWords {
		return line
	}
	return string(runes[:mostWords]) + "..."
}

// lastLine is the last that a crashed container wrote.
func (c *Client) lastLine(ctx context.Context, pod rollout.Pod) string {
	object, err := c.core.Pods(c.namespaceName).Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil || object.UID != pod.UID {
		return ""
	}
	containerName, runs := crashed(object)
	if containerName == "" {
		return ""
	}
	for _, which := range runs {
		if line := c.logLine(ctx, pod.Name, containerName, which); line != "" {
			return line
		}
	}
	return ""
}

func (c *Client) logLine(ctx context.Context, podName, containerName string, which containerRun) string {
	lines, limit := int64(1), int64(mostLog)
	text, err := c.core.Pods(c.namespaceName).GetLogs(podName, &corev1.PodLogOptions{
		Container: containerName, Previous: which == previousRun, TailLines: &lines, LimitBytes: &limit,
	}).DoRaw(ctx)
	if err != nil {
		return ""
	}
	return spoken(shorten(string(text)))
}

// spoken is a container's own line. A kubelet that has no log any more answers with
// an excuse in the place of one (pkg/kubelet/kuberuntime/kuberuntime_container.go:
// GetContainerLogs).
func spoken(line string) string {
	if strings.HasPrefix(line, "unable to retrieve container logs for ") {
		return ""
	}
	return line
}

// containerRun is which run of a container a log is of.
type containerRun string

const (
	presentRun  containerRun = "present"
	previousRun containerRun = "previous"
)

// crashed finds the container that crashes, and the runs that did, the one to read
// first: the previous one, since one that has ended may be started again before its log
// is read. A kubelet may have removed that one by then. A container that runs at the
// moment may be between two crashes.
func crashed(pod *corev1.Pod) (containerName string, runs []containerRun) {
	between := ""
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		waiting, gone, before := status.State.Waiting, status.State.Terminated, status.LastTerminationState.Terminated
		crashedBefore := before != nil && before.ExitCode != 0
		switch {
		case gone != nil && gone.ExitCode != 0 && crashedBefore:
			return status.Name, []containerRun{previousRun, presentRun}
		case gone != nil && gone.ExitCode != 0:
			return status.Name, []containerRun{presentRun}
		case waiting != nil && crashedBefore:
			return status.Name, []containerRun{previousRun}
		case between == "" && crashedBefore:
			between = status.Name
		}
	}
	return between, []containerRun{previousRun}
}
