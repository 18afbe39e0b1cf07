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

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func warning(reason, message string, at time.Time) *corev1.Event {
	return &corev1.Event{
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
		want    rollout.Cause
	}{
		"a warning that says more": {
			rollout.Cause{ID: rollout.ReadinessProbe, Message: "not ready"},
			"",
			rollout.Cause{ID: rollout.ReadinessProbe, Message: "not ready; Unhealthy: probe failed"},
		},
		"a warning and no cause": {rollout.Cause{}, "", rollout.Cause{Message: "Unhealthy: probe failed"}},
		"a crash": {
			rollout.Cause{ID: rollout.CrashLoop, Hard: true},
			"",
			rollout.Cause{ID: rollout.CrashLoop, Hard: true, Message: "Unhealthy: probe failed", Log: "panic: no disk"},
		},
		"a crash that says why itself": {
			rollout.Cause{ID: rollout.CrashLoop, Log: "its own word"},
			"",
			rollout.Cause{ID: rollout.CrashLoop, Message: "Unhealthy: probe failed", Log: "its own word"},
		},
		"no events": {rollout.Cause{ID: rollout.CrashLoop}, "events", rollout.Cause{ID: rollout.CrashLoop, Log: "panic: no disk"}},
		"no logs":   {rollout.Cause{ID: rollout.CrashLoop}, "pods", rollout.Cause{ID: rollout.CrashLoop, Message: "Unhealthy: probe failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, crashing,
				warning("FailedMount", "long ago", at.Add(-time.Hour)), warning("Unhealthy", "probe failed\nand more", at))
			server.answers(func(r request) any {
				resource, objectName := r.resource()
				switch {
				case resource == tt.forbids:
					return failure(403, metav1.StatusReasonForbidden, "no")
				case resource == "events" && r.Query.Get("fieldSelector") != "involvedObject.uid=web-1-uid,type=Warning":
					return failure(400, metav1.StatusReasonBadRequest, r.Query.Encode())
				case objectName == "web-1/log" && r.Query.Encode() == "container=ill&limitBytes=2048&previous=true&tailLines=1":
					return log
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

// However many ordinals are blocked, their events are one question.
func TestExplainManyAtOnce(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	other := warning("BackOff", "once more", at)
	other.InvolvedObject.UID = "web-0-uid"
	server := newStub(t, other, warning("Unhealthy", "probe failed", at))
	s := rollout.State{Pods: []rollout.Pod{{Name: "web-0", UID: "web-0-uid"}, {Name: "web-1", UID: "web-1-uid"}, {Name: "web-2", UID: "web-2-uid"}}}
	got := server.client(t).Explain(t.Context(), s, []string{"web-0", "web-1", "web-2"})
	want := map[string]rollout.Cause{"web-0": {Message: "BackOff: once more"}, "web-1": {Message: "Unhealthy: probe failed"}, "web-2": {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
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
