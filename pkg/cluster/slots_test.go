// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func webSlots() (*slots, *aClock) {
	clock := &aClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	set := rollout.Set{Name: "web", UID: setUID, Spec: rollout.Spec{Replicas: 3}}
	s := newSlots(set, newServerClock(clock.now))
	return &s, clock
}

func feedPods(t *testing.T, to func(runtime.Object) error, pods ...*corev1.Pod) {
	t.Helper()
	for _, pod := range pods {
		if err := to(pod); err != nil {
			t.Fatal(err)
		}
	}
}

func withUID(uid types.UID) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.UID = uid }
}

// waiting makes a container wait for a reason.
func waiting(reason string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "c", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}},
		}}}
	}
}

func failed(p *corev1.Pod) {
	p.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: "no room"}
}

func TestSlotsKeepHowAPodEnded(t *testing.T) {
	evicted := rollout.Ending{UID: "web-1-uid", Revision: "web-a", Reason: "Evicted", Message: "no room", Own: true, Rejected: true, Row: 1}
	born := func(p *corev1.Pod) { p.CreationTimestamp = metav1.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	gone, next := webPod("web-1", failed, born), webPod("web-1", withUID("next"))
	for name, end := range map[string]func(*slots) error{
		"seen to go":        func(s *slots) error { return s.drop(gone) },
		"replaced unseen":   func(s *slots) error { return s.put(next) },
		"gone from a list":  func(s *slots) error { return s.replace(nil) },
		"another in a list": func(s *slots) error { return s.replace([]runtime.Object{next}) },
	} {
		t.Run(name, func(t *testing.T) {
			s, clock := webSlots()
			feedPods(t, s.put, webPod("web-1"), gone)
			clock.pass(time.Minute)
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			want := evicted
			want.At, want.Since = clock.Time, clock.Time
			if diff := cmp.Diff(map[int32]rollout.Ending{1: want}, s.ended()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The controller deletes a pod that is over, and makes the next one.
func TestSlotsCountPodsThatEnd(t *testing.T) {
	s, clock := webSlots()
	if err := s.replace(nil); err != nil {
		t.Fatal(err)
	}
	deleted := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: clock.Time} }
	for i, uid := range []types.UID{"one", "two", "three"} {
		made := metav1.NewTime(clock.Time)
		born := func(p *corev1.Pod) { p.UID, p.CreationTimestamp = uid, made }
		feedPods(t, s.put, webPod("web-1", born))
		clock.pass(6 * time.Second)
		feedPods(t, s.put, webPod("web-1", born, failed))
		feedPods(t, s.put, webPod("web-1", born, failed, deleted))
		feedPods(t, s.drop, webPod("web-1", born, failed, deleted))
		if e := s.ended()[1]; e.Row != int32(i+1) || !e.Own || e.Lived != 6*time.Second {
			t.Errorf("after %s: %+v", uid, e)
		}
	}
	feedPods(t, s.put, webPod("web-1", withUID("four")), webPod("web-1", withUID("four"), deleted), webPod("web-1", withUID("four"), deleted, failed))
	feedPods(t, s.drop, webPod("web-1", withUID("four"), deleted, failed))
	if e := s.ended()[1]; e.Row != 0 || e.Own {
		t.Errorf("one that was deleted: %+v", e)
	}
}

// A pod that it has been seen to end as is told, whatever it last looked like.
func TestSlotsTakeTheLastWord(t *testing.T) {
	s, _ := webSlots()
	feedPods(t, s.put, webPod("web-1"))
	feedPods(t, s.drop, webPod("web-1", failed))
	if got := s.ended()[1].Reason; got != "Evicted" {
		t.Errorf("it ended as %q", got)
	}
}

func TestSlotsDoNotTakeAStrayForAnOrdinal(t *testing.T) {
	s, _ := webSlots()
	foreign := webPod("web-1", func(p *corev1.Pod) { p.OwnerReferences = nil })
	feedPods(t, s.put, foreign)
	feedPods(t, s.drop, foreign)
	if ended := s.ended(); len(ended) > 0 {
		t.Errorf("ended: %v", ended)
	}
}

// The end of a pod that was replaced already is not the end of its successor.
func TestSlotsDropOnlyThePodThatIsThere(t *testing.T) {
	s, _ := webSlots()
	feedPods(t, s.put, webPod("web-1", withUID("next")))
	feedPods(t, s.drop, webPod("web-1"))
	if len(s.ours()) != 1 {
		t.Error("the successor went with its predecessor")
	}
}

// Since when a cause holds a pod, its status does not tell.
func TestSlotsFollowACause(t *testing.T) {
	s, clock := webSlots()
	since := func() time.Time { return s.ours()[0].Since }
	if err := s.replace(nil); err != nil { // what comes after that was not found, but seen to come
		t.Fatal(err)
	}
	feedPods(t, s.put, webPod("web-1", waiting("ContainerCreating")))
	clock.pass(time.Minute)
	began := clock.Time
	feedPods(t, s.put, webPod("web-1", waiting("ErrImagePull")))
	clock.pass(time.Minute)
	feedPods(t, s.put, webPod("web-1", waiting("ImagePullBackOff")))
	if !since().Equal(began) {
		t.Errorf("image-pull since %s, not %s", since(), began)
	}
	if err := s.replace([]runtime.Object{webPod("web-1", waiting("ImagePullBackOff"))}); err != nil {
		t.Fatal(err)
	}
	if !since().Equal(began) {
		t.Errorf("after a list: image-pull since %s, not %s", since(), began)
	}
}

func TestSlotsTellStraysFromOrdinals(t *testing.T) {
	orphan := func(p *corev1.Pod) { p.OwnerReferences = nil }
	foreign := func(p *corev1.Pod) { p.OwnerReferences = controlled("other") }
	for name, tt := range map[string]struct {
		pod    *corev1.Pod
		ours   bool
		strays int
	}{
		"an ordinal":               {webPod("web-2"), true, 0},
		"out of range":             {webPod("web-9"), true, 0},
		"a leading zero":           {webPod("web-01"), false, 1},
		"no number":                {webPod("web-x"), false, 1},
		"another's, in range":      {webPod("web-2", foreign), false, 1},
		"nobody's, in range":       {webPod("web-2", orphan), false, 1},
		"nobody's, out of range":   {webPod("web-9", orphan), false, 0},
		"another's, another name":  {webPod("db-0", foreign), false, 0},
		"another's, odd name":      {webPod("web-01", foreign), false, 0},
		"nobody's, another's name": {webPod("web-2-1", orphan), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := webSlots()
			feedPods(t, s.put, tt.pod)
			if ours := len(s.ours()) == 1; ours != tt.ours {
				t.Errorf("ours: %v", ours)
			}
			if strays := s.strays(s.set); len(strays) != tt.strays {
				t.Errorf("strays: %v", strays)
			}
		})
	}
}

// An orphan that the controller adopts becomes an ordinal.
func TestSlotsSeeAnAdoption(t *testing.T) {
	s, _ := webSlots()
	feedPods(t, s.put, webPod("web-1", func(p *corev1.Pod) { p.OwnerReferences = nil }), webPod("web-1"))
	if len(s.ours()) != 1 || len(s.strays(s.set)) != 0 || len(s.ended()) != 0 {
		t.Errorf("ours %v, strays %v, ended %v", s.ours(), s.strays(s.set), s.ended())
	}
}

func TestRevisionsLeaveOutWhatIsNotTheSets(t *testing.T) {
	edited := func(revisionName string, number int64, edit func(*appsv1.ControllerRevision)) runtime.Object {
		cr := webRevision(revisionName, number)
		edit(cr)
		return cr
	}
	r := revisions{set: rollout.Set{UID: setUID}}
	err := r.replace([]runtime.Object{
		webRevision("web-c", 3), webRevision("web-a", 1),
		edited("orphan", 2, func(cr *appsv1.ControllerRevision) { cr.OwnerReferences = nil }),
		edited("other", 4, func(cr *appsv1.ControllerRevision) { cr.OwnerReferences = controlled("other") }),
		edited("broken", 5, func(cr *appsv1.ControllerRevision) { cr.Data.Raw = []byte(`[]`) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, revision := range r.sorted() {
		names = append(names, revision.Name)
	}
	if want := []string{"web-a", "orphan", "web-c"}; !slices.Equal(names, want) {
		t.Errorf("%v, not %v", names, want)
	}
}

func TestDenialsAreNewestFirst(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	event := func(eventName, message string, after time.Duration) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Name: eventName}, Reason: "FailedCreate",
			LastTimestamp: metav1.NewTime(at.Add(after)),
			Message:       "create Pod web-1 in StatefulSet web failed error: " + message,
		}
	}
	d := newDenials()
	err := d.replace([]runtime.Object{
		event("a", "exceeded quota: q", 0), event("b", `admission webhook "w" denied the request`, time.Minute),
		&corev1.Event{Reason: "SuccessfulCreate"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := d.newestFirst(); len(all) != 2 || all[0].Cause.ID != rollout.WebhookDenied {
		t.Errorf("%+v", all)
	}
	if err := d.drop(event("b", "", 0)); err != nil {
		t.Fatal(err)
	}
	if all := d.newestFirst(); len(all) != 1 || all[0].Cause.ID != rollout.Quota {
		t.Errorf("%+v", all)
	}
}

// One event is told again for each denial; the times in between are kept, also over a
// list, and of an event that is told for many pods those of each.
func TestDenialsKeepTheirTimes(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	event := func(message string, after time.Duration) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Name: "a"}, Reason: "FailedCreate",
			FirstTimestamp: metav1.NewTime(at), LastTimestamp: metav1.NewTime(at.Add(after)),
			Message: message,
		}
	}
	const one, combined = "Create Pod web-1 in StatefulSet web failed error: exceeded quota: q", "(combined from similar events): Create Pod web-2 in StatefulSet web failed error: exceeded quota: q"
	d := newDenials()
	for _, step := range []func() error{
		func() error { return d.replace([]runtime.Object{event(one, time.Minute)}) },
		func() error { return d.put(event(one, 2*time.Minute)) },
		func() error { return d.put(event(one, 2*time.Minute)) },
		func() error { return d.put(event(one, 3*time.Minute)) },
		func() error { return d.replace([]runtime.Object{event(one, 4*time.Minute)}) },
		func() error { return d.put(event(combined, 5*time.Minute)) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	all := d.newestFirst()
	if len(all) != 2 || all[0].PodName != "web-2" || len(all[0].Earlier) != 0 {
		t.Fatalf("%+v", all)
	}
	want := []time.Time{at, at.Add(time.Minute), at.Add(2 * time.Minute), at.Add(3 * time.Minute)}
	if !slices.Equal(all[1].Earlier, want) || !all[1].At.Equal(at.Add(4*time.Minute)) {
		t.Errorf("%+v", all[1])
	}
}

// What was made is told in events too.
func TestDenialsKnowWhatWasMade(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := newDenials()
	for _, after := range []time.Duration{time.Minute, 0} {
		err := d.put(&corev1.Event{Reason: "SuccessfulCreate", Message: "Create Pod web-1 in StatefulSet web successful", LastTimestamp: metav1.NewTime(at.Add(after))})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := d.made["web-1"]; !got.At.Equal(at.Add(time.Minute)) || got.Times != 1 {
		t.Errorf("made: %+v", got)
	}
}

// A sighting of a set of this size is taken at every burst of changes.
func BenchmarkGlance(b *testing.B) {
	const size = 5000
	v := newView(rollout.Set{Name: "web", UID: setUID, Spec: rollout.Spec{Replicas: size}}, newServerClock(time.Now))
	for i := range size {
		if err := v.pods.put(webPod(fmt.Sprintf("web-%d", i))); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		rollout.Assemble(v.glance())
	}
}

func BenchmarkPodEvent(b *testing.B) {
	v := newView(rollout.Set{Name: "web", UID: setUID}, newServerClock(time.Now))
	pod := webPod("web-7")
	for b.Loop() {
		if err := v.pods.put(pod); err != nil {
			b.Fatal(err)
		}
	}
}
