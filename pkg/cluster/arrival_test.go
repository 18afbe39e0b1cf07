// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// rawSet is a set as the server's dry run answers it.
func rawSet(t *testing.T, edits ...func(*appsv1.StatefulSet)) *unstructured.Unstructured {
	t.Helper()
	tree, err := runtime.DefaultUnstructuredConverter.ToUnstructured(webSet(append(edits, func(set *appsv1.StatefulSet) { set.UID = "to-come" })...))
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: tree}
}

func withClaims(set *appsv1.StatefulSet) {
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
}

func sharedVolume() []corev1.Volume {
	source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "shared"}}
	return []corev1.Volume{{Name: "s", VolumeSource: source}}
}

// namesShared gives the template of a set a claim that is there.
func namesShared(set *appsv1.StatefulSet) {
	set.Spec.Template.Spec.Volumes = sharedVolume()
}

func TestArrivalOfPods(t *testing.T) {
	owned := func(kind, ownerName string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.OwnerReferences = controlled("dead")
			pod.OwnerReferences[0].Kind, pod.OwnerReferences[0].Name = kind, ownerName
		}
	}
	nobodys := func(pod *corev1.Pod) { pod.OwnerReferences = nil }
	noted := func(pod *corev1.Pod) { pod.OwnerReferences[0].Controller = nil } // an owner that controls nothing
	apart := func(pod *corev1.Pod) { pod.Labels = nil }
	for name, tt := range map[string]struct {
		pod  *corev1.Pod
		want rollout.Bond
	}{
		"nobody's":                       {webPod("web-1", nobodys), rollout.Adopted},
		"noted, and not controlled":      {webPod("web-1", noted), rollout.Adopted},
		"nobody's, without the labels":   {webPod("web-1", nobodys, apart), rollout.Squatting},
		"nobody's, of another name":      {webPod("backup", nobodys), rollout.Apart},
		"nobody's, on its way out":       {webPod("web-1", nobodys, func(pod *corev1.Pod) { pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }), rollout.Parting},
		"of a set of the name":           {webPod("web-1", owned("StatefulSet", "web")), rollout.Parting},
		"of another set":                 {webPod("web-1", owned("StatefulSet", "x")), rollout.Squatting},
		"of another kind of the name":    {webPod("web-1", owned("ReplicaSet", "web")), rollout.Squatting},
		"of another kind, of other name": {webPod("backup", owned("Job", "web")), rollout.Apart},
	} {
		arrival, _, err := newStub(t, tt.pod).client(t).Arrival(t.Context(), rawSet(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(arrival.Pods) != 1 || arrival.Pods[0].Bond != tt.want || (arrival.Pods[0].Why != "") != (tt.want == rollout.Squatting) {
			t.Errorf("%s: %+v, want %s", name, arrival.Pods, tt.want)
		}
	}
}

func TestArrivalKnowsWhatIsOver(t *testing.T) {
	for phase, want := range map[corev1.PodPhase]bool{corev1.PodRunning: false, corev1.PodPending: false, corev1.PodSucceeded: true, corev1.PodFailed: true} {
		pod := webPod("web-1", func(pod *corev1.Pod) { pod.OwnerReferences, pod.Status.Phase = nil, phase })
		arrival, _, err := newStub(t, pod).client(t).Arrival(t.Context(), rawSet(t))
		if err != nil || len(arrival.Pods) != 1 || arrival.Pods[0].Over != want {
			t.Errorf("%s: %+v (%v)", phase, arrival.Pods, err)
		}
	}
}

// What is asked depends on what the set makes, and on what is there.
func TestArrivalAsks(t *testing.T) {
	orphan := webPod("web-1", func(pod *corev1.Pod) { pod.OwnerReferences = nil })
	lists := []string{"LIST persistentvolumeclaims", "LIST persistentvolumes", "LIST pods", "LIST statefulsets", "LIST storageclasses"}
	for name, tt := range map[string]struct {
		pod   *corev1.Pod
		edits []func(*appsv1.StatefulSet)
		asked []string
	}{
		"without claims":              {webPod("web-1"), nil, []string{"LIST pods"}},
		"without claims, and orphans": {orphan, nil, []string{"LIST controllerrevisions", "LIST pods"}},
		"with claims":                 {webPod("web-1"), []func(*appsv1.StatefulSet){withClaims}, lists},
		"naming a claim":              {webPod("web-1"), []func(*appsv1.StatefulSet){namesShared}, []string{"LIST persistentvolumeclaims", "LIST pods"}},
		"with claims, and orphans":    {orphan, []func(*appsv1.StatefulSet){withClaims}, append([]string{"LIST controllerrevisions"}, lists...)},
	} {
		server := newStub(t, tt.pod, webRevision("web-a", 1))
		labels := "?"
		server.answers(func(r request) any {
			if r.String() == "LIST pods" {
				labels = r.Query.Get("labelSelector")
			}
			return nil
		})
		if _, _, err := server.client(t).Arrival(t.Context(), rawSet(t, tt.edits...)); err != nil {
			t.Fatal(err)
		}
		asked := server.asked()
		slices.Sort(asked)
		if diff := cmp.Diff(tt.asked, asked); diff != "" || labels != "" {
			t.Errorf("%s: pods of %q, though one without the labels may be in the way; want -, got +\n%s", name, labels, diff)
		}
	}
}

func TestArrivalFinds(t *testing.T) {
	other := webSet(func(set *appsv1.StatefulSet) { set.Name, set.UID = "db", "db-uid" }, withClaims)
	made := webSet() // meanwhile, by somebody else, and refused where it is written
	theirs := webRevision("web-b", 2)
	theirs.OwnerReferences = controlled("somebody")
	claim := webClaim("data-web-0", "db-uid")
	claim.OwnerReferences[0].Name = "db"
	shared := webClaim("data-web-2", "dead")
	shared.OwnerReferences = append(shared.OwnerReferences, claim.OwnerReferences...)
	orphaned := webRevision("web-a", 1)
	orphaned.OwnerReferences = nil
	server := newStub(t, other, made, theirs, orphaned, disk(corev1.PersistentVolumeReclaimRetain), claim, webClaim("data-web-1", "dead"), shared,
		webPod("web-0", func(pod *corev1.Pod) { pod.OwnerReferences = nil }))
	arrival, stock, err := server.client(t).Arrival(t.Context(), rawSet(t, withClaims))
	if err != nil {
		t.Fatal(err)
	}
	if len(arrival.Others) != 1 || !arrival.Others[0].MakesClaim("data-db-7") {
		t.Errorf("the other sets: %+v", arrival.Others)
	}
	slices.SortFunc(arrival.Claims, func(a, b rollout.ClaimSight) int { return strings.Compare(a.Name, b.Name) })
	if len(arrival.Claims) != 3 || !slices.Equal(arrival.Claims[0].Owners, []types.UID{"db-uid"}) || !slices.Equal(arrival.Doomed, []string{"data-web-1"}) {
		t.Errorf("the claims: %+v, of an earlier set %q", arrival.Claims, arrival.Doomed)
	}
	if len(arrival.Revisions) != 1 || arrival.Revisions[0].Name != "web-a" {
		t.Errorf("the revisions that are left: %+v", arrival.Revisions)
	}
	if len(stock.Volumes) != 1 || len(stock.Claims) != 3 || arrival.At.IsZero() {
		t.Errorf("%d volumes, %d claims, at %s", len(stock.Volumes), len(stock.Claims), arrival.At)
	}
}

// Nobody else's sets may be listed, or there are none: these are not the same.
func TestArrivalWithoutLeave(t *testing.T) {
	server := newStub(t)
	arrival, _, err := server.client(t).Arrival(t.Context(), rawSet(t, withClaims))
	if err != nil || arrival.Others == nil {
		t.Errorf("no other sets: %v, %v", arrival.Others, err)
	}
	server.answersTo("LIST statefulsets", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if arrival, _, err = server.client(t).Arrival(t.Context(), rawSet(t, withClaims)); err != nil || arrival.Others != nil {
		t.Errorf("sets may not be listed: %v, %v", arrival.Others, err)
	}
	server.answersTo("LIST pods", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no pods"))
	if _, _, err = server.client(t).Arrival(t.Context(), rawSet(t, withClaims)); err == nil {
		t.Error("without pods nothing is known")
	}
}
