// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// creating is a sighting in which web-1 is being created since a time.
func creating(at, since time.Time, id rollout.CauseID) rollout.State {
	pod := rollout.Pod{Name: "web-1", UID: "web-1-uid", Phase: rollout.Starting, Since: since, Cause: rollout.Cause{ID: id}}
	if at.Sub(since) < 5*time.Second {
		pod.Cause, pod.Early = pod.Early, pod.Cause
	}
	return rollout.State{At: at, FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second}, Pods: []rollout.Pod{pod}}
}

// TestEventsAreReadInTime: not of a pod that is just coming up, then more and more
// rarely, and once more before it is given up.
func TestEventsAreReadInTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	reader := newEventReader(nil, newBell())
	for _, step := range []struct {
		after time.Duration
		id    rollout.CauseID
		asks  bool
	}{
		{0, rollout.Creating, false},
		{readAfter - 1, rollout.Creating, false},
		{readAfter, rollout.Creating, true},
		{readAfter + readAgain - 1, rollout.VolumeMount, false},
		{readAfter + readAgain, rollout.VolumeMount, true},
		{readAfter + 3*readAgain, rollout.VolumeMount, true},
		{29*time.Second - 1, rollout.VolumeMount, false},
		{29 * time.Second, rollout.VolumeMount, true},
		{time.Hour, rollout.ReadinessProbe, false},
	} {
		reader.look(creating(at.Add(step.after), at, step.id))
		asked := false
		select {
		case <-reader.asks:
			asked = true
		default:
		}
		if asked != step.asks {
			t.Errorf("after %s, held by %s: asked %t", step.after, step.id, asked)
		}
	}
	reader.closed = true
	reader.look(creating(at.Add(2*time.Hour), at, rollout.Creating))
	if len(reader.asks) > 0 {
		t.Error("it asks for events that may not be read")
	}
}

// unmounted is web-1 of "web", whose volume is not mounted for an hour.
func unmounted() (*corev1.Pod, *corev1.Event) {
	long := metav1.NewTime(time.Now().Add(-time.Hour))
	pod := webPod("web-1", func(p *corev1.Pod) {
		p.CreationTimestamp = long
		p.Status = corev1.PodStatus{
			Phase:             corev1.PodPending,
			ContainerStatuses: []corev1.ContainerStatus{{Name: "app", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}},
		}
	})
	event := warning("FailedMount", `configmap "x" not found`, time.Now())
	event.FirstTimestamp = long
	return pod, event
}

// A run, and one look, know of a mount that fails: no status tells of it.
func TestMountFails(t *testing.T) {
	pod, event := unmounted()
	server := newStub(t, append(web(), pod, event)...)
	seenAs(t, server, rollout.Failing, rollout.VolumeMount)
}

func TestMountFailsWithoutEvents(t *testing.T) {
	pod, event := unmounted()
	server := newStub(t, append(web(), pod, event)...)
	server.answersTo("LIST events", failure(403, metav1.StatusReasonForbidden, "no"))
	seenAs(t, server, rollout.Starting, rollout.Creating)
}

// seenAs says how far web-1 is, by one look and by a run.
func seenAs(t *testing.T, server *stub, phase rollout.Phase, id rollout.CauseID) {
	t.Helper()
	look, err := server.client(t).Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for how, s := range map[string]rollout.State{"looked at": look, "watched": server.open(t).Observe()} {
		if got := s.Pods[1]; got.Phase != phase || got.Cause.ID != id {
			t.Errorf("%s, it is %s: %+v", how, got.Phase, got.Cause)
		}
	}
}
