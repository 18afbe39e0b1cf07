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
}

// denials are messages as servers send them, and what is read in them.
func denials() map[string]denial {
	return map[string]denial{
		"a quota":                      {failed + `pods "den-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0`, "den-0", rollout.Quota},
		"a quota, 1.34":                {`create Pod den-0 in StatefulSet den failed error: pods "den-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0`, "den-0", rollout.Quota},
		"a quota on requests":          {failed + `pods "den-0" is forbidden: failed quota: q: must specify requests.cpu for: c`, "den-0", rollout.Quota},
		"a quota on claims":            {`Create Claim data-den-0 for Pod den-0 in StatefulSet den failed error: persistentvolumeclaims "data-den-0" is forbidden: exceeded quota: q, requested: persistentvolumeclaims=1`, "den-0", rollout.Quota},
		"the pod of a denied claim":    {failed + `failed to create PVC data-den-0: persistentvolumeclaims "data-den-0" is forbidden: exceeded quota: q`, "den-0", rollout.Quota},
		"a webhook":                    {failed + `admission webhook "x.example.com" denied the request: no`, "den-0", rollout.Denied},
		"a policy":                     {failed + `pods "den-0" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`, "den-0", rollout.Denied},
		"PodSecurity":                  {failed + `pods "den-0" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`, "den-0", rollout.Denied},
		"an account that is not there": {failed + `pods "den-0" is forbidden: error looking up service account default/x: serviceaccount "x" not found`, "den-0", rollout.Denied},
		"a pod that is invalid":        {failed + `Pod "den-0" is invalid: metadata.labels: Invalid value: "x": must be no more than 63 bytes`, "den-0", rollout.InvalidPod},
		"a claim that goes":            {`Create Pod web-1 in StatefulSet web failed error: pvc data-web-1 is being deleted`, "web-1", rollout.Undetermined},
		"a message of two lines":       {"Create Pod web-1 in StatefulSet web failed error: admission webhook \"x\" denied the request: one\ntwo", "web-1", rollout.Denied},
		"another event":                {`Create Pod web-1 in StatefulSet web successful`, "", ""},
		"nothing":                      {"", "", ""},
	}
}

func TestLookDenial(t *testing.T) {
	for name, tt := range denials() {
		t.Run(name, func(t *testing.T) {
			got, ok := rollout.LookDenial(&corev1.Event{Reason: "FailedCreate", Message: tt.message, Count: 1})
			if ok != (tt.podName != "") || got.PodName != tt.podName || got.Cause.ID != tt.cause || got.Cause.Hard {
				t.Errorf("it reads %+v (%v), want %s, %s", got, ok, tt.podName, tt.cause)
			}
		})
	}
}

// TestDenialComesAgain: a denial that was seen twice does not heal by waiting, if
// it is known what it is.
func TestDenialComesAgain(t *testing.T) {
	quota, claim := denials()["a quota"].message, denials()["a claim that goes"].message
	at := noon().Add(300 * time.Millisecond)
	for name, tt := range map[string]struct {
		in   corev1.Event
		hard bool
	}{
		"once":              {corev1.Event{Message: quota, Count: 1}, false},
		"twice":             {corev1.Event{Message: quota, Count: 2}, true},
		"twice in a series": {corev1.Event{Message: quota, Series: &corev1.EventSeries{Count: 2, LastObservedTime: metav1.NewMicroTime(at)}}, true},
		"twice, not known":  {corev1.Event{Message: claim, Count: 9}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Reason, tt.in.LastTimestamp = "FailedCreate", metav1.NewTime(at)
			got, ok := rollout.LookDenial(&tt.in)
			if !ok || got.Cause.Hard != tt.hard || !got.At.Equal(noon()) {
				t.Errorf("it reads %+v, want hard %v at noon", got, tt.hard)
			}
		})
	}
	if _, ok := rollout.LookDenial(&corev1.Event{Reason: "SuccessfulCreate", Message: quota}); ok {
		t.Error("it reads a denial in an event of another reason")
	}
}
