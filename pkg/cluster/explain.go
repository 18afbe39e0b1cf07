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
	// mostWords of an event: some carry the difference of two whole pod specs.
	mostWords = 300
	// mostLog is how much of a container's last line is read.
	mostLog = 2048
)

// Explain adds to what holds some ordinals up what the pod alone does not tell:
// the newest warning, and the last line of a container that crashed. It knows
// no new causes, and what may not be read is left out.
func (c *Client) Explain(ctx context.Context, s rollout.State, podNames []string) map[string]rollout.Cause {
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		causes = map[string]rollout.Cause{}
	)
	pods := named(s, podNames)
	warnings := c.warnings(ctx, slices.DeleteFunc(slices.Clone(pods), claimPending))
	for _, pod := range pods {
		wait.Go(func() {
			cause := c.explain(ctx, pod, warnings[pod.UID])
			mu.Lock()
			defer mu.Unlock()
			causes[pod.Name] = cause
		})
	}
	wait.Wait()
	c.explainClaims(ctx, s, causes)
	return causes
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
	for _, claimName := range pod.Claims {
		about := cause.Details == "" || strings.HasPrefix(cause.Message, claimName+" ")
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

func (c *Client) explain(ctx context.Context, pod rollout.Pod, said string) rollout.Cause {
	cause := pod.Cause
	if claimPending(pod) {
		return cause
	}
	if said != "" && !strings.Contains(cause.Message, said) {
		cause.Message = strings.TrimPrefix(cause.Message+"; "+said, "; ")
	}
	if cause.ID == rollout.CrashLoop && cause.Log == "" {
		cause.Log = c.lastLine(ctx, pod)
	}
	return cause
}

// claimPending is a pod that its claims hold up. Its events repeat what its
// condition says.
func claimPending(pod rollout.Pod) bool { return pod.Held().ID == rollout.ClaimPending }

// warnings are what the newest Warning event of each pod says; nothing where
// none may be read. It is one question, however many pods there are: the server
// reads all events of the namespace for each.
func (c *Client) warnings(ctx context.Context, pods []rollout.Pod) map[types.UID]string {
	fields := "involvedObject.kind=Pod,type=" + corev1.EventTypeWarning
	switch len(pods) {
	case 0:
		return nil
	case 1:
		fields = "involvedObject.uid=" + string(pods[0].UID) + ",type=" + corev1.EventTypeWarning
	}
	var events []corev1.Event
	if err := listed(sourceOf(c.core.Events(c.namespaceName), "", fields), &events)(ctx); err != nil {
		return nil
	}
	slices.SortStableFunc(events, func(a, b corev1.Event) int { return lastSeen(a).Compare(lastSeen(b)) })
	said := map[types.UID]string{}
	for _, e := range events {
		said[e.InvolvedObject.UID] = e.Reason + ": " + shorten(e.Message)
	}
	return said
}

func lastSeen(e corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	default:
		return e.EventTime.Time
	}
}

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
	containerName, previous := crashed(object)
	if containerName == "" {
		return ""
	}
	lines, limit := int64(1), int64(mostLog)
	text, err := c.core.Pods(c.namespaceName).GetLogs(pod.Name, &corev1.PodLogOptions{
		Container: containerName, Previous: previous, TailLines: &lines, LimitBytes: &limit,
	}).DoRaw(ctx)
	if err != nil {
		return ""
	}
	return shorten(string(text))
}

// crashed finds the container that crashes, and says whether the run that did
// is the one before the present one. One that runs at the moment may be between
// two crashes.
func crashed(pod *corev1.Pod) (containerName string, previous bool) {
	between := ""
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		waiting, gone, before := status.State.Waiting, status.State.Terminated, status.LastTerminationState.Terminated
		switch {
		case gone != nil && gone.ExitCode != 0:
			return status.Name, false
		case waiting != nil && before != nil && before.ExitCode != 0:
			return status.Name, true
		case between == "" && before != nil && before.ExitCode != 0:
			between = status.Name
		}
	}
	return between, between != ""
}
