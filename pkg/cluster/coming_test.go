// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Two lists: pods of any labels, but for the set's own, and the other sets.
func TestComing(t *testing.T) {
	other := webSet(func(set *appsv1.StatefulSet) { set.Name, set.UID = "db", "db-uid" }, withClaims)
	stray := webPod("backup", func(pod *corev1.Pod) { pod.OwnerReferences, pod.Labels = nil, nil })
	orphan := webPod("web-5", func(pod *corev1.Pod) { pod.OwnerReferences = nil })
	server := newStub(t, webSet(withClaims), other, webPod("web-0"), stray, orphan)
	set, err := rollout.LookSet(rawSet(t, withClaims))
	if err != nil {
		t.Fatal(err)
	}
	set.UID = setUID
	s := rollout.State{Set: set, Claims: []rollout.ClaimSight{{Name: "data-web-3"}}}
	arrival, err := server.client(t).Coming(t.Context(), s, set.Replicas+2)
	if err != nil {
		t.Fatal(err)
	}
	if arrival.From != set.Replicas || arrival.Set.Replicas != set.Replicas+2 || len(arrival.Claims) != 1 {
		t.Errorf("%d to %d, claims %+v", arrival.From, arrival.Set.Replicas, arrival.Claims)
	}
	if len(arrival.Others) != 1 || arrival.Others[0].Name != "db" {
		t.Errorf("the other sets: %+v", arrival.Others)
	}
	bonds := map[string]rollout.Bond{}
	for _, pod := range arrival.Pods {
		bonds[pod.Name] = pod.Bond
	}
	if adopted, is := bonds["web-5"]; len(bonds) != 2 || bonds["backup"] != rollout.Apart || !is || adopted != rollout.Adopted {
		t.Errorf("the pods: %+v", bonds)
	}
	asked := server.asked()
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"LIST pods", "LIST statefulsets"}) {
		t.Errorf("it asks %q", asked)
	}
	server.answersTo("LIST statefulsets", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if arrival, err = server.client(t).Coming(t.Context(), s, 5); err != nil || arrival.Others != nil || len(arrival.Pods) != 2 {
		t.Errorf("sets may not be listed: %+v, %v", arrival, err)
	}
}
