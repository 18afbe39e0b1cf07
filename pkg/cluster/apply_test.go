// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// scaleTo is a change of one field.
func scaleTo(n int32) rollout.Change {
	return rollout.Change{Set: &rollout.SetPatch{Replicas: &n, Record: rollout.Record{V: rollout.RecordVersion}}}
}

func removalOf(pod rollout.Pod) rollout.Change {
	return rollout.Change{Pod: &rollout.Removal{PodName: pod.Name, UID: pod.UID, Version: pod.Version}}
}

func TestApplyMakesOneRequest(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	s := run.Observe()
	four := int32(4)
	server.answersTo("PATCH", webSet(func(set *appsv1.StatefulSet) { set.Generation, set.Spec.Replicas = 8, &four }))
	set, err := run.Apply(t.Context(), s, scaleTo(4))
	if err != nil {
		t.Fatal(err)
	}
	if set.Generation != 8 || set.Replicas != 4 {
		t.Errorf("left generation %d, replicas %d", set.Generation, set.Replicas)
	}
	made := server.last(t, http.MethodPatch)
	if made.Path != "/apis/apps/v1/namespaces/default/statefulsets/web" || made.ContentType != "application/json-patch+json" {
		t.Errorf("PATCH %s of %s", made.Path, made.ContentType)
	}
	if got := made.Query.Encode(); got != "fieldManager=sts-rollout&fieldValidation=Strict" {
		t.Errorf("with %s", got)
	}
	if n := strings.Count(strings.Join(server.asked(), " "), "PATCH"); n != 1 {
		t.Errorf("%d patches", n)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	s := run.Observe()
	server.answersTo("PATCH", webSet())
	if _, err := run.client.DryRun(t.Context(), s, scaleTo(4)); err != nil {
		t.Fatal(err)
	}
	if got := server.last(t, http.MethodPatch).Query.Get("dryRun"); got != "All" {
		t.Errorf("a patch with dryRun %q", got)
	}
	server.answersTo("DELETE", webPod("web-2"))
	if _, err := run.client.DryRun(t.Context(), s, removalOf(s.Pods[2])); err != nil {
		t.Fatal(err)
	}
	var options metav1.DeleteOptions
	if err := json.Unmarshal([]byte(server.last(t, http.MethodDelete).Body), &options); err != nil {
		t.Fatal(err)
	}
	if len(options.DryRun) != 1 || options.DryRun[0] != "All" {
		t.Errorf("a delete with dryRun %q", options.DryRun)
	}
	if at := options.Preconditions; at == nil || *at.UID != s.Pods[2].UID || at.ResourceVersion != nil {
		t.Errorf("a dry run is of %+v, want the pod, at any version", at)
	}
}

func TestDryRunTemplateIsOfTheTemplateAlone(t *testing.T) {
	server := newStub(t, web()...)
	client := server.client(t)
	server.answersTo("PATCH", webSet(func(set *appsv1.StatefulSet) { set.Spec.Template.Spec.DNSPolicy = corev1.DNSClusterFirst }))
	raw := []byte(`{"spec":{"containers":[{"name":"c","image":"x:v1","new":9007199254740993}]}}`)
	template, set, err := client.DryRunTemplate(t.Context(), rollout.State{Set: rollout.Set{Name: "web", UID: setUID}}, raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	answered := set.Live
	digest, err := rollout.Digest(answered)
	if err != nil {
		t.Fatal(err)
	}
	if string(template.Raw) != string(raw) || template.Digest != digest || !strings.Contains(string(answered), "ClusterFirst") {
		t.Errorf("%s of digest %s, answered %s", template.Raw, template.Digest, answered)
	}
	asked := server.last(t, http.MethodPatch)
	const want = `[{"op":"replace","path":"/spec/template","value":{"spec":{"containers":[{"name":"c","image":"x:v1","new":9007199254740993}]}}}]`
	if asked.Body != want || asked.Query.Get("dryRun") != "All" || asked.ContentType != "application/json-patch+json" {
		t.Errorf("asked %s %v %s", asked.ContentType, asked.Query, asked.Body)
	}
	if _, _, err := client.DryRunTemplate(t.Context(), rollout.State{Set: rollout.Set{Name: "web"}}, raw, &rollout.Partition{Index: 2}); err != nil {
		t.Fatal(err)
	}
	partition := `,{"op":"replace","path":"/spec/updateStrategy/rollingUpdate/partition","value":2}]`
	if asked := server.last(t, http.MethodPatch); asked.Body != strings.TrimSuffix(want, "]")+partition {
		t.Errorf("with a partition it asks %s", asked.Body)
	}
}

// kind is what a caller makes of an error; "" where it is the server's own.
func kind(err error) string {
	for _, known := range []error{rollout.ErrMoved, rollout.ErrLost, rollout.ErrUnserved} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return ""
}

func TestApplySortsTheAnswers(t *testing.T) {
	const nothing = metav1.StatusReason("")
	moved, lost, unserved, own := rollout.ErrMoved.Error(), rollout.ErrLost.Error(), rollout.ErrUnserved.Error(), ""
	cause := func(field string) metav1.StatusCause { return metav1.StatusCause{Field: field, Message: "no"} }
	now := func(edit func(*appsv1.StatefulSet)) runtime.Object { return webSet(edit) }
	for name, tt := range map[string]struct {
		answer *metav1.Status
		after  runtime.Object // the set as it then is; nil for as it was
		want   string
	}{
		"conflict":                    {failure(409, metav1.StatusReasonConflict, "modified"), nil, moved},
		"not found":                   {failure(404, metav1.StatusReasonNotFound, "not found"), nil, moved},
		"invalid":                     {failure(422, metav1.StatusReasonInvalid, "must not be negative", cause("spec.replicas")), nil, own},
		"denied by a policy":          {failure(422, metav1.StatusReasonInvalid, "is forbidden", cause("")), nil, own},
		"forbidden":                   {failure(403, metav1.StatusReasonForbidden, "forbidden"), nil, own},
		"unauthorized":                {failure(401, metav1.StatusReasonUnauthorized, "Unauthorized"), nil, unserved},
		"bad request":                 {failure(400, metav1.StatusReasonBadRequest, "bad"), nil, own},
		"internal error":              {failure(500, metav1.StatusReasonInternalError, "webhook down"), nil, lost},
		"a webhook cannot be called":  {failure(500, metav1.StatusReasonInternalError, "Internal error occurred: failed calling webhook \"x\": failed to call webhook: connection refused"), nil, unserved},
		"bad gateway":                 {failure(502, nothing, "proxy"), nil, lost},
		"unavailable":                 {failure(503, metav1.StatusReasonServiceUnavailable, "starting"), nil, lost},
		"timeout":                     {failure(504, metav1.StatusReasonTimeout, "too long"), nil, lost},
		"a code of a proxy's own":     {failure(520, nothing, "origin error"), nil, lost},
		"test failed, generation":     {failure(422, metav1.StatusReasonInvalid, "rejected"), now(func(s *appsv1.StatefulSet) { s.Generation++ }), moved},
		"test failed, uid":            {failure(422, metav1.StatusReasonInvalid, "rejected"), now(func(s *appsv1.StatefulSet) { s.UID = "x" }), moved},
		"test failed, no annotations": {failure(422, metav1.StatusReasonInvalid, "rejected"), now(func(s *appsv1.StatefulSet) { s.Annotations = nil }), moved},
		"a path that is not there":    {failure(422, metav1.StatusReasonInvalid, "rejected"), nil, own},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, web()...)
			run := server.open(t)
			s := run.Observe()
			if tt.after != nil {
				server.put(tt.after)
			}
			server.answersTo("PATCH", tt.answer)
			_, err := run.Apply(t.Context(), s, scaleTo(4))
			if err == nil || !strings.Contains(err.Error(), tt.answer.Message) {
				t.Fatalf("%v does not say %q", err, tt.answer.Message)
			}
			if got := kind(err); got != tt.want {
				t.Errorf("%v, not %v", err, tt.want)
			}
			var status apierrors.APIStatus
			if !errors.As(err, &status) || status.Status().Code != tt.answer.Code {
				t.Errorf("the server's own error is not in %v", err)
			}
		})
	}
}

// What is no Status of the API is no word of it: not that the write is forbidden,
// and not that the set is gone.
func TestApplyAndTheAnswersOfAGateway(t *testing.T) {
	for code, want := range map[page]error{
		401: rollout.ErrUnserved, 429: rollout.ErrUnserved,
		400: rollout.ErrLost, 403: rollout.ErrLost, 404: rollout.ErrLost, 409: rollout.ErrLost, 502: rollout.ErrLost, 503: rollout.ErrLost, 504: rollout.ErrLost,
	} {
		server := newStub(t, web()...)
		run := server.open(t)
		s := run.Observe()
		server.answersTo("PATCH", code)
		if _, err := run.Apply(t.Context(), s, scaleTo(4)); !errors.Is(err, want) {
			t.Errorf("%d: %v, not %v", code, err, want)
		}
	}
}

// A read that a write waits for, and that is not answered, is neither a yes nor the end.
func TestApplyAsksAgainWhatItHasToKnow(t *testing.T) {
	for request, change := range map[string]func(rollout.State) rollout.Change{
		"GET persistentvolumeclaims/data-web-2": func(s rollout.State) rollout.Change { return removalOf(s.Pods[2]) },
		"GET nodes/n1":                          func(s rollout.State) rollout.Change { return removalOf(s.Pods[2]) },
		"GET statefulsets/web": func(rollout.State) rollout.Change {
			return rollout.Change{Claim: &rollout.ClaimChange{ClaimName: "data-web-2"}}
		},
		"LIST persistentvolumeclaims": func(s rollout.State) rollout.Change {
			return rollout.Change{End: &rollout.SetRemoval{UID: s.Set.UID}}
		},
	} {
		server := newStub(t, webSet(), webPod("web-0"), webPod("web-1"), webPod("web-2", mounting("data-web-2")))
		run := server.open(t)
		s := run.Observe()
		server.answersTo(request, failure(503, metav1.StatusReasonServiceUnavailable, "etcd"))
		if _, err := run.Apply(t.Context(), s, change(s)); !errors.Is(err, rollout.ErrUnserved) {
			t.Errorf("%s: %v", request, err)
		}
		if asked := server.asked(); slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, "DELETE") }) {
			t.Errorf("%s: %q", request, asked)
		}
	}
}

func mounting(claimName string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName},
		}})
	}
}

// A credential plugin has new credentials after a 401, and not before.
func TestApplyIsSentOnceMoreWithNewCredentials(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	s, refused := run.Observe(), false
	server.answers(func(r request) any {
		switch {
		case r.Method != http.MethodPatch:
			return nil
		case refused:
			return webSet()
		default:
			refused = true
			return failure(401, metav1.StatusReasonUnauthorized, "Unauthorized")
		}
	})
	if _, err := run.Apply(t.Context(), s, scaleTo(4)); err != nil {
		t.Error(err)
	}
	if body := server.last(t, http.MethodPatch).Body; !strings.Contains(body, "/spec/replicas") {
		t.Errorf("sent %q", body)
	}
}

func TestApplyWithoutAnAnswerIsLost(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	s := run.Observe()
	server.cut()
	if _, err := run.Apply(t.Context(), s, scaleTo(4)); !errors.Is(err, rollout.ErrLost) {
		t.Errorf("cut: %v", err)
	}
	server.mend()
	ctx, cancel := context.WithCancel(t.Context())
	server.answers(func(r request) any {
		if r.Method == http.MethodPatch {
			cancel()
			return webSet()
		}
		return nil
	})
	_, err := run.Apply(ctx, s, scaleTo(4))
	if err != nil && (!errors.Is(err, rollout.ErrLost) || !errors.Is(err, context.Canceled)) {
		t.Errorf("given up: %v", err)
	}
}

func TestApplyNamesUnknownFieldsWithoutThePatch(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	server.answersTo("PATCH", failure(422, metav1.StatusReasonInvalid,
		` "" is invalid: patch: Invalid value: "map[...]": strict decoding error: unknown field "spec.template.bogus"`,
		metav1.StatusCause{Field: "patch"}))
	_, err := run.Apply(t.Context(), run.Observe(), scaleTo(4))
	if err == nil || err.Error() != `unknown field "spec.template.bogus"` || !apierrors.IsInvalid(err) {
		t.Errorf("%v", err)
	}
}

func TestApplyRemovesThePodThatWasSeen(t *testing.T) {
	server := newStub(t, web()...)
	run := server.open(t)
	s := run.Observe()
	server.answersTo("DELETE", webPod("web-2"))
	if _, err := run.Apply(t.Context(), s, removalOf(s.Pods[2])); err != nil {
		t.Fatal(err)
	}
	made := server.last(t, http.MethodDelete)
	const want = `{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"web-2-uid","resourceVersion":"104"}}`
	if strings.TrimSpace(made.Body) != want || made.Path != "/api/v1/namespaces/default/pods/web-2" {
		t.Errorf("DELETE %s %s", made.Path, made.Body)
	}
}

func TestApplySortsTheAnswersToARemoval(t *testing.T) {
	for name, tt := range map[string]struct {
		answer *metav1.Status
		want   string
	}{
		"another one by now": {failure(409, metav1.StatusReasonConflict, "precondition"), rollout.ErrMoved.Error()},
		"gone by now":        {failure(404, metav1.StatusReasonNotFound, "not found"), rollout.ErrMoved.Error()},
		"unavailable":        {failure(503, metav1.StatusReasonServiceUnavailable, "starting"), rollout.ErrLost.Error()},
		"a webhook is away":  {failure(500, metav1.StatusReasonInternalError, "failed calling webhook \"x\": refused"), rollout.ErrUnserved.Error()},
		"forbidden":          {failure(403, metav1.StatusReasonForbidden, "no"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, web()...)
			run := server.open(t)
			s := run.Observe()
			server.answersTo("DELETE", tt.answer)
			_, err := run.Apply(t.Context(), s, removalOf(s.Pods[2]))
			if got := kind(err); err == nil || got != tt.want {
				t.Errorf("%v, not %v", err, tt.want)
			}
		})
	}
}

// removing is the removal of a pod, with what there is beside it.
type removing struct {
	pod     *corev1.Pod
	beside  runtime.Object // nil: nothing
	set     func(*appsv1.StatefulSet)
	forbids string // a request
	refused bool
	removed bool
}

func (tt removing) try(t *testing.T) {
	set := webSet()
	if tt.set != nil {
		tt.set(set)
	}
	server := newStub(t, set, webPod("web-0"), webPod("web-1"), tt.pod)
	if tt.beside != nil {
		server.put(tt.beside)
	}
	run := server.open(t)
	s := run.Observe()
	server.answers(func(r request) any {
		return map[string]any{
			"DELETE pods/web-2": webPod("web-2"),
			tt.forbids:          failure(403, metav1.StatusReasonForbidden, "no"),
		}[r.String()]
	})
	_, err := run.Apply(t.Context(), s, removalOf(s.Pods[2]))
	var refusal *rollout.Refusal
	if refused := errors.As(err, &refusal) && refusal.Reason == rollout.UnsafeRemoval; refused != tt.refused {
		t.Errorf("refused: %v", err)
	}
	removed := strings.Contains(strings.Join(server.asked(), " "), "DELETE")
	if removed != tt.removed || removed != (err == nil) {
		t.Errorf("removed: %v, %v", removed, err)
	}
}

func TestApplyRefusesARemovalThatIsNotSafe(t *testing.T) {
	node := func(ready corev1.ConditionStatus) *corev1.Node {
		return &corev1.Node{
			TypeMeta:   metav1.TypeMeta{Kind: "Node", APIVersion: "v1"},
			ObjectMeta: metav1.ObjectMeta{Name: "n1"},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}}},
		}
	}
	for name, tt := range map[string]removing{
		"no claims, no node to be seen": {pod: webPod("web-2"), removed: true},
		"nodes may not be read":         {pod: webPod("web-2"), forbids: "GET nodes/n1", removed: true},
		"node ready":                    {pod: webPod("web-2"), beside: node(corev1.ConditionTrue), removed: true},
		"node not ready":                {pod: webPod("web-2"), beside: node(corev1.ConditionUnknown), refused: true},
		"on no node":                    {pod: webPod("web-2", func(p *corev1.Pod) { p.Spec.NodeName = "" }), removed: true},
		"a finalizer":                   {pod: webPod("web-2", func(p *corev1.Pod) { p.Finalizers = []string{"x/y"} }), removed: true},
	} {
		t.Run(name, tt.try)
	}
}

// A removal must not take the claim of the pod along, and an ordinal whose claim
// is gone would not come back.
func TestApplyRefusesARemovalThatEndsAClaim(t *testing.T) {
	source := &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-web-2"}
	volumes := []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: source}}}
	mounting := webPod("web-2", func(p *corev1.Pod) { p.Spec.Volumes = volumes })
	mounts := func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Volumes = volumes }
	claim := func(owners ...*corev1.Pod) *corev1.PersistentVolumeClaim {
		c := &corev1.PersistentVolumeClaim{
			TypeMeta:   metav1.TypeMeta{Kind: "PersistentVolumeClaim", APIVersion: "v1"},
			ObjectMeta: metav1.ObjectMeta{Name: "data-web-2", Namespace: "default"},
		}
		for _, owner := range owners {
			c.OwnerReferences = append(c.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "Pod", Name: owner.Name, UID: owner.UID})
		}
		return c
	}
	for name, tt := range map[string]removing{
		"claim":                           {pod: mounting, beside: claim(), removed: true},
		"claim of its last pod":           {pod: mounting, beside: claim(webPod("web-2", withUID("last"))), removed: true},
		"claim of its own":                {pod: mounting, beside: claim(webPod("web-2")), refused: true},
		"claim gone":                      {pod: mounting, set: mounts, refused: true},
		"claim of the old template gone":  {pod: mounting, removed: true},
		"claims may not be read":          {pod: mounting, forbids: "GET persistentvolumeclaims/data-web-2"},
		"claim goes as soon as it may be": {pod: mounting, beside: terminating(claim()), refused: true},
	} {
		t.Run(name, tt.try)
	}
}

func terminating(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	claim.DeletionTimestamp, claim.Finalizers = new(metav1.Now()), []string{"kubernetes.io/pvc-protection"}
	return claim
}

func TestApplyRefusesNothingAtAll(t *testing.T) {
	run := newStub(t, web()...).open(t)
	if _, err := run.Apply(t.Context(), run.Observe(), rollout.Change{}); !errors.Is(err, errEmpty) {
		t.Errorf("%v", err)
	}
}
