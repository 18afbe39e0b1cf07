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
	VolumeAffinity CauseID = "volume-affinity"
	ReadinessProbe CauseID = "readiness-probe"
	ReadinessGate  CauseID = "readiness-gate"
	Finalizer      CauseID = "terminating-finalizer"
	NodeLost       CauseID = "node-lost"
	PodFailed      CauseID = "pod-failed"
	Quota          CauseID = "quota"
	Policy         CauseID = "policy" // a ValidatingAdmissionPolicy, PodSecurity and the like
	WebhookDenied  CauseID = "webhook-denied"
	WebhookFailed  CauseID = "webhook-failed" // it could not be called
	LimitRange     CauseID = "limit-range"
	ServiceAccount CauseID = "service-account"
	PriorityClass  CauseID = "priority-class"
	InvalidPod     CauseID = "pod-invalid"
	Denied         CauseID = "denied" // forbidden by any other
	LowerOrdinal   CauseID = "blocked-by-lower-ordinal"
	Squatter       CauseID = "squatter"
	Silent         CauseID = "controller-silent"
	OutOfSight     CauseID = "api-out-of-sight"
	Undetermined   CauseID = "undetermined"
)

// Cause is why an ordinal does not go on: a stable word, the server's own
// message, and where it was read, the last line that a crashed container wrote.
type Cause struct {
	ID      CauseID
	Message string
	Details string // more of the message, a line each: what an unbound claim could get and why not
	Log     string
	Try     string // a command for this very case; "" for the one that every case has
	// Hard causes cannot heal by waiting: the ordinal has failed at once.
	Hard bool
	// Unserved claims are those that no volume can serve and no class makes one
	// for: somebody must act, and gets no more than patience for it.
	Unserved bool
}

// Patience says how long a cause may hold an ordinal before it has failed.
// The zero value gives none.
type Patience time.Duration

// unschedulableAtLeast: a cluster autoscaler needs about this long to answer.
const unschedulableAtLeast = Patience(time.Minute)

// of returns how long a cause may last; false where only the stall clock ends it.
func (p Patience) of(c Cause) (time.Duration, bool) {
	if c.Hard {
		return 0, true
	}
	switch c.ID {
	case ImagePull, ConfigError, ContainerError:
		return time.Duration(p), true
	case Unschedulable:
		return time.Duration(max(p, unschedulableAtLeast)), true
	case ClaimPending:
		return time.Duration(p), c.Unserved
	default:
		return 0, false
	}
}

// quietFor: every pod runs unready for a moment. Only from then on is it worth a word.
const quietFor = 5 * time.Second

// tellable is from when on a cause is told; at once for most.
func (c Cause) tellable(since time.Time) time.Time {
	if c.ID == ReadinessProbe || c.ID == ReadinessGate {
		return since.Add(quietFor)
	}
	return since
}

// FailsAt is when a pod held by its cause has failed; zero where it never does
// by this alone.
func (p Patience) FailsAt(pod Pod) time.Time {
	wait, limited := p.of(pod.Cause)
	if !limited {
		return time.Time{}
	}
	return pod.Since.Add(wait)
}

// remedies: what a person can paste. {ns}, {set} and {pod} are filled in.
// Only what does not depend on the case stands here.
var remedies = map[CauseID]string{
	ImagePull:      "kubectl -n {ns} describe pod {pod}",
	CrashLoop:      "kubectl -n {ns} logs {pod} --previous",
	ConfigError:    "kubectl -n {ns} describe pod {pod}",
	ContainerError: "kubectl -n {ns} describe pod {pod}",
	Unschedulable:  "kubectl -n {ns} describe pod {pod}",
	SchedulingGate: "kubectl -n {ns} get pod {pod} -o jsonpath='{.spec.schedulingGates}'",
	ClaimPending:   "kubectl sts pv status {set} -n {ns}",
	VolumeAffinity: "kubectl get pv -o custom-columns=NAME:.metadata.name,NODES:.spec.nodeAffinity",
	ReadinessProbe: "kubectl -n {ns} logs {pod}",
	ReadinessGate:  "kubectl -n {ns} get pod {pod} -o jsonpath='{.status.conditions}'",
	Finalizer:      "kubectl -n {ns} get pod {pod} -o jsonpath='{.metadata.finalizers}'",
	NodeLost:       "kubectl -n {ns} get pod {pod} -o wide",
	PodFailed:      "kubectl -n {ns} describe pod {pod}",
	Quota:          "kubectl -n {ns} describe quota",
	Policy:         "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings",
	WebhookDenied:  "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
	WebhookFailed:  "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
	LimitRange:     "kubectl -n {ns} describe limitrange",
	ServiceAccount: "kubectl -n {ns} get serviceaccount",
	PriorityClass:  "kubectl get priorityclass",
	InvalidPod:     "kubectl -n {ns} get events --field-selector involvedObject.name={set}",
	Denied:         "kubectl -n {ns} get events --field-selector involvedObject.name={set}",
	Squatter:       "kubectl -n {ns} get pod {pod} --show-labels",
	Silent:         "kubectl -n {ns} get controllerrevisions,quota,events",
}

// Remedy is a command that shows more of the cause or ends it; "" for none.
func (c Cause) Remedy(set Set, podName string) string {
	line := cmp.Or(c.Try, remedies[c.ID])
	if line == "" {
		return ""
	}
	fill := strings.NewReplacer("{ns}", set.Namespace, "{set}", set.Name, "{pod}", podName)
	return fill.Replace(line) + set.Via
}
