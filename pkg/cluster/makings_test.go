// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// remade is web, whose web-1 was made four times in half a minute.
func remade() []runtime.Object {
	now := time.Now()
	created := func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(now) }
	objects := append(web(), webPod("web-1", created), &corev1.Event{
		TypeMeta:   metav1.TypeMeta{Kind: "Event", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "web.1", Namespace: "default"},
		Reason:     "SuccessfulCreate", Message: "Create Pod web-1 in StatefulSet web successful", Count: 4, LastTimestamp: metav1.NewTime(now),
	})
	for i := range 4 {
		event := warning("Scheduled", "to n1", now.Add(time.Duration(i-3)*10*time.Second))
		event.ObjectMeta.Name = fmt.Sprintf("web-1.%d", i)
		event.InvolvedObject = corev1.ObjectReference{Kind: "Pod", Name: "web-1", UID: types.UID(fmt.Sprint(i))}
		objects = append(objects, event)
	}
	return objects
}

// TestARunKnowsWhatWasBeforeIt: its pods come and go, and what stands now may not.
func TestARunKnowsWhatWasBeforeIt(t *testing.T) {
	server := newStub(t, remade()...)
	run := server.open(t)
	s := run.Observe()
	if s.Pods[1].Made.Times != 4 || s.Pods[0].Made.Times != 0 || s.Word() != rollout.WordRolling {
		t.Errorf("made %d times, %d of the first, %s", s.Pods[1].Made.Times, s.Pods[0].Made.Times, s.Word())
	}
	// Of another template that says nothing.
	server.put(webSet(func(set *appsv1.StatefulSet) { set.Spec.Template.Spec.Containers[0].Image = "x:v9" }))
	until(t, run, func(s rollout.State) bool { return s.Pods[1].Made.Times == 0 })
}

// TestARunGoesOnWithoutEvents: they help, and may be forbidden.
func TestARunGoesOnWithoutEvents(t *testing.T) {
	server := newStub(t, remade()...)
	server.answersTo("LIST events", failure(403, metav1.StatusReasonForbidden, "no"))
	if s := server.open(t).Observe(); s.Pods[1].Made.Times != 0 {
		t.Errorf("made %d times", s.Pods[1].Made.Times)
	}
}
