// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
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

// opened is how an opening ended that the server's answers to some requests were
// in the way of.
type opened struct {
	run    *Run
	err    error
	unread []string
	took   time.Duration
}

// inMemory opens the set, which makes claims, over a network in memory.
func inMemory(t *testing.T, server *stub) opened {
	t.Helper()
	network := faultproxy.NewMemory()
	end := &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}
	go func() { _ = end.Serve(network) }() // until it is closed
	transport := network.Transport()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := end.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := NewClient(&rest.Config{Host: "http://server", Transport: transport}, Caller{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	var o opened
	began := time.Now()
	o.run, o.err = client.Open(t.Context(), "web", Options{Unread: func(what string, _ error) { o.unread = append(o.unread, what) }})
	o.took = time.Since(began)
	if o.err == nil {
		t.Cleanup(o.run.Close)
	}
	return o
}

// has asserts the first sighting of a run that is open.
func (o opened) has(t *testing.T, claims int) {
	t.Helper()
	if o.err != nil {
		return
	}
	if s := o.run.Observe(); len(s.Claims) != claims || s.Blind != "" {
		t.Errorf("%d claims, blind %q", len(s.Claims), s.Blind)
	}
}

// fails has the first so many requests answered so.
func (s *stub) fails(asked string, times int, answer any) {
	s.answers(func(r request) any {
		if r.String() != asked || times == 0 {
			return nil
		}
		times--
		return answer
	})
}

// claiming is a set that makes claims, and one of them.
func claiming() *stub {
	server := stubOf(web()...)
	server.put(webSet(func(set *appsv1.StatefulSet) {
		set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	}))
	server.put(&corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{Kind: "PersistentVolumeClaim", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "data-web-2", Namespace: "default"},
	})
	return server
}

// Only what may not be read is done without: from a server that fails nobody knows
// which claims are being deleted. What only helps is waited for by nobody.
func TestOpenAndWhatCannotBeRead(t *testing.T) {
	down := failure(503, metav1.StatusReasonServiceUnavailable, "etcd")
	denied := failure(403, metav1.StatusReasonForbidden, "no")
	for name, tt := range map[string]struct {
		request string
		times   int
		answer  any
		opens   bool
		claims  int
		unread  string
		atMost  time.Duration
	}{
		"nothing is wrong":                   {"", 0, nil, true, 1, "", 0},
		"claims, for ever":                   {"LIST persistentvolumeclaims", 1000, down, false, 0, "", 12 * time.Second},
		"claims, for a moment":               {"LIST persistentvolumeclaims", 2, down, true, 1, "", time.Second},
		"claims, their watch":                {"WATCH persistentvolumeclaims", 1000, down, false, 0, "", 12 * time.Second},
		"claims, forbidden":                  {"LIST persistentvolumeclaims", 1000, denied, true, 0, ClaimsRead, 0},
		"claims, a gateway's page":           {"LIST persistentvolumeclaims", 1000, page(403), false, 0, "", 12 * time.Second},
		"claims, unauthorized":               {"LIST persistentvolumeclaims", 1000, failure(401, metav1.StatusReasonUnauthorized, "no"), false, 0, "", 12 * time.Second},
		"claims, never answered":             {"LIST persistentvolumeclaims", 1000, silence{}, false, 0, "", 2 * time.Minute},
		"pods, for a moment":                 {"LIST pods", 2, down, true, 1, "", time.Second},
		"events, for ever":                   {"LIST events", 1000, down, true, 1, EventsRead, 0},
		"events, forbidden":                  {"LIST events", 1000, denied, true, 1, EventsRead, 0},
		"events, never answered":             {"LIST events", 1000, silence{}, true, 1, EventsRead, helpWithin},
		"events, their watch, not so either": {"WATCH events", 1000, silence{}, true, 1, EventsRead, helpWithin},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := claiming()
				server.fails(tt.request, tt.times, tt.answer)
				o := inMemory(t, server)
				if (o.err == nil) != tt.opens || strings.Join(o.unread, " ") != tt.unread || o.took > tt.atMost {
					t.Fatalf("opened with %v after %s, without %q", o.err, o.took, o.unread)
				}
				o.has(t, tt.claims)
			})
		})
	}
}

// A watch of claims that is down is one that is needed: also where it is forbidden
// by now, since it was read before.
func TestOpenIsBlindWithoutItsClaims(t *testing.T) {
	for name, answer := range map[string]any{
		"unavailable": failure(503, metav1.StatusReasonServiceUnavailable, "etcd"),
		"forbidden":   failure(403, metav1.StatusReasonForbidden, "the authorizer is down"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := claiming()
				o := inMemory(t, server)
				if o.err != nil {
					t.Fatal(o.err)
				}
				server.answers(func(r request) any {
					if resource, _ := r.resource(); resource == "persistentvolumeclaims" {
						return answer
					}
					return nil
				})
				server.endStreams()
				until(t, o.run, func(s rollout.State) bool { return strings.Contains(s.Blind, ClaimsRead) })
				server.answers(nil)
				until(t, o.run, func(s rollout.State) bool { return s.Blind == "" })
			})
		})
	}
}

// What comes late is used all the same.
func TestOpenUsesEventsThatComeLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, hold := claiming(), make(chan struct{})
		server.answers(func(r request) any {
			if r.String() == "LIST events" {
				<-hold
			}
			return nil
		})
		o := inMemory(t, server)
		if o.err != nil || o.took > helpWithin {
			t.Fatalf("opened with %v after %s", o.err, o.took)
		}
		server.remove(webPod("web-1"))
		server.put(&corev1.Event{
			TypeMeta: metav1.TypeMeta{Kind: "Event", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "web.1"},
			Reason: "FailedCreate", LastTimestamp: metav1.NewTime(o.run.Observe().At.AddDate(0, 0, 1)),
			Message: `Create Pod web-1 in StatefulSet web failed error: pods "web-1" is forbidden: exceeded quota: q`,
		})
		close(hold)
		until(t, o.run, func(s rollout.State) bool { return s.Pods[1].Cause.ID == rollout.Quota })
	})
}

// Who asks for the autoscalers has to know the difference between none and none seen.
func TestHands(t *testing.T) {
	down := failure(503, metav1.StatusReasonServiceUnavailable, "etcd")
	for name, tt := range map[string]struct {
		times      int
		answer     any
		fails      bool
		unreadable bool
	}{
		"they can be read":      {0, nil, false, false},
		"down for a moment":     {2, down, false, false},
		"down":                  {1000, down, true, false},
		"a gateway's page":      {1000, page(403), true, false},
		"forbidden":             {1000, failure(403, metav1.StatusReasonForbidden, "no"), true, true},
		"no such kind":          {1000, failure(404, metav1.StatusReasonNotFound, "no"), true, true},
		"too many for a moment": {2, page(429), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := claiming()
				server.fails("LIST horizontalpodautoscalers", tt.times, tt.answer)
				run := inMemory(t, server).run
				_, err := run.client.Hands(t.Context(), run.Observe())
				if (err != nil) != tt.fails || errors.Is(err, ErrUnreadable) != tt.unreadable {
					t.Errorf("%v", err)
				}
			})
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
