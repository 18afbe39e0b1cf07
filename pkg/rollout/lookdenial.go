// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Denial is the server's refusal to make a pod of the set, or a claim of that pod, as
// one of the controller's FailedCreate events tells it.
type Denial struct {
	PodName string
	Cause   Cause
	// Lasting: trying again does not help, somebody has to change something.
	Lasting bool
	At      time.Time // of the newest denial; whole seconds
	// Earlier denials of the same words, as far as they are known: an event keeps
	// the first and the newest time, and a watch sees those in between.
	Earlier []time.Time
}

// from is the earliest denial that is known at or after a time; false for none.
func (d Denial) from(since time.Time) (time.Time, bool) {
	since = since.Truncate(time.Second)
	first, found := d.At, !d.At.Before(since)
	for _, at := range d.Earlier {
		if !at.Before(since) && at.Before(first) {
			first, found = at, true
		}
	}
	return first, found
}

// The messages of the controller's events about a pod; the verb's case changed with 1.35
// (pkg/controller/statefulset/stateful_pod_control.go: recordPodEvent, recordClaimEvent).
// A recorder that has sent many alike puts words of its own in front
// (client-go/tools/record/events_cache.go: EventAggregatorByReasonMessageFunc).
var (
	failedCreate     = regexp.MustCompile(`(?is)^(\(combined from similar events\): )?create (?:claim \S+ for )?pod (\S+) in statefulset \S+ failed error: (.*)$`)
	successfulCreate = regexp.MustCompile(`(?is)^(\(combined from similar events\): )?create pod (\S+) in statefulset \S+ successful$`)
)

// LookDenial reads an event on the set; false where it tells of no denied pod.
func LookDenial(event *corev1.Event) (Denial, bool) {
	if event.Reason != "FailedCreate" {
		return Denial{}, false
	}
	parts := failedCreate.FindStringSubmatch(event.Message)
	if parts == nil {
		return Denial{}, false
	}
	d := Denial{PodName: parts[2], At: lastSeen(event)}
	d.Cause, d.Lasting = denialCause(parts[3])
	if combined := parts[1] != ""; !combined && !event.FirstTimestamp.IsZero() {
		d.Earlier = []time.Time{event.FirstTimestamp.Truncate(time.Second)}
	}
	return d, true
}

// LookCreation reads an event on the set: which pod was made, when last and how often;
// false where it tells of none.
func LookCreation(event *corev1.Event) (podName string, c Creation, ok bool) {
	if event.Reason != "SuccessfulCreate" {
		return "", Creation{}, false
	}
	parts := successfulCreate.FindStringSubmatch(event.Message)
	if parts == nil {
		return "", Creation{}, false
	}
	c = Creation{At: lastSeen(event), Times: 1}
	if combined := parts[1] != ""; !combined {
		c.Times = max(event.Count, 1)
	}
	return parts[2], c, true
}

// lastSeen is when what an event tells of happened last; whole seconds.
func lastSeen(event *corev1.Event) time.Time {
	at := event.LastTimestamp.Time
	switch {
	case event.Series != nil:
		at = event.Series.LastObservedTime.Time
	case at.IsZero():
		at = event.EventTime.Time
	}
	return at.Truncate(time.Second)
}

// denialWords are what the parts of the API server that deny say, in the order in
// which they are looked for: a webhook and a policy may say anything in their messages.
var denialWords = []struct {
	says      *regexp.Regexp
	id        CauseID
	transient bool   // it may heal by itself, so that the time judges it
	try       string // a remedy of its own; "" for the cause's
}{
	// apiserver/pkg/admission/plugin/webhook/errors/statuserror.go: ToStatusErr
	{says: regexp.MustCompile(`admission webhook "[^"]*" denied the request`), id: WebhookDenied},
	// apiserver/pkg/util/webhook/error.go: one that does not answer, with failurePolicy Fail
	{says: regexp.MustCompile(`failed calling webhook `), id: WebhookFailed, transient: true},
	// apiserver/pkg/admission/plugin/policy/validating/dispatcher.go, ../generic/policy_dispatcher.go
	{says: regexp.MustCompile(`(?:Policy|policy) ['"][^'"]*['"] (?:with binding '[^']*' )?denied request: `), id: Policy},
	// pod-security-admission/admission/admission.go: EvaluatePod
	{says: regexp.MustCompile(`violates PodSecurity `), id: Policy, try: "kubectl get namespace {ns} --show-labels"},
	{says: regexp.MustCompile(`unable to validate against any security context constraint`), id: Policy, try: "kubectl get securitycontextconstraints"},
	// apiserver/pkg/admission/plugin/resourcequota/controller.go: CheckRequest
	{says: regexp.MustCompile(`exceeded quota: |failed quota: |insufficient quota to |quota usage is negative `), id: Quota},
	{says: regexp.MustCompile(`status unknown for quota: |resource quota evaluation timed out|error resolving quota: | on resourcequotas "`), id: Quota, transient: true},
	// plugin/pkg/admission/limitranger/admission.go
	{says: regexp.MustCompile(`(?:minimum|maximum) \S+ usage per \S+ is |max limit to request ratio per \S+ is `), id: LimitRange},
	{says: regexp.MustCompile(`error enforcing limit ranges`), id: LimitRange, transient: true},
	// plugin/pkg/admission/serviceaccount/admission.go
	{says: regexp.MustCompile(`error looking up service account |no service account specified |because service account \S+ does not reference that `), id: ServiceAccount},
	// plugin/pkg/admission/priority/admission.go
	{says: regexp.MustCompile(`no PriorityClass with name |priority admission controller computed `), id: PriorityClass},
	{says: regexp.MustCompile(` is invalid: `), id: InvalidPod},
	// RBAC of the controller, a namespace that goes, RuntimeClass and the other admission plugins
	{says: regexp.MustCompile(` is forbidden: `), id: Denied},
}

// denialCause: what is not known by its words may heal by itself.
func denialCause(message string) (cause Cause, lasting bool) {
	for _, words := range denialWords {
		if words.says.MatchString(message) {
			return Cause{ID: words.id, Message: message, Try: words.try}, !words.transient
		}
	}
	return Cause{ID: Undetermined, Message: strings.TrimSpace(message)}, false
}
