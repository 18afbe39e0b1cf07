// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// claimless is a sighting in which pods wait for their claims since a time.
func claimless(at, since time.Time, podNames ...string) rollout.State {
	s := rollout.State{At: at, FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second}}
	for _, podName := range podNames {
		s.Pods = append(s.Pods, rollout.Pod{
			Name: podName, UID: types.UID(podName), Phase: rollout.Pending, Since: since, Cause: rollout.Cause{ID: rollout.ClaimPending},
		})
	}
	return s
}

// TestClerkAsksInTime: not about a claim that is just being bound, then now and
// then, about a new pod soon, and once more before a pod is given up.
func TestClerkAsksInTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clerk := newClerk(nil, newBell())
	for _, step := range []struct {
		after time.Duration
		pods  []string
		asks  bool
	}{
		{0, []string{"web-1"}, false},
		{countAfter - 1, []string{"web-1"}, false},
		{countAfter, []string{"web-1"}, true},
		{countAfter + countAgain - 1, []string{"web-1"}, false},
		{countAfter + countAgain, []string{"web-1"}, true},
		{countAfter + countAgain + countPace - 1, []string{"web-1", "web-2"}, false},
		{countAfter + countAgain + countPace, []string{"web-1", "web-2"}, true},
		{25 * time.Second, []string{"web-1", "web-2"}, true},
		{29*time.Second - 1, []string{"web-1", "web-2"}, false},
		{29 * time.Second, []string{"web-1", "web-2"}, true},
		{40 * time.Second, nil, false},
	} {
		clerk.look(claimless(at.Add(step.after), at, step.pods...))
		asked := false
		select {
		case <-clerk.asks:
			asked = true
		default:
		}
		if asked != step.asks {
			t.Errorf("after %s, with %q: asked %t", step.after, step.pods, asked)
		}
	}
	clerk.closed = true
	clerk.look(claimless(at.Add(time.Hour), at, "web-9"))
	if len(clerk.asks) > 0 {
		t.Error("it asks for volumes that may not be read")
	}
}

// starved is the set "web" whose web-2 waits for a claim that no volume serves.
func starved() []runtime.Object {
	two := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}
	one := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	long := metav1.NewTime(time.Now().Add(-time.Hour))
	pod := webPod("web-2", func(p *corev1.Pod) {
		p.Spec.NodeName = ""
		p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-web-2"}}}}
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", LastTransitionTime: long,
			Message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
		}}}
	})
	return []runtime.Object{
		webSet(func(s *appsv1.StatefulSet) { withData(s) }), webPod("web-0"), webPod("web-1"), pod, webRevision("web-a", 1),
		&corev1.PersistentVolumeClaim{
			TypeMeta:   metav1.TypeMeta{Kind: "PersistentVolumeClaim", APIVersion: "v1"},
			ObjectMeta: metav1.ObjectMeta{Name: "data-web-2", Namespace: "default"},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, Resources: corev1.VolumeResourceRequirements{Requests: two},
			},
		},
		&corev1.PersistentVolume{
			TypeMeta: metav1.TypeMeta{Kind: "PersistentVolume", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "small"},
			Spec:   corev1.PersistentVolumeSpec{Capacity: one, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
			Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeAvailable},
		},
	}
}

const noneServes = "data-web-2 is not bound: no volume can serve it (it asks for 2Gi RWO, no class)"

func TestClaimsAreWeighed(t *testing.T) {
	server := newStub(t, starved()...)
	looked, err := server.client(t).Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := server.open(t)
	all, err := server.client(t).LookAll(t.Context(), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]rollout.State{"looked": looked, "opened": run.Observe(), "all": all[0]} {
		pod := s.Pods[2]
		if pod.Phase != rollout.Failing || pod.Cause.Message != noneServes || !strings.HasPrefix(pod.Cause.Details, "small: it has 1Gi, the claim asks for 2Gi\n") {
			t.Errorf("%s: %s %+v", name, pod.Phase, pod.Cause)
		}
	}
}

// A look at the stock is a list each of claims, volumes and classes.
func TestStockIsThreeLists(t *testing.T) {
	server := newStub(t, starved()...)
	client := server.client(t)
	for name, look := range map[string]func() error{
		"stock": func() error { _, err := client.Stock(t.Context()); return err },
		"store": func() error { _, err := client.OpenStore(t.Context()); return err },
	} {
		before := len(server.asked())
		if err := look(); err != nil {
			t.Fatal(err)
		}
		asked := slices.Sorted(slices.Values(server.asked()[before:]))
		if want := []string{"LIST persistentvolumeclaims", "LIST persistentvolumes", "LIST storageclasses"}; !slices.Equal(asked, want) {
			t.Errorf("%s: %q", name, asked)
		}
	}
}

// Where volumes may not be listed, nobody is given up for want of one.
func TestVolumesMayNotBeListed(t *testing.T) {
	server := newStub(t, starved()...)
	server.answersTo("LIST persistentvolumes", failure(403, metav1.StatusReasonForbidden, "no"))
	client := server.client(t)
	s, err := client.Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if pod := s.Pods[2]; pod.Phase != rollout.Pending || !strings.HasPrefix(pod.Cause.Message, "0/3 nodes are available") {
		t.Errorf("%s %+v", pod.Phase, pod.Cause)
	}
	cause := client.Explain(t.Context(), s, []string{"web-2"})["web-2"]
	if want := "not allowed to list persistentvolumes: which of them could serve it is not told"; cause.Details != want {
		t.Errorf("%+v", cause)
	}
}

func TestExplainClaims(t *testing.T) {
	server := newStub(t, starved()...)
	said := warning("FailedBinding", "no persistent volumes available", time.Now())
	said.InvolvedObject = corev1.ObjectReference{Kind: "PersistentVolumeClaim", Name: "data-web-2"}
	server.put(said)
	client := server.client(t)
	s := rollout.State{
		Set:  rollout.Set{Namespace: "default", Name: "web"},
		Pods: []rollout.Pod{{Name: "web-2", UID: "web-2-uid", Claims: []string{"data-web-2"}, Cause: rollout.Cause{ID: rollout.ClaimPending, Message: "unbound"}}},
	}
	fresh := client.Explain(t.Context(), s, []string{"web-2"})["web-2"]
	if fresh.Message != noneServes || fresh.Details != "event: FailedBinding: no persistent volumes available\nsmall: it has 1Gi, the claim asks for 2Gi" {
		t.Errorf("%+v", fresh)
	}
	server.remove(starved()[6])
	s.Pods[0].Cause = rollout.Cause{ID: rollout.ClaimPending, Message: noneServes, Details: "known"}
	if known := client.Explain(t.Context(), s, []string{"web-2"})["web-2"]; known.Details != "event: FailedBinding: no persistent volumes available\nknown" {
		t.Errorf("what is known is asked for again: %+v", known)
	}
}
