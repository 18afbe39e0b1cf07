// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"strings"
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

// answeringTo is a server on which web-1 waits for a node that is cordoned, and which
// answers to some lists with an error.
func answeringTo(t *testing.T, to map[string]*metav1.Status) *stub {
	t.Helper()
	server := newStub(t, append(web(), homeless("a"), cordoned("a"))...)
	server.answers(func(r request) any {
		if status, ok := to[r.String()]; ok {
			return status
		}
		return nil
	})
	return server
}

// Events and nodes are two reads: a ban of the one says nothing of the other, and an
// error of the other is no ban.
func TestEventsAndNodesAreReadEachByItself(t *testing.T) {
	forbidden, broken := failure(403, metav1.StatusReasonForbidden, "no"), failure(500, metav1.StatusReasonInternalError, "etcd is away")
	for name, tt := range map[string]struct {
		to    map[string]*metav1.Status
		error string
		id    rollout.CauseID
	}{
		"no events":             {map[string]*metav1.Status{"LIST events": forbidden}, "", rollout.NodeMaintenance},
		"no nodes":              {map[string]*metav1.Status{"LIST nodes": forbidden}, "", rollout.Unschedulable},
		"no events, nodes fail": {map[string]*metav1.Status{"LIST events": forbidden, "LIST nodes": broken}, `node of pod "web-1": `, ""},
		"events fail, no nodes": {map[string]*metav1.Status{"LIST events": broken, "LIST nodes": forbidden}, "events of pods: ", ""},
		"neither":               {map[string]*metav1.Status{"LIST events": forbidden, "LIST nodes": forbidden}, "", rollout.Unschedulable},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := answeringTo(t, tt.to).client(t).Look(t.Context(), "web", Options{})
			if tt.error != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.error) || IsForbidden(err) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || s.Pods[1].Cause.ID != tt.id {
				t.Errorf("%v, %+v", err, s.Pods[1].Cause)
			}
		})
	}
}

// A run that may not read events goes on asking for nodes, and an answer that failed
// is asked for again.
func TestARunReadsNodesWithoutEvents(t *testing.T) {
	to := map[string]*metav1.Status{
		"LIST events": failure(403, metav1.StatusReasonForbidden, "no"),
		"LIST nodes":  failure(500, metav1.StatusReasonInternalError, "etcd is away"),
	}
	server := answeringTo(t, to)
	reader := newEventReader(server.client(t), newBell())
	pods := []rollout.Pod{rollout.LookPod(homeless("a"), 0)}
	reader.read(t.Context(), pods)
	if got := reader.found(); got != nil || !reader.closed {
		t.Errorf("it has read %v, closed %t", got, reader.closed)
	}
	answered := answeringTo(t, map[string]*metav1.Status{"LIST events": to["LIST events"]})
	reader.client = answered.client(t)
	reader.read(t.Context(), pods)
	if got := reader.found()[pods[0].UID]; len(got) != 1 || got[0].Message != `node "a" is cordoned` {
		t.Errorf("it has read %v", got)
	}
	if slices.Contains(answered.asked(), "LIST events") {
		t.Errorf("it asked %q", answered.asked())
	}
	at := time.Now()
	reader.look(rollout.State{At: at.Add(time.Hour), Pods: []rollout.Pod{{Name: "web-1", UID: "web-1-uid", Phase: rollout.Pending, Since: at, Cause: pods[0].Cause}}})
	if len(reader.asks) == 0 {
		t.Error("it does not ask for nodes again")
	}
}
