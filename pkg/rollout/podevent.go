// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// PodEvent is what an event on a pod says. Events help and are never needed: the
// server keeps them for an hour, and may not show them.
type PodEvent struct {
	Reason  string
	Message string
	Warning bool
	First   time.Time
	Last    time.Time // the newest of its kind
}

// LookPodEvent reads an event on a pod.
func LookPodEvent(event *corev1.Event) PodEvent {
	e := PodEvent{
		Reason: event.Reason, Message: event.Message, Warning: event.Type == corev1.EventTypeWarning,
		First: event.FirstTimestamp.Time, Last: event.LastTimestamp.Time,
	}
	if event.Series != nil {
		e.Last = event.Series.LastObservedTime.Time
	}
	if e.Last.IsZero() {
		e.Last = event.EventTime.Time
	}
	if e.First.IsZero() {
		e.First = cmp.Or(event.EventTime.Time, e.Last)
	}
	return e
}

// nodeState is the reason of what [InMaintenance] makes; no event has it.
const nodeState = "NodeState"

// InMaintenance tells of a pod, as an event would, what the node is in that it waits
// for, or is on.
func InMaintenance(state string, at time.Time) PodEvent {
	return PodEvent{Reason: nodeState, Message: state, First: at, Last: at}
}

// mostWords of an event: some carry the difference of two whole pod specs.
const mostWords = 300

// words of an event are its first line, and not too much of it.
func (e PodEvent) words() string {
	line, _, _ := strings.Cut(strings.TrimSpace(e.Message), "\n")
	if runes := []rune(line); len(runes) > mostWords {
		line = string(runes[:mostWords]) + "..."
	}
	return line
}

// setupFailed are the reasons of a kubelet and of the attach controller that no
// waiting reason tells: the container is ContainerCreating all the while
// (pkg/kubelet/events/event.go, pkg/controller/volume/attachdetach).
var setupFailed = map[string]CauseID{
	"FailedMount":            VolumeMount,
	"FailedAttachVolume":     VolumeMount,
	"FailedMapVolume":        VolumeMount,
	"FailedCreatePodSandBox": Sandbox,
	"FailedPodSandBoxStatus": Sandbox,
	"NetworkNotReady":        Sandbox,
}

// setUp are what a kubelet says when volumes and sandbox are behind it.
var setUp = map[string]bool{"Pulling": true, "Pulled": true, "Created": true, "Started": true}

// telling are the reasons of the warnings that are about a cause, and what their
// message begins with. Other warnings are about something else, whatever is newest;
// and what the pod's status says already is not said again.
var telling = map[CauseID]map[string]string{
	ImagePull:      {"FailedToRetrieveImagePullSecret": ""},
	ContainerError: {"FailedPostStartHook": ""},
	ReadinessProbe: {"Unhealthy": "Readiness probe", "ProbeError": "Readiness probe"},
	StartupProbe:   {"Unhealthy": "Startup probe", "ProbeError": "Startup probe"},
	NodeLost:       {"NodeNotReady": ""},
	Creating:       nil,
	InitContainer:  nil,
	Undetermined:   nil,
}

// beside are warnings that stand on many pods and hold none of them.
var beside = map[string]bool{
	"BackOff": true, "DNSConfigForming": true, "MissingClusterDNS": true, "FailedScheduling": true, "Unhealthy": true,
	"FailedToRetrieveImagePullSecret": true, "InspectFailed": true,
}

// explains says that a warning is about a cause. Where no reasons are known, any
// warning is that does not stand on many pods.
func (e PodEvent) explains(id CauseID) bool {
	reasons, known := telling[id]
	if !known || !e.Warning {
		return false
	}
	if reasons == nil {
		return !beside[e.Reason] && setupFailed[e.Reason] == ""
	}
	beginning, of := reasons[e.Reason]
	return of && strings.HasPrefix(e.Message, beginning)
}

// Informed is a pod with what its events tell of what holds it.
func (p Pod) Informed(events []PodEvent) Pod {
	events = slices.SortedStableFunc(slices.Values(events), func(a, b PodEvent) int { return a.Last.Compare(b.Last) })
	switch p.Cause.ID {
	case "":
		return p
	case Creating, VolumeMount, Sandbox:
		if p.setupFails(events) {
			return p
		}
	case CrashLoop:
		p.Cause = p.Cause.killed(since(events, p.Since.Add(-backOffResets)))
	case Unschedulable, VolumeAffinity, ClaimPending, NodeLost:
		p.Cause = p.Cause.scaled(since(events, p.Since)).waits(events)
	default:
	}
	if e, ok := newestOf(since(events, p.Since), func(e PodEvent) bool { return e.explains(p.Cause.ID) }); ok {
		p.Cause = p.Cause.and(e.Reason + ": " + e.words())
	}
	return p
}

// since leaves out what is older: it is about something that is over. Events have
// whole seconds.
func since(events []PodEvent, at time.Time) []PodEvent {
	return slices.DeleteFunc(slices.Clone(events), func(e PodEvent) bool { return e.Last.Before(at.Truncate(time.Second)) })
}

func newestOf(events []PodEvent, is func(PodEvent) bool) (PodEvent, bool) {
	for _, e := range slices.Backward(events) {
		if is(e) {
			return e, true
		}
	}
	return PodEvent{}, false
}

// and adds words to a cause that it has not yet.
func (c Cause) and(words string) Cause {
	if !strings.Contains(c.Message, words) {
		c.Message = strings.TrimPrefix(c.Message+"; "+words, "; ")
	}
	return c
}

// setupFails makes the newest failure of volumes or sandbox the cause, since the
// first of its kind, unless the kubelet has come beyond both.
func (p *Pod) setupFails(events []PodEvent) bool {
	last, ok := newestOf(events, func(e PodEvent) bool { return setUp[e.Reason] || setupFailed[e.Reason] != "" })
	id := setupFailed[last.Reason]
	if !ok || id == "" || p.SetUp {
		return false
	}
	p.Since = last.First
	for _, e := range events {
		if setupFailed[e.Reason] == id && e.First.Before(p.Since) {
			p.Since = e.First
		}
	}
	p.Cause = Cause{ID: id, Message: last.Reason + ": " + last.words()}
	return true
}

// killed adds to a crash loop that the kubelet ended the container because a probe
// failed: its exit code says nothing of that then
// (pkg/kubelet/kuberuntime/kuberuntime_manager.go: computePodActions).
func (c Cause) killed(events []PodEvent) Cause {
	for _, probe := range []string{"liveness", "startup"} {
		killing := "Container " + c.Container + " failed " + probe + " probe"
		kill, ok := newestOf(events, func(e PodEvent) bool { return e.Reason == "Killing" && strings.HasPrefix(e.Message, killing) })
		if !ok {
			continue
		}
		failed := strings.ToUpper(probe[:1]) + probe[1:] + " probe"
		if e, ok := newestOf(events, func(e PodEvent) bool { return e.Reason == "Unhealthy" && strings.HasPrefix(e.Message, failed) }); ok {
			kill = e
		}
		return c.and("the kubelet killed it: " + kill.words())
	}
	return c
}

// waits makes a node's maintenance the cause, where the pod waits for that node.
func (c Cause) waits(events []PodEvent) Cause {
	e, ok := newestOf(events, func(e PodEvent) bool { return e.Reason == nodeState })
	if !ok || !c.AsksForNodes() {
		return c
	}
	return Cause{ID: NodeMaintenance, Message: e.Message + "; " + c.Message}
}

// scaled adds what an autoscaler of the cluster says of a pod that has no node: that
// it makes one, or why not (cluster-autoscaler/processors/status/eventing_scale_up_processor.go;
// Karpenter nominates a pod for a node that it makes).
func (c Cause) scaled(events []PodEvent) Cause {
	e, ok := newestOf(events, func(e PodEvent) bool {
		return e.Reason == "TriggeredScaleUp" || e.Reason == "Nominated" || e.Reason == "NotTriggerScaleUp"
	})
	if !ok {
		return c
	}
	c.ScalesUp = e.Reason != "NotTriggerScaleUp"
	return c.and(e.Reason + ": " + e.words())
}
