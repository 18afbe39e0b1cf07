// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestRemade: a look that has no history reads it from events: pods that come and go do
// not stand, and nobody is led to promote them.
func TestRemade(t *testing.T) {
	at := half().State().At
	scheduled := func(uid string, ago time.Duration) corev1.Event {
		return corev1.Event{
			Reason: "Scheduled", EventTime: metav1.NewMicroTime(at.Add(-ago)),
			InvolvedObject: corev1.ObjectReference{Name: "web-4", UID: types.UID(uid)},
		}
	}
	killing := func(uid string, ago time.Duration) corev1.Event {
		e := scheduled(uid, ago)
		e.Reason = "Killing"
		return e
	}
	written := func(s *rollout.Set) {
		s.Writers = []rollout.Writer{{Field: "template", At: at.Add(-time.Minute)}}
	}
	for name, tt := range map[string]struct {
		events []corev1.Event
		times  int32
		told   string
		word   rollout.Word
	}{
		"nothing told":             {nil, 0, "", rollout.WordCanary},
		"made once":                {[]corev1.Event{killing("old", 50*time.Second), scheduled("a", 5*time.Second)}, 1, "", rollout.WordCanary},
		"made twice":               {[]corev1.Event{scheduled("a", 11*time.Second), scheduled("b", 5*time.Second)}, 2, "", rollout.WordCanary},
		"made three times":         {[]corev1.Event{scheduled("a", 17*time.Second), scheduled("b", 11*time.Second), scheduled("c", 5*time.Second), scheduled("c", 5*time.Second)}, 3, "made 3 times in 17s", rollout.WordRolling},
		"before the spec was made": {[]corev1.Event{scheduled("a", 2*time.Minute), scheduled("b", 90*time.Second), scheduled("c", 5*time.Second)}, 1, "", rollout.WordCanary},
	} {
		t.Run(name, func(t *testing.T) {
			young := func(g *rollout.Glance) { g.Pods[4].Created = g.At.Add(-5 * time.Second) }
			s := half().With(written).Glance(young).State()
			makings := s.Makings(tt.events)
			s = half().With(written).Glance(young, func(g *rollout.Glance) { g.Makings = makings }).State()
			if pod := s.Pods[4]; pod.Made.Times != tt.times || pod.RemadeText(s.At) != tt.told {
				t.Errorf("made %d times: %q", pod.Made.Times, pod.RemadeText(s.At))
			}
			if got := s.Word(); got != tt.word {
				t.Errorf("it is %s, want %s", got, tt.word)
			}
		})
	}
}

// TestRemadeIsAskedRarely: what the controller's own events show to be well costs nothing.
func TestRemadeIsAskedRarely(t *testing.T) {
	young := func(g *rollout.Glance) { g.Pods[4].Created = g.At.Add(-5 * time.Second) }
	for name, tt := range map[string]struct {
		edit  func(*rollout.Glance)
		times int32
		want  bool
	}{
		"often, and young": {young, 3, true},
		"twice, and young": {young, 2, false},
		"often, and old":   {func(*rollout.Glance) {}, 9, false},
	} {
		s := half().Glance(tt.edit).State()
		if got := s.Remade(map[string]rollout.Creation{"web-4": {Times: tt.times}}); got != tt.want {
			t.Errorf("%s: asked %v", name, got)
		}
	}
}
