// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
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

// made puts ordinal 4 into a sighting as the fifth of its name: it was made 8 s ago, and
// each of those before it lasted for 10 s.
func made(g *rollout.Glance) {
	g.Pods[4].Created, g.Pods[4].ReadyAt = g.At.Add(-8*time.Second), g.At.Add(-8*time.Second)
	g.Makings = map[string]rollout.Making{"web-4": {Times: 5, First: g.At.Add(-48 * time.Second)}}
}

// TestNobodyGoesOnPastPodsThatDoNotLast: before the newest has well outlived the others no
// further ordinal goes, nothing is added, and nothing has been reached.
func TestNobodyGoesOnPastPodsThatDoNotLast(t *testing.T) {
	soaking := rollout.Promote{Step: intstr.FromInt32(1), Soak: 5 * time.Second}
	five := int32(5)
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		goal  rollout.Goal
		again time.Duration
	}{
		"promote":               {half(), promote("", "1"), 17 * time.Second},
		"promote, with a soak":  {half(), soaking, 22 * time.Second},
		"a canary that is done": {half().Partition(4), canary("b", "1", "1"), 17 * time.Second},
		"apply":                 {web(), rollout.Apply{Template: rollouttest.Template{Name: "c"}.Patch(), Step: intstr.FromInt32(1)}, 17 * time.Second},
		"apply of what is live": {web(), rollout.Apply{Template: rollouttest.Template{Name: "a"}.Patch(), Replicas: &five, Step: intstr.FromInt32(1)}, 17 * time.Second},
		"scale":                 {web(), rollout.Scale{To: 6, Step: 1}, 17 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.Glance(made).State()
			d := rollout.Decide(tt.goal, s, rollout.LeaseOf(tt.goal, s, ""))
			if len(d.Wait) != 1 || d.Wait[0].String() != "waiting for web-4 to outlive the pods before it, which lasted for about 10s" {
				t.Fatalf("it decides %+v", d)
			}
			if got := d.Again.Sub(s.At); got != tt.again {
				t.Errorf("it looks again after %s, want %s", got, tt.again)
			}
			later := tt.in.Glance(made, func(g *rollout.Glance) { g.At = g.At.Add(tt.again) }).State()
			if d := rollout.Decide(tt.goal, later, rollout.LeaseOf(tt.goal, later, "")); len(d.Wait) > 0 || d.Err != nil {
				t.Errorf("then it decides %+v", d)
			}
		})
	}
}

// TestAbortIsNotHeldUpByPodsThatDoNotLast: it takes them back.
func TestAbortIsNotHeldUpByPodsThatDoNotLast(t *testing.T) {
	s := half().Glance(made).State()
	g, err := abort(s)
	if err != nil {
		t.Fatal(err)
	}
	if d := rollout.Decide(g, s, rollout.LeaseOf(g, s, "")); d.Act == nil {
		t.Errorf("it decides %+v", d)
	}
}

// TestAPartitionForgetsNoPods: what was made since the template was written counts, though
// the partition was written since; what was made before it, or before others wrote, does not.
func TestAPartitionForgetsNoPods(t *testing.T) {
	at := half().State().Set.Record.At
	since := func(ago time.Duration) func(*rollout.Record) {
		return func(r *rollout.Record) { r.Since = r.At.Add(-ago) }
	}
	wrote := func(manager string) func(*rollout.Set) {
		return func(s *rollout.Set) {
			s.Writers = []rollout.Writer{{Field: "template", Manager: manager, At: at.Add(-time.Second)}}
		}
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want int32
	}{
		"of this template":         {half().Record("promote", rollout.Open, since(time.Minute)).With(wrote(rollout.FieldManager)), 3},
		"of an earlier one":        {half().Record("promote", rollout.Open, since(25*time.Second)).With(wrote(rollout.FieldManager)), 2},
		"somebody has written":     {half().Record("promote", rollout.Open, since(time.Minute)).With(wrote("helm")), 0},
		"somebody has scaled":      {half().Record("promote", rollout.Open, since(time.Minute), func(r *rollout.Record) { r.Replicas = 4 }), 0},
		"a record of an older run": {half().Record("promote", rollout.Open), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			var events []corev1.Event
			for uid, ago := range map[string]time.Duration{"a": 30 * time.Second, "b": 20 * time.Second, "c": 10 * time.Second} {
				events = append(events, corev1.Event{
					Reason: "Scheduled", EventTime: metav1.NewMicroTime(at.Add(-ago)),
					InvolvedObject: corev1.ObjectReference{Name: "web-4", UID: types.UID(uid)},
				})
			}
			if got := s.Makings(events)["web-4"].Times; got != tt.want {
				t.Errorf("made %d times, want %d", got, tt.want)
			}
		})
	}
}

// TestRecordKeepsSinceWhen: a write of the partition does not begin anew, one of the
// template or of the replicas does.
func TestRecordKeepsSinceWhen(t *testing.T) {
	earlier := func(r *rollout.Record) { r.Since = r.At.Add(-time.Hour) }
	in := half().Record("promote", rollout.Open, earlier)
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		kept bool
	}{
		"partition": {in, promote("", "1"), true},
		"template":  {half(), rollout.Abort{Stable: rollouttest.Revision("web-a", 1, "a"), Template: rollouttest.Template{Name: "a"}.Patch()}, false},
		"replicas":  {web().Record("promote", rollout.Promoted, earlier), rollout.Scale{To: 6, Step: 1}, false},
	} {
		s := tt.in.State()
		d := rollout.Decide(tt.goal, s, rollout.LeaseOf(tt.goal, s, ""))
		if d.Act == nil || d.Act.Set == nil {
			t.Fatalf("%s: it decides %+v", name, d)
		}
		want := s.At
		if tt.kept {
			want = s.Set.Record.Since
		}
		if got := d.Act.Set.Record.Since; !got.Equal(want) {
			t.Errorf("%s: since %s, want %s", name, got, want)
		}
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
		"often, and gone":  {func(g *rollout.Glance) { g.Pods = g.Pods[:4] }, 3, true},
	} {
		s := half().Glance(tt.edit).State()
		creation := rollout.Creation{Times: tt.times, At: s.Pods[4].Created}
		if s.Pods[4].UID == "" {
			creation.At = s.At.Add(-5 * time.Second)
		}
		if got := s.Remade(map[string]rollout.Creation{"web-4": creation}); got != tt.want {
			t.Errorf("%s: asked %v", name, got)
		}
	}
}
