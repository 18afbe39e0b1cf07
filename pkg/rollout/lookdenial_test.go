// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// failed is how the controller begins to tell of a pod that it could not make.
const failed = "Create Pod den-0 in StatefulSet den failed error: "

type denial struct {
	message string
	podName string // "" for none
	cause   rollout.CauseID
	lasting bool
}

// denials are messages as servers send them, and what is read in them.
func denials() map[string]denial {
	forbidden := failed + `pods "den-0" is forbidden: `
	return map[string]denial{
		"a quota":                      {forbidden + `exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0`, "den-0", rollout.Quota, true},
		"a quota, 1.34":                {`create Pod den-0 in StatefulSet den failed error: pods "den-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0`, "den-0", rollout.Quota, true},
		"a quota on requests":          {forbidden + `failed quota: q: must specify requests.cpu for: c`, "den-0", rollout.Quota, true},
		"a quota for a class":          {forbidden + `insufficient quota to consume: pods`, "den-0", rollout.Quota, true},
		"a quota that is new":          {forbidden + `status unknown for quota: q, resources: pods`, "den-0", rollout.Quota, false},
		"a quota in use":               {failed + `Operation cannot be fulfilled on resourcequotas "q": the object has been modified; please apply your changes to the latest version and try again`, "den-0", rollout.Quota, false},
		"a quota that takes too long":  {failed + `Internal error occurred: resource quota evaluation timed out`, "den-0", rollout.Quota, false},
		"a quota on claims":            {`Create Claim data-den-0 for Pod den-0 in StatefulSet den failed error: persistentvolumeclaims "data-den-0" is forbidden: exceeded quota: q, requested: persistentvolumeclaims=1`, "den-0", rollout.Quota, true},
		"the pod of a denied claim":    {failed + `failed to create PVC data-den-0: persistentvolumeclaims "data-den-0" is forbidden: exceeded quota: q`, "den-0", rollout.Quota, true},
		"many alike":                   {"(combined from similar events): " + forbidden + `exceeded quota: q, requested: pods=1`, "den-0", rollout.Quota, true},
		"a webhook":                    {failed + `admission webhook "x.example.com" denied the request: no`, "den-0", rollout.WebhookDenied, true},
		"a webhook of few words":       {failed + `admission webhook "x.example.com" denied the request without explanation`, "den-0", rollout.WebhookDenied, true},
		"a webhook on quotas":          {failed + `admission webhook "x.example.com" denied the request: exceeded quota: team a`, "den-0", rollout.WebhookDenied, true},
		"a webhook that is away":       {failed + `Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://x.shop.svc:443/": dial tcp 10.0.0.1:443: connect: connection refused`, "den-0", rollout.WebhookFailed, false},
		"a policy":                     {forbidden + `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`, "den-0", rollout.Policy, true},
		"a policy on quotas":           {forbidden + `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: exceeded quota: a`, "den-0", rollout.Policy, true},
		"a policy that mutates":        {failed + `policy 'p' with binding 'b' denied request: no such key`, "den-0", rollout.Policy, true},
		"PodSecurity":                  {forbidden + `violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`, "den-0", rollout.Policy, true},
		"a limit range":                {forbidden + `maximum cpu usage per Container is 1, but limit is 2`, "den-0", rollout.LimitRange, true},
		"a limit range, two of it":     {forbidden + `[minimum cpu usage per Container is 100m, but request is 10m, minimum memory usage per Pod is 1Gi.  No request is specified]`, "den-0", rollout.LimitRange, true},
		"a limit range's ratio":        {forbidden + `cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000`, "den-0", rollout.LimitRange, true},
		"a limit range on claims":      {`Create Claim data-den-0 for Pod den-0 in StatefulSet den failed error: persistentvolumeclaims "data-den-0" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi`, "den-0", rollout.LimitRange, true},
		"a limit range out of reach":   {forbidden + `unable to CREATE pods at this time because there was an error enforcing limit ranges`, "den-0", rollout.LimitRange, false},
		"an account that is not there": {forbidden + `error looking up service account default/x: serviceaccount "x" not found`, "den-0", rollout.ServiceAccount, true},
		"an account without a secret":  {forbidden + `volume with secret.secretName="s" is not allowed because service account x does not reference that secret`, "den-0", rollout.ServiceAccount, true},
		"a class that is not there":    {forbidden + `no PriorityClass with name high was found`, "den-0", rollout.PriorityClass, true},
		"a priority of its own":        {forbidden + `the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name`, "den-0", rollout.PriorityClass, true},
		"a namespace that goes":        {forbidden + `unable to create new content in namespace shop because it is being terminated`, "den-0", rollout.Denied, true},
		"no right to make pods":        {failed + `pods is forbidden: User "system:serviceaccount:kube-system:statefulset-controller" cannot create resource "pods" in API group "" in the namespace "shop"`, "den-0", rollout.Denied, true},
		"a runtime that is not there":  {forbidden + `pod rejected: RuntimeClass "gvisor" not found`, "den-0", rollout.Denied, true},
		"a pod that is invalid":        {failed + `Pod "den-0" is invalid: metadata.labels: Invalid value: "x": must be no more than 63 bytes`, "den-0", rollout.InvalidPod, true},
		"a claim that goes":            {`Create Pod web-1 in StatefulSet web failed error: pvc data-web-1 is being deleted`, "web-1", rollout.Undetermined, false},
		"a server that is slow":        {failed + `Timeout: request did not complete within requested timeout - context deadline exceeded`, "den-0", rollout.Undetermined, false},
		"a message of two lines":       {"Create Pod web-1 in StatefulSet web failed error: admission webhook \"x\" denied the request: one\ntwo", "web-1", rollout.WebhookDenied, true},
		"another event":                {`Create Pod web-1 in StatefulSet web successful`, "", "", false},
		"nothing":                      {"", "", "", false},
	}
}

func TestLookDenial(t *testing.T) {
	for name, tt := range denials() {
		t.Run(name, func(t *testing.T) {
			got, ok := rollout.LookDenial(&corev1.Event{Reason: "FailedCreate", Message: tt.message, Count: 9})
			if ok != (tt.podName != "") || got.PodName != tt.podName || got.Cause.ID != tt.cause || got.Lasting != tt.lasting || got.Cause.Hard {
				t.Errorf("it reads %+v (%v), want %s, %s, lasting %v", got, ok, tt.podName, tt.cause, tt.lasting)
			}
		})
	}
	if _, ok := rollout.LookDenial(&corev1.Event{Reason: "SuccessfulCreate", Message: denials()["a quota"].message}); ok {
		t.Error("it reads a denial in an event of another reason")
	}
}

// TestDenialTimes: an event keeps its first and its newest time; one that is told for
// many pods has no first time of its own.
func TestDenialTimes(t *testing.T) {
	first, last := metav1.NewTime(noon()), metav1.NewTime(noon().Add(time.Minute))
	quota, many := denials()["a quota"].message, denials()["many alike"].message
	for name, tt := range map[string]struct {
		in      corev1.Event
		at      time.Time
		earlier int
	}{
		"counted":     {corev1.Event{Message: quota, FirstTimestamp: first, LastTimestamp: last}, last.Time, 1},
		"a series":    {corev1.Event{Message: quota, EventTime: metav1.NewMicroTime(first.Time), Series: &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(last.Time.Add(300 * time.Millisecond))}}, last.Time, 0},
		"a new event": {corev1.Event{Message: quota, EventTime: metav1.NewMicroTime(first.Time)}, first.Time, 0},
		"many alike":  {corev1.Event{Message: many, FirstTimestamp: first, LastTimestamp: last}, last.Time, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Reason = "FailedCreate"
			got, ok := rollout.LookDenial(&tt.in)
			if !ok || !got.At.Equal(tt.at) || len(got.Earlier) != tt.earlier {
				t.Errorf("it reads %+v, want %s and %d earlier", got, tt.at, tt.earlier)
			}
		})
	}
}

// TestLookCreation: what was made is told in the same events.
func TestLookCreation(t *testing.T) {
	for message, want := range map[string]struct {
		podName string
		times   int32
	}{
		"create Pod web-1 in StatefulSet web successful":                                 {"web-1", 4},
		"(combined from similar events): Create Pod web-1 in StatefulSet web successful": {"web-1", 1},
		"Create Claim data-web-1 Pod web-1 in StatefulSet web success":                   {},
		"Delete Pod web-1 in StatefulSet web successful":                                 {},
	} {
		got, made, ok := rollout.LookCreation(&corev1.Event{Reason: "SuccessfulCreate", Message: message, LastTimestamp: metav1.NewTime(noon()), Count: 4})
		if got != want.podName || ok != (want.podName != "") || made.Times != want.times || ok && !made.At.Equal(noon()) {
			t.Errorf("%s: it reads %q, %+v (%v)", message, got, made, ok)
		}
	}
}
