// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func claimed(claimName string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{Kind: "PersistentVolumeClaim", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: claimName, Namespace: "default"},
		Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: "pv-" + claimName},
		Status: corev1.PersistentVolumeClaimStatus{
			Phase:    corev1.ClaimBound,
			Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")},
		},
	}
}

func budget(budgetName string, selector *metav1.LabelSelector) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{Kind: "PodDisruptionBudget", APIVersion: "policy/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: budgetName, Namespace: "default"},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: selector},
		Status:     policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 1},
	}
}

func scaler(scalerName, targetName string, low *int32, high int32, labels map[string]string) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   metav1.TypeMeta{Kind: "HorizontalPodAutoscaler", APIVersion: "autoscaling/v2"},
		ObjectMeta: metav1.ObjectMeta{Name: scalerName, Namespace: "default", Labels: labels},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "StatefulSet", Name: targetName, APIVersion: "apps/v1"},
			MinReplicas:    low, MaxReplicas: high,
		},
	}
}

// withData gives a set a claim template.
func withData(set *appsv1.StatefulSet) {
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
}

func TestLookSeesWhatIsAround(t *testing.T) {
	three := int32(3)
	gone := claimed("data-web-7")
	server := newStub(t,
		webSet(withData), webPod("web-0"), webPod("web-1"), webPod("web-2"), webRevision("web-a", 1),
		claimed("data-web-0"), terminating(gone), claimed("data-web-x"), claimed("data-db-0"), claimed("other-web-0"),
		budget("ours", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}),
		budget("others", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}),
		budget("nobodys", nil), budget("everybodys", &metav1.LabelSelector{}),
		scaler("roams", "web", nil, 5, nil), scaler("rests", "web", &three, 3, nil), scaler("others", "db", nil, 5, nil),
		scaler("keda", "web", &three, 9, map[string]string{kedaLabel: "queue"}),
	)
	s, err := server.client(t).Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Word() != rollout.WordSettled {
		t.Errorf("it is %s", s.Word())
	}
	wantClaims := map[string]rollout.Claim{
		"data-web-0": {Name: "data-web-0", Phase: "Bound", VolumeName: "pv-data-web-0", Capacity: "2Gi"},
		"data-web-7": {Name: "data-web-7", Phase: "Terminating", VolumeName: "pv-data-web-7", Capacity: "2Gi"},
	}
	if diff := cmp.Diff(wantClaims, s.Around.Claims); diff != "" {
		t.Errorf("claims: %s", diff)
	}
	if len(s.Claims) != 5 || s.Claims[3].Name != "data-web-x" {
		t.Errorf("the claims of the namespace, by name: %+v", s.Claims)
	}
	var budgetNames, handNames []string
	for _, b := range s.Around.Budgets {
		budgetNames = append(budgetNames, b.Name)
	}
	for _, h := range s.Set.Hands {
		handNames = append(handNames, h.Name)
	}
	slices.Sort(budgetNames)
	slices.Sort(handNames)
	if want := []string{"everybodys", "ours"}; !slices.Equal(budgetNames, want) {
		t.Errorf("budgets %v, not %v", budgetNames, want)
	}
	if want := []string{"HorizontalPodAutoscaler/roams", "ScaledObject/queue"}; !slices.Equal(handNames, want) {
		t.Errorf("hands %v, not %v", handNames, want)
	}
	if n := len(server.asked()); n != 7 {
		t.Errorf("%d requests: %v", n, server.asked())
	}
}

func TestLookLeavesOutWhatMayNotBeRead(t *testing.T) {
	server := newStub(t, append(web(), claimed("data-web-0"))...)
	forbidden := []string{"persistentvolumeclaims", "poddisruptionbudgets", "horizontalpodautoscalers", "events"}
	server.answers(func(r request) any {
		if resource, _ := r.resource(); slices.Contains(forbidden, resource) {
			return failure(403, metav1.StatusReasonForbidden, "no")
		}
		return nil
	})
	s, err := server.client(t).Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Around.Claims != nil || s.Around.Budgets != nil || s.Word() != rollout.WordSettled {
		t.Errorf("%+v, %s", s.Around, s.Word())
	}
	if _, err := server.client(t).Hands(t.Context(), s); !apierrors.IsForbidden(err) {
		t.Errorf("hands: %v", err)
	}
}

func TestLookFailsWithTheServersOwnError(t *testing.T) {
	for _, lacking := range []string{"statefulsets", "pods", "controllerrevisions"} {
		server := newStub(t, web()...)
		server.answers(func(r request) any {
			if resource, _ := r.resource(); resource == lacking {
				return failure(403, metav1.StatusReasonForbidden, "no")
			}
			return nil
		})
		if _, err := server.client(t).Look(t.Context(), "web", Options{}); !apierrors.IsForbidden(err) {
			t.Errorf("without %s: %v", lacking, err)
		}
	}
	if _, err := newStub(t).client(t).Look(t.Context(), "web", Options{}); !apierrors.IsNotFound(err) {
		t.Errorf("without a set: %v", err)
	}
}

// The selector finds no pod that has other labels.
func TestLookFindsASquatter(t *testing.T) {
	squatter := webPod("web-1", func(p *corev1.Pod) { p.OwnerReferences, p.Labels = nil, nil })
	server := newStub(t, webSet(), webPod("web-0"), webPod("web-2"), squatter, webRevision("web-a", 1))
	server.answers(func(r request) any {
		if resource, objectName := r.resource(); resource == "pods" && objectName == "" {
			return podList(webPod("web-0"), webPod("web-2"))
		}
		return nil
	})
	s, err := server.client(t).Look(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Pods[1].Cause.ID != rollout.Squatter {
		t.Errorf("web-1: %+v", s.Pods[1])
	}
}

func podList(pods ...*corev1.Pod) *corev1.PodList {
	list := &corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}}
	for _, pod := range pods {
		list.Items = append(list.Items, *pod)
	}
	return list
}

func TestLookAllTellsSetsApart(t *testing.T) {
	other := func(set *appsv1.StatefulSet) { set.Name, set.UID = "db", "db-uid" }
	ofOther := func(p *corev1.Pod) { p.OwnerReferences = controlled("db-uid") }
	huge := func(set *appsv1.StatefulSet) {
		replicas := int32(2_000_000_000) // no slot is made for any of them
		set.Name, set.UID, set.Spec.Replicas = "huge", "huge-uid", &replicas
	}
	objects := append(web(), webSet(other), webSet(huge), webPod("db-0", ofOther), webPod("alone", func(p *corev1.Pod) { p.OwnerReferences = nil }))
	server := newStub(t, objects...)
	states, err := server.client(t).LookAll(t.Context(), "tier=data", Options{})
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]rollout.Word{}
	for _, s := range states {
		words[s.Set.Name] = s.Word()
	}
	want := map[string]rollout.Word{"web": rollout.WordSettled, "db": rollout.WordScaling, "huge": rollout.WordOversized}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
	asked := server.asked()
	slices.Sort(asked)
	if want := []string{"LIST controllerrevisions", "LIST events", "LIST pods", "LIST statefulsets"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
	for _, r := range server.requests {
		if resource, _ := r.resource(); resource == "statefulsets" && r.Query.Get("labelSelector") != "tier=data" {
			t.Errorf("sets by %q", r.Query.Get("labelSelector"))
		}
	}
}

func TestLookAllShowsWhatCannotBeMade(t *testing.T) {
	denied := &corev1.Event{
		TypeMeta:   metav1.TypeMeta{Kind: "Event", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "web.1"}, Reason: "FailedCreate", Count: 2,
		InvolvedObject: corev1.ObjectReference{Kind: "StatefulSet", Name: "web", UID: setUID},
		LastTimestamp:  metav1.NewTime(time.Now().Add(-time.Minute)),
		Message:        "Create Pod web-2 in StatefulSet web failed error: exceeded quota: q",
	}
	server := newStub(t, []runtime.Object{webSet(), webPod("web-0"), webPod("web-1"), webRevision("web-a", 1), denied}...)
	states, err := server.client(t).LookAll(t.Context(), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := states[0].Pods[2]; got.Cause.ID != rollout.Quota || got.Phase != rollout.Failing {
		t.Errorf("web-2: %+v", got)
	}
}

// What a pod has to stand for is what the template needs, unless another time is asked for.
func TestSoakThatIsAskedFor(t *testing.T) {
	none, day := time.Duration(0), 24*time.Hour
	hourAgo := func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Hour)) }
	justNow := func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(time.Now()) }
	for name, tt := range map[string]struct {
		made func(*corev1.Pod)
		soak *time.Duration
		want rollout.Word
	}{
		"not asked, new":     {justNow, nil, rollout.WordRolling},
		"not asked, old":     {hourAgo, nil, rollout.WordSettled},
		"none, new":          {justNow, &none, rollout.WordSettled},
		"a day, an hour old": {hourAgo, &day, rollout.WordRolling},
	} {
		t.Run(name, func(t *testing.T) {
			client := newStub(t, webSet(), webPod("web-0"), webPod("web-1"), webPod("web-2", tt.made), webRevision("web-a", 1)).client(t)
			for how, s := range everyWay(t, client, Options{Soak: tt.soak}) {
				if s.Word() != tt.want {
					t.Errorf("%s, it is %s", how, s.Word())
				}
			}
		})
	}
}

// everyWay reads the set in each way that there is.
func everyWay(t *testing.T, client *Client, o Options) map[string]rollout.State {
	t.Helper()
	look, err := client.Look(t.Context(), "web", o)
	if err != nil {
		t.Fatal(err)
	}
	all, err := client.LookAll(t.Context(), "", o)
	if err != nil {
		t.Fatal(err)
	}
	run, err := client.Open(t.Context(), "web", o)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	return map[string]rollout.State{"looked at": look, "among all": all[0], "watched": run.Observe()}
}
