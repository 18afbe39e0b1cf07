// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func warning(reason, message string, at time.Time) *corev1.Event {
	return &corev1.Event{
		Type:           corev1.EventTypeWarning,
		TypeMeta:       metav1.TypeMeta{Kind: "Event", APIVersion: "v1"},
		ObjectMeta:     metav1.ObjectMeta{Name: reason, Namespace: "default"},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", UID: "web-1-uid"},
		Reason:         reason, Message: message, LastTimestamp: metav1.NewTime(at),
	}
}

func TestExplain(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	crashing := webPod("web-1", func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{
			{Name: "well", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
			{
				Name: "ill", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
				LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}},
			},
		}
	})
	const log = "panic: no disk\n"
	for name, tt := range map[string]struct {
		cause   rollout.Cause
		forbids string
		log     string
		want    rollout.Cause
	}{
		"a warning that says more": {
			rollout.Cause{ID: rollout.ReadinessProbe, Message: "not ready"},
			"", log,
			rollout.Cause{ID: rollout.ReadinessProbe, Message: "not ready; Unhealthy: Readiness probe failed"},
		},
		"a warning about something else": {rollout.Cause{ID: rollout.ReadinessGate}, "", log, rollout.Cause{ID: rollout.ReadinessGate}},
		"a mount that fails":             {rollout.Cause{ID: rollout.Creating}, "", log, rollout.Cause{ID: rollout.VolumeMount, Message: "FailedMount: long ago"}},
		"a crash":                        {rollout.Cause{ID: rollout.CrashLoop, Hard: true}, "", log, rollout.Cause{ID: rollout.CrashLoop, Hard: true, Log: "panic: no disk"}},
		"a crash that says why itself":   {rollout.Cause{ID: rollout.CrashLoop, Log: "its own word"}, "", log, rollout.Cause{ID: rollout.CrashLoop, Log: "its own word"}},
		"no events":                      {rollout.Cause{ID: rollout.CrashLoop}, "events", log, rollout.Cause{ID: rollout.CrashLoop, Log: "panic: no disk"}},
		"no logs":                        {rollout.Cause{ID: rollout.CrashLoop}, "pods", log, rollout.Cause{ID: rollout.CrashLoop}},
		"an excuse":                      {rollout.Cause{ID: rollout.CrashLoop}, "", "unable to retrieve container logs for containerd://ba0601db", rollout.Cause{ID: rollout.CrashLoop}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, crashing,
				warning("FailedMount", "long ago", at.Add(-time.Hour)), warning("Unhealthy", "Readiness probe failed\nand more", at))
			server.answers(func(r request) any {
				resource, objectName := r.resource()
				switch {
				case resource == tt.forbids:
					return failure(403, metav1.StatusReasonForbidden, "no")
				case resource == "events" && r.Query.Get("fieldSelector") != "involvedObject.uid=web-1-uid":
					return failure(400, metav1.StatusReasonBadRequest, r.Query.Encode())
				case objectName == "web-1/log" && r.Query.Encode() == "container=ill&limitBytes=2048&previous=true&tailLines=1":
					return tt.log
				default:
					return nil
				}
			})
			s := rollout.State{Pods: []rollout.Pod{{Name: "web-0", UID: "u"}, {Name: "web-1", UID: "web-1-uid", Cause: tt.cause}}}
			got := server.client(t).Explain(t.Context(), s, []string{"web-1", "web-9"})
			if len(got) != 1 || got["web-1"] != tt.want {
				t.Errorf("%+v, not %+v", got, tt.want)
			}
		})
	}
}

// A container may be started again before its log is read: the previous run is the one
// that crashed for certain, as long as the kubelet has it.
func TestLastLineOfACrash(t *testing.T) {
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}
	runs := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	for name, tt := range map[string]struct {
		now, before corev1.ContainerState
		gone        string // the run whose log the kubelet has no more
		want        string
	}{
		"ended once":                            {ended, corev1.ContainerState{}, "", "present"},
		"ended again":                           {ended, ended, "", "previous"},
		"ended again, the previous one removed": {ended, ended, "previous", "present"},
		"between two":                           {runs, ended, "", "previous"},
		"between two, the previous one removed": {runs, ended, "previous", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, webPod("web-1", func(p *corev1.Pod) {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "app", State: tt.now, LastTerminationState: tt.before}}
			}))
			server.answers(logsBut(tt.gone))
			s := rollout.State{Pods: []rollout.Pod{{Name: "web-1", UID: "web-1-uid", Cause: rollout.Cause{ID: rollout.CrashLoop}}}}
			if got := server.client(t).Explain(t.Context(), s, []string{"web-1"})["web-1"].Log; got != tt.want {
				t.Errorf("the log is of the %q run, not the %q one", got, tt.want)
			}
		})
	}
}

// logsBut answers each log of web-1 with the run that it is of, but for one that is gone.
func logsBut(gone string) func(request) any {
	return func(r request) any {
		which := "present"
		if r.Query.Get("previous") == "true" {
			which = "previous"
		}
		switch _, objectName := r.resource(); {
		case objectName != "web-1/log":
			return nil
		case which == gone:
			return failure(400, metav1.StatusReasonBadRequest, "previous terminated container not found")
		default:
			return which
		}
	}
}

// However many ordinals are blocked, their events are one question, and none where
// the sighting has them.
func TestExplainManyAtOnce(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	other := warning("FailedPostStartHook", "once more", at)
	other.InvolvedObject.UID = "web-0-uid"
	server := newStub(t, other, warning("Unhealthy", "Readiness probe failed", at))
	s := rollout.State{Pods: []rollout.Pod{
		{Name: "web-0", UID: "web-0-uid", Cause: rollout.Cause{ID: rollout.ContainerError}},
		{Name: "web-1", UID: "web-1-uid", Cause: rollout.Cause{ID: rollout.ReadinessProbe}},
		{Name: "web-2", UID: "web-2-uid", Cause: rollout.Cause{ID: rollout.ReadinessProbe}},
	}}
	names := []string{"web-0", "web-1", "web-2"}
	client := server.client(t)
	got := client.Explain(t.Context(), s, names)
	want := map[string]rollout.Cause{
		"web-0": {ID: rollout.ContainerError, Message: "FailedPostStartHook: once more"},
		"web-1": {ID: rollout.ReadinessProbe, Message: "Unhealthy: Readiness probe failed"},
		"web-2": {ID: rollout.ReadinessProbe},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
	s.PodEvents = map[types.UID][]rollout.PodEvent{"web-0-uid": nil}
	client.Explain(t.Context(), s, names)
	if asked := server.asked(); !slices.Equal(asked, []string{"LIST events"}) {
		t.Errorf("it asked %q", asked)
	}
}

func TestShorten(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"one line":                        "one line",
		"first\nsecond":                   "first",
		strings.Repeat("é", mostWords):    strings.Repeat("é", mostWords),
		strings.Repeat("é", mostWords+50): strings.Repeat("é", mostWords) + "...",
	} {
		if got := shorten(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
