// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func TestEnded(t *testing.T) {
	asked := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon()} }
	evicted := func(p *corev1.Pod) { p.Status.Reason, p.Status.Message = "Evicted", "low on memory" }
	disrupted := has(corev1.DisruptionTarget, corev1.ConditionTrue, "EvictionByEvictionAPI", "Eviction API: evicting")
	target := func(reason string) func(*corev1.Pod) {
		return has(corev1.DisruptionTarget, corev1.ConditionTrue, reason, "so it was")
	}
	because := func(reason string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Status.Reason, p.Status.Message = reason, "so it was" }
	}
	began := func(s *corev1.ContainerStatus) {
		s.State.Terminated.StartedAt = metav1.NewTime(noon().Add(-time.Second))
	}
	lost := func(s *corev1.ContainerStatus) {
		s.State.Terminated = &corev1.ContainerStateTerminated{Reason: "ContainerStatusUnknown", ExitCode: 137}
	}
	for name, tt := range map[string]struct {
		in   *corev1.Pod
		want rollout.Ending
	}{
		"evicted":                      {pod(phase(corev1.PodFailed), container(ended(137)), evicted), rollout.Ending{Reason: "Evicted", Message: "low on memory", Own: true, Lived: 6 * time.Second}},
		"evicted by the API":           {pod(phase(corev1.PodFailed), container(ended(137)), asked, disrupted), rollout.Ending{Asked: true, Reason: "EvictionByEvictionAPI", Message: "Eviction API: evicting"}},
		"evicted among others":         {pod(phase(corev1.PodFailed), container(ended(137)), evicted, target("TerminationByKubelet")), rollout.Ending{Reason: "Evicted", Message: "low on memory", Own: true, Lived: 6 * time.Second}},
		"its node shuts down":          {pod(phase(corev1.PodFailed), container(ended(143)), because("Terminated"), target("TerminationByKubelet")), rollout.Ending{Reason: "Terminated", Message: "so it was"}},
		"it made room on its node":     {pod(phase(corev1.PodFailed), container(ended(137)), because("Preempting"), target("TerminationByKubelet")), rollout.Ending{Reason: "Preempting", Message: "so it was"}},
		"its node is no more":          {pod(phase(corev1.PodFailed), container(runs), target("DeletionByPodGC")), rollout.Ending{Reason: "DeletionByPodGC", Message: "so it was"}},
		"preempted, and over":          {pod(phase(corev1.PodFailed), container(ended(143)), target("PreemptionByScheduler")), rollout.Ending{Reason: "PreemptionByScheduler", Message: "so it was"}},
		"tainted, and over":            {pod(phase(corev1.PodSucceeded), container(ended(0)), target("DeletionByTaintManager")), rollout.Ending{Reason: "DeletionByTaintManager", Message: "so it was"}},
		"drained, and over":            {pod(phase(corev1.PodFailed), container(ended(143)), target("EvictionByEvictionAPI")), rollout.Ending{Reason: "EvictionByEvictionAPI", Message: "so it was"}},
		"spared by a preemption":       {pod(phase(corev1.PodFailed), container(ended(2)), has(corev1.DisruptionTarget, corev1.ConditionFalse, "PreemptionByScheduler", "")), rollout.Ending{Reason: "Error", Message: `container "main" ended with exit code 2`, Own: true, Lived: 6 * time.Second}},
		"a node that shuts down":       {pod(phase(corev1.PodFailed), because("NodeShutdown")), rollout.Ending{Reason: "NodeShutdown", Message: "so it was"}},
		"a node that it cannot be on":  {pod(phase(corev1.PodFailed), because("NodeAffinity")), rollout.Ending{Reason: "NodeAffinity", Message: "so it was", Own: true, Rejected: true, Lived: 6 * time.Second}},
		"it was asked to go":           {pod(phase(corev1.PodFailed), container(ended(143)), asked), rollout.Ending{Asked: true}},
		"it never ran":                 {pod(container(lost)), rollout.Ending{}},
		"it ran, and was lost":         {pod(container(lost, began)), rollout.Ending{Reason: "ContainerStatusUnknown", Message: `container "main" ended with exit code 137`}},
		"ended badly":                  {pod(phase(corev1.PodFailed), container(ended(2))), rollout.Ending{Reason: "Error", Message: `container "main" ended with exit code 2`, Own: true, Lived: 6 * time.Second}},
		"ended well":                   {pod(phase(corev1.PodSucceeded), container(ended(0))), rollout.Ending{Reason: "Succeeded", Own: true, Lived: 6 * time.Second}},
		"not taken by its node":        {pod(phase(corev1.PodFailed), evicted), rollout.Ending{Reason: "Evicted", Message: "low on memory", Own: true, Rejected: true, Lived: 6 * time.Second}},
		"crashed, and was taken away":  {pod(container(ended(2))), rollout.Ending{Reason: "Error", Message: `container "main" ended with exit code 2`}},
		"it was well, and is no more ": {pod(container(runs)), rollout.Ending{}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.CreationTimestamp = metav1.NewTime(noon().Add(-6 * time.Second))
			tt.want.UID, tt.want.Revision, tt.want.At = "u", tt.in.Labels["controller-revision-hash"], noon()
			if diff := cmp.Diff(tt.want, rollout.Ended(tt.in, noon())); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// TestEndingFollows: a pod that is over is deleted, and has ended of its own accord all
// the same.
func TestEndingFollows(t *testing.T) {
	over := rollout.Ending{UID: "u", At: noon(), Reason: "Succeeded", Own: true, Lived: time.Second}
	for name, tt := range map[string]struct{ later, want rollout.Ending }{
		"the same pod": {rollout.Ending{UID: "u", At: noon().Add(time.Second), Asked: true}, rollout.Ending{UID: "u", At: noon().Add(time.Second), Reason: "Succeeded", Own: true, Asked: true, Lived: time.Second}},
		"another pod":  {rollout.Ending{UID: "v", At: noon(), Asked: true}, rollout.Ending{UID: "v", At: noon(), Asked: true}},
	} {
		if diff := cmp.Diff(tt.want, tt.later.Follow(over)); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

func ownEnding(edits ...func(*rollout.Ending)) rollout.Ending {
	e := rollout.Ending{UID: "pod-gone", Revision: "web-b", At: noon(), Reason: "Error", Message: "exit code 7", Own: true, Lived: 6 * time.Second}
	for _, edit := range edits {
		edit(&e)
	}
	return e
}

func TestEndingsInARow(t *testing.T) {
	own := ownEnding()
	long := ownEnding(func(e *rollout.Ending) { e.Lived = 10 * time.Minute })
	asked := ownEnding(func(e *rollout.Ending) { e.Own = false })
	other := ownEnding(func(e *rollout.Ending) { e.Revision = "web-a" })
	for name, tt := range map[string]struct {
		endings []rollout.Ending
		want    int32
	}{
		"one":                              {[]rollout.Ending{own}, 1},
		"three":                            {[]rollout.Ending{own, own, own}, 3},
		"one that was asked for":           {[]rollout.Ending{asked}, 0},
		"one that was asked for, between":  {[]rollout.Ending{own, asked, own}, 1},
		"one that lived long":              {[]rollout.Ending{long}, 0},
		"one that lived long, between":     {[]rollout.Ending{own, long, own}, 1},
		"one of another revision, between": {[]rollout.Ending{own, own, other}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var last rollout.Ending
			for i, e := range tt.endings {
				e.At = noon().Add(time.Duration(i) * time.Minute)
				last = e.After(last)
			}
			first := noon().Add(time.Duration(len(tt.endings)-int(tt.want)) * time.Minute)
			if last.Row != tt.want || tt.want > 0 && !last.Since.Equal(first) {
				t.Errorf("%d in a row since %s, want %d since %s", last.Row, last.Since, tt.want, first)
			}
		})
	}
}

// inRow puts a row of endings of ordinal 4 into a sighting, whose pod was made just now.
func inRow(row int32, edits ...func(*rollout.Ending)) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		e := ownEnding(edits...)
		e.Row, e.At, e.Since = row, g.At.Add(-10*time.Second), g.At.Add(-20*time.Second)
		g.Endings = map[int32]rollout.Ending{4: e}
		for i := range g.Pods {
			if g.Pods[i].Ordinal == 4 {
				g.Pods[i].Created = g.At.Add(-5 * time.Second)
			}
		}
		g.FailurePolicy = rollout.FailurePolicy{Patience: 30 * time.Second}
	}
}

func TestPodsThatEndAgainAndAgain(t *testing.T) {
	evicted := func(e *rollout.Ending) { e.Reason, e.Message = "Evicted", "disk full" }
	rejected := func(e *rollout.Ending) { e.Rejected = true }
	later := func(d time.Duration) func(*rollout.Glance) {
		return func(g *rollout.Glance) { g.At = g.At.Add(d) }
	}
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		phase rollout.Phase
		cause rollout.CauseID
		word  rollout.Word
	}{
		"once":                               {half().Glance(inRow(1)), rollout.Available, "", rollout.WordRolling},
		"twice, and Available":               {half().Glance(inRow(2)), rollout.Available, rollout.PodFailed, rollout.WordFailing},
		"twice, and Ready":                   {half().With(func(s *rollout.Set) { s.MinReadySeconds = 60 }).Pods("a a a b b~").Glance(inRow(2)), rollout.Ready, rollout.PodFailed, rollout.WordFailing},
		"twice, and on its way":              {half().Pods("a a a b b?").Glance(inRow(2)), rollout.Failing, rollout.PodFailed, rollout.WordFailing},
		"twice, and no pod":                  {half().Pods("a a a b -").Glance(inRow(2)), rollout.Absent, rollout.PodFailed, rollout.WordFailing},
		"twice, and it goes":                 {half().Pods("a a a b b/").Glance(inRow(2)), rollout.Terminating, "", rollout.WordRolling},
		"twice, evicted":                     {half().Glance(inRow(2, evicted)), rollout.Available, rollout.Evicted, rollout.WordFailing},
		"twice, and another revision":        {half().Pods("a a a b a").Glance(inRow(2)), rollout.Available, "", rollout.WordRolling},
		"twice, no pod, another template":    {web().Pods("a a a a -").Glance(inRow(2)), rollout.Absent, "", rollout.WordScaling},
		"twice, and it has lived since":      {half().Glance(inRow(2), later(10*time.Minute)), rollout.Available, "", rollout.WordCanary},
		"not taken by a node":                {half().Pods("a a a b -").Glance(inRow(99, rejected)), rollout.Absent, "", rollout.WordRolling},
		"not taken by a node, and for long":  {half().Pods("a a a b -").Glance(inRow(99, rejected), later(10*time.Second)), rollout.Absent, rollout.PodFailed, rollout.WordFailing},
		"twice, and it fails of another one": {half().Pods("a a a b b!").Glance(func(g *rollout.Glance) { inRow(2)(g); g.FailurePolicy.Patience = 0 }), rollout.Failing, rollout.ImagePull, rollout.WordFailing},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			if pod := s.Pods[4]; pod.Phase != tt.phase || pod.Cause.ID != tt.cause {
				t.Errorf("it is %s by %q, want %s by %q", pod.Phase, pod.Cause.ID, tt.phase, tt.cause)
			}
			if got := s.Word(); got != tt.word {
				t.Errorf("the set is %s, want %s", got, tt.word)
			}
		})
	}
}

// TestEndingsAreTold: of a pod that is there it is told how the one before it ended,
// where nobody had asked for that.
func TestEndingsAreTold(t *testing.T) {
	s := half().Glance(inRow(1)).State()
	if b := s.Pods[4].Before; b == nil || b.Told() != "Error: exit code 7" {
		t.Errorf("before it: %+v", b)
	}
	asked := func(e *rollout.Ending) { e.Own = false }
	if b := half().Glance(inRow(1, asked)).State().Pods[4].Before; b != nil {
		t.Errorf("before it: %+v", b)
	}
}

// TestWhoEndsAgainAndAgainHasFailed: a run ends with it, says what it knows, and leads
// back to what stood.
func TestWhoEndsAgainAndAgainHasFailed(t *testing.T) {
	s := half().Record("canary", rollout.Open).Glance(inRow(2)).State()
	g := rollout.Canary{Template: rollouttest.Template{Name: "b"}.Patch(), Count: intstr.FromInt32(2), Step: intstr.FromInt32(1)}
	err := rollout.Decide(g, s, rollout.LeaseOf(g, s, "")).Err
	const want = "statefulset.apps/web: web-4 has failed: pod-failed: 2 pods in a row ended of their own accord, the last after 6s: Error: exit code 7"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if !s.AbortMends() {
		t.Error("an abort does not mend it")
	}
	if s.Updated() != 1 {
		t.Errorf("%d ordinals count as updated", s.Updated())
	}
}
