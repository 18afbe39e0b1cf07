// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"strings"
	"time"
)

// CauseID names what holds an ordinal up. The words are an API: text, JSON and
// documentation use the same.
type CauseID string

// The causes.
const (
	ImagePull      CauseID = "image-pull"
	CrashLoop      CauseID = "crash-loop"
	ConfigError    CauseID = "config-error"
	ContainerError CauseID = "container-error"
	Unschedulable  CauseID = "unschedulable"
	SchedulingGate CauseID = "scheduling-gate"
	ClaimPending   CauseID = "claim-pending"
	ClaimLost      CauseID = "claim-lost"
	VolumeAffinity CauseID = "volume-affinity"
	VolumeMount    CauseID = "volume-mount"
	Sandbox        CauseID = "sandbox"
	Creating       CauseID = "container-creating"
	InitContainer  CauseID = "init-container"
	StartupProbe   CauseID = "startup-probe"
	ReadinessProbe CauseID = "readiness-probe"
	ReadinessGate  CauseID = "readiness-gate"
	Finalizer      CauseID = "terminating-finalizer"
	NodeLost       CauseID = "node-lost"
	// NodeMaintenance: the only node for the pod is cordoned, drained or mended, and so
	// is one that is not heard of.
	NodeMaintenance CauseID = "node-maintenance"
	// ContainerTerminated: a container has ended, and its restart policy leaves it so.
	ContainerTerminated CauseID = "container-terminated"
	PodFailed           CauseID = "pod-failed"
	Evicted             CauseID = "evicted"
	Quota               CauseID = "quota"
	Policy              CauseID = "policy" // a ValidatingAdmissionPolicy, PodSecurity and the like
	WebhookDenied       CauseID = "webhook-denied"
	WebhookFailed       CauseID = "webhook-failed" // it could not be called
	LimitRange          CauseID = "limit-range"
	ServiceAccount      CauseID = "service-account"
	PriorityClass       CauseID = "priority-class"
	InvalidPod          CauseID = "pod-invalid"
	Denied              CauseID = "denied" // forbidden by any other
	LowerOrdinal        CauseID = "blocked-by-lower-ordinal"
	Squatter            CauseID = "squatter"
	Silent              CauseID = "controller-silent"
	OutOfSight          CauseID = "api-out-of-sight"
	Undetermined        CauseID = "undetermined"
)

// Cause is why an ordinal does not go on: a stable word, the server's own
// message, and where it was read, the last line that a crashed container wrote.
type Cause struct {
	ID      CauseID
	Message string
	Details string // more of the message, a line each: what an unbound claim could get and why not
	Log     string
	// Container is the one that the cause is about; "" where it is the pod.
	Container string
	Try       string // a command for this very case; "" for the one that every case has
	// Hard causes cannot heal by waiting: the ordinal has failed at once.
	Hard bool
	// Claim that the cause is about; "" for none, or any.
	Claim string
	// Scheduler has the scheduler's own words, where they are not all of the message.
	Scheduler string
	// Unserved claims are those that no volume can serve and no class makes one
	// for: somebody must act, and gets no more than patience for it.
	Unserved bool
	// Restarts of the container in a crash loop that [FailurePolicy.MaxRestarts]
	// counts; 0 where the loop is judged by time.
	Restarts int32
	// Limited is a crash loop that gets no more than patience, however few restarts it has.
	Limited bool
	// Beside: required anti-affinity keeps the pod from the nodes of the set's own others.
	Beside bool
	// ScalesUp: a cluster autoscaler has said that it makes a node for the pod.
	ScalesUp bool
}

// quietFor: every pod waits for a moment for its claims, its node, its containers and
// its probes. Only from then on is it worth a word.
const quietFor = 5 * time.Second

// tellable is from when on a cause is told: at once where something has gone wrong,
// later where it may be a step that every pod takes.
func (c Cause) tellable(since time.Time) time.Time {
	switch c.ID {
	case "", ImagePull, CrashLoop, ConfigError, ContainerError, VolumeMount, Sandbox, ClaimLost, SchedulingGate, NodeLost, NodeMaintenance, PodFailed, Evicted:
		return since
	default:
		return since.Add(quietFor)
	}
}

// notOfTemplate are causes in what is around a pod: another template mends none of them.
var notOfTemplate = map[CauseID]bool{
	NodeLost: true, NodeMaintenance: true, ClaimLost: true, Quota: true, WebhookFailed: true,
	Finalizer: true, LowerOrdinal: true, Squatter: true, Silent: true, OutOfSight: true,
}

// remedies: what a person can paste. {ns}, {set} and {pod} are filled in.
// Only what does not depend on the case stands here.
var remedies = map[CauseID]string{
	ImagePull:           "kubectl -n {ns} describe pod {pod}",
	CrashLoop:           "kubectl -n {ns} logs {pod}{container} --previous",
	ConfigError:         "kubectl -n {ns} describe pod {pod}",
	ContainerError:      "kubectl -n {ns} describe pod {pod}",
	Unschedulable:       "kubectl -n {ns} describe pod {pod}",
	SchedulingGate:      "kubectl -n {ns} get pod {pod} -o jsonpath='{.spec.schedulingGates}'",
	ClaimPending:        "kubectl sts pv status {set} -n {ns}",
	VolumeAffinity:      "kubectl get pv -o custom-columns=NAME:.metadata.name,NODES:.spec.nodeAffinity",
	ReadinessProbe:      "kubectl -n {ns} logs {pod}{container}",
	StartupProbe:        "kubectl -n {ns} logs {pod}{container}",
	InitContainer:       "kubectl -n {ns} logs {pod}{container}",
	ContainerTerminated: "kubectl -n {ns} logs {pod}{container}",
	ClaimLost:           "kubectl sts check {set} -n {ns}",
	VolumeMount:         "kubectl -n {ns} describe pod {pod}",
	Sandbox:             "kubectl -n {ns} describe pod {pod}",
	Creating:            "kubectl -n {ns} describe pod {pod}",
	ReadinessGate:       "kubectl -n {ns} get pod {pod} -o jsonpath='{.status.conditions}'",
	Finalizer:           "kubectl -n {ns} get pod {pod} -o jsonpath='{.metadata.finalizers}'",
	NodeLost:            "kubectl -n {ns} get pod {pod} -o wide",
	NodeMaintenance:     "kubectl get nodes",
	PodFailed:           eventsOfPod,
	Evicted:             eventsOfPod,
	Quota:               "kubectl -n {ns} describe quota",
	Policy:              "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings",
	WebhookDenied:       "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
	WebhookFailed:       "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
	LimitRange:          "kubectl -n {ns} describe limitrange",
	ServiceAccount:      "kubectl -n {ns} get serviceaccount",
	PriorityClass:       "kubectl get priorityclass",
	InvalidPod:          "kubectl -n {ns} get events --field-selector involvedObject.name={set}",
	Denied:              "kubectl -n {ns} get events --field-selector involvedObject.name={set}",
	Squatter:            "kubectl -n {ns} get pod {pod} --show-labels",
	Silent:              "kubectl -n {ns} get controllerrevisions,quota,events",
}

// eventsOfPod are those of all pods that had the name: the one at fault may be gone.
const eventsOfPod = "kubectl -n {ns} get events --field-selector involvedObject.name={pod}"

// Remedy is a command that shows more of the cause or ends it; "" for none.
func (c Cause) Remedy(set Set, podName string) string {
	line := cmp.Or(c.Try, remedies[c.ID])
	if line == "" {
		return ""
	}
	container := ""
	if c.Container != "" {
		container = " -c " + c.Container
	}
	fill := strings.NewReplacer("{ns}", set.Namespace, "{set}", set.Name, "{pod}", podName, "{container}", container)
	return fill.Replace(line) + set.Via
}
