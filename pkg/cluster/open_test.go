// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"context"
	"errors"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// until observes, change by change, until a sighting is as wanted. The test's
// own time limit is the only one.
func until(t *testing.T, run *Run, wanted func(rollout.State) bool) rollout.State {
	t.Helper()
	for {
		if s := run.Observe(); wanted(s) {
			return s
		}
		select {
		case <-run.Changed():
		case <-t.Context().Done():
			t.Fatal("it never came")
		}
	}
}

func TestOpenShowsTheSetAtOnce(t *testing.T) {
	s := newStub(t, web()...).open(t).Observe()
	if s.Word() != rollout.WordSettled || len(s.Revisions) != 1 || s.Blind != "" || s.Set.UID != setUID {
		t.Errorf("word %s, %d revisions, blind %q, uid %q", s.Word(), len(s.Revisions), s.Blind, s.Set.UID)
	}
}

func TestOpenFollowsWhatChanges(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	server.put(webPod("web-2", func(p *corev1.Pod) { p.UID = "another"; p.Status = corev1.PodStatus{} }))
	until(t, run, func(s rollout.State) bool { return s.Pods[2].UID == "another" && s.Pods[2].Phase == rollout.Starting })
	server.remove(webPod("web-0"))
	gone := until(t, run, func(s rollout.State) bool { return s.Pods[0].Phase == rollout.Absent })
	if before := gone.Pods[0].Before; before == nil || before.UID != "web-0-uid" {
		t.Errorf("how web-0 ended: %+v", before)
	}
	server.put(webRevision("web-b", 2))
	until(t, run, func(s rollout.State) bool { return len(s.Revisions) == 2 && s.Revisions[1].Name == "web-b" })
	server.remove(webSet())
	until(t, run, func(s rollout.State) bool { return s.Set.UID == "" && s.Set.Name == "web" })
}

func TestOpenTellsWhyAPodCannotBeMade(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	server.remove(webPod("web-1"))
	server.put(&corev1.Event{
		TypeMeta:   metav1.TypeMeta{Kind: "Event", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "web.1"},
		Reason:     "FailedCreate", LastTimestamp: metav1.NewTime(run.Observe().At.AddDate(0, 0, 1)),
		Message: `Create Pod web-1 in StatefulSet web failed error: pods "web-1" is forbidden: exceeded quota: q`,
	})
	until(t, run, func(s rollout.State) bool { return s.Pods[1].Cause.ID == rollout.Quota })
}

func TestOpenFailsWithTheServersOwnError(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		reason  metav1.StatusReason
		code    int32
		opens   bool
	}{
		"no such set":                {"LIST statefulsets", metav1.StatusReasonNotFound, 404, false},
		"pods may not be listed":     {"LIST pods", metav1.StatusReasonForbidden, 403, false},
		"pods may not be watched":    {"WATCH pods", metav1.StatusReasonForbidden, 403, false},
		"revisions may not be seen":  {"LIST controllerrevisions", metav1.StatusReasonForbidden, 403, false},
		"events may not be listed":   {"LIST events", metav1.StatusReasonForbidden, 403, true},
		"events may not be watched":  {"WATCH events", metav1.StatusReasonForbidden, 403, true},
		"events cannot be read now":  {"LIST events", metav1.StatusReasonInternalError, 500, true},
		"the set may not be watched": {"WATCH statefulsets", metav1.StatusReasonForbidden, 403, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, web()...)
			server.answersTo(tt.request, failure(tt.code, tt.reason, "no"))
			run, err := server.client(t).Open(t.Context(), "web", Options{})
			if err == nil {
				run.Close()
			}
			if (err == nil) != tt.opens {
				t.Fatalf("opened: %v", err)
			}
			if got := apierrors.ReasonForError(err); err != nil && got != tt.reason {
				t.Errorf("reason %q, not %q: %v", got, tt.reason, err)
			}
		})
	}
}

func TestOpenOfNoSuchSet(t *testing.T) {
	run, err := newStub(t).client(t).Open(t.Context(), "web", Options{})
	if err == nil {
		run.Close()
	}
	if !apierrors.IsNotFound(err) || err.Error() != `statefulsets.apps "web" not found` {
		t.Errorf("opened: %v", err)
	}
}

// A list each, and a watch each that goes on from there.
func TestOpenAsksOnceForEachKind(t *testing.T) {
	server := newStub(t, web()...)
	server.open(t)
	asked := slices.Sorted(slices.Values(server.asked()))
	want := []string{
		"LIST controllerrevisions", "LIST events", "LIST pods", "LIST statefulsets",
		"WATCH controllerrevisions", "WATCH events", "WATCH pods", "WATCH statefulsets",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	server := newStub(t, web()...)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	server.answers(func(r request) any {
		if resource, _ := r.resource(); resource == "pods" {
			cancel(enough)
		}
		return nil
	})
	run, err := server.client(t).Open(ctx, "web", Options{})
	if err == nil {
		run.Close()
	}
	if !errors.Is(err, enough) {
		t.Errorf("opened with %v", err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	server := newStub(t, web()...)
	run, err := server.client(t).Open(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(ours(t)) == 0 {
		t.Fatal("this test does not see what it looks for")
	}
	run.Close()
	if left := ours(t); len(left) > 0 {
		t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
	}
}

// ours are the goroutines of feeds and scouts. A feed waits for those that read
// its streams.
func ours(t *testing.T) []string {
	t.Helper()
	var dump bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&dump, 2); err != nil {
		t.Fatal(err)
	}
	stacks := strings.Split(dump.String(), "\n\n")
	return slices.DeleteFunc(stacks, func(stack string) bool {
		return !strings.Contains(stack, "/feed.go:") && !strings.Contains(stack, "/scout.go:")
	})
}
