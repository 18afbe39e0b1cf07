// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"testing"
	"testing/synctest"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func mountsShared(pod *corev1.Pod) { pod.Spec.Volumes = sharedVolume() }

// Claims are read at once where pods mount any, and else when somebody asks.
func TestOpenSeesClaims(t *testing.T) {
	for name, tt := range map[string]struct {
		edits []func(*appsv1.StatefulSet)
		pod   *corev1.Pod
		at    []int // claims at first, and when they were asked for
	}{
		"none are mounted":     {nil, webPod("web-0"), []int{0, 1}},
		"the template has one": {[]func(*appsv1.StatefulSet){namesShared}, webPod("web-0"), []int{1, 1}},
		"it makes claims":      {[]func(*appsv1.StatefulSet){withClaims}, webPod("web-0"), []int{1, 1}},
		"a pod still has one":  {nil, webPod("web-0", mountsShared), []int{1, 1}},
	} {
		server := newStub(t, append(web(), claimed("shared"))...)
		server.put(tt.pod)
		server.put(webSet(tt.edits...))
		run := server.open(t)
		for again, want := range append(tt.at, 1) {
			if got := run.Observe(); len(got.Claims) != want || got.Blind != "" {
				t.Errorf("%s, asked %d times: %d claims, blind %q", name, again, len(got.Claims), got.Blind)
			}
			if err := run.SeeClaims(t.Context()); err != nil {
				t.Error(err)
			}
		}
		gone := claimed("shared")
		server.remove(gone)
		until(t, run, func(s rollout.State) bool { return len(s.Claims) == 0 })
	}
}

// What is asked for late may be forbidden, or out of order for a moment, as at first.
func TestSeeClaimsAndWhatCannotBeRead(t *testing.T) {
	for name, tt := range map[string]struct {
		times  int
		answer any
		claims int
		unread []string
		fails  bool
	}{
		"forbidden":    {1000, failure(403, metav1.StatusReasonForbidden, "no"), 0, []string{ClaimsRead}, false},
		"for a moment": {2, failure(503, metav1.StatusReasonServiceUnavailable, "etcd"), 1, nil, false},
		"for ever":     {1000, failure(503, metav1.StatusReasonServiceUnavailable, "etcd"), 0, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := stubOf(append(web(), claimed("shared"))...)
				o := inMemory(t, server)
				if o.err != nil {
					t.Fatal(o.err)
				}
				o.run.told.Unread = func(what string, _ error) { o.unread = append(o.unread, what) }
				server.fails("LIST persistentvolumeclaims", tt.times, tt.answer)
				err := o.run.SeeClaims(t.Context())
				if (err != nil) != tt.fails || !slices.Equal(o.unread, tt.unread) {
					t.Errorf("%v, without %q", err, o.unread)
				}
				if s := o.run.Observe(); len(s.Claims) != tt.claims || (s.Blind != "") != tt.fails {
					t.Errorf("%d claims, blind %q", len(s.Claims), s.Blind)
				}
			})
		})
	}
}
