// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

// stub is as much of an API server as the tests need: lists, reads and watches
// that go on where they ended. What it answers to anything else, or instead,
// its tests say.
type stub struct {
	*httptest.Server

	mu       sync.Mutex
	version  int
	objects  map[string]map[string]runtime.Object // by resource and name
	changes  []change
	changed  chan struct{} // closed with every change
	requests []request
	answer   func(request) any // a *metav1.Status is an error, nil is the stub's own answer
	deaf     bool              // every connection is cut
	end      chan struct{}     // closed to end every stream in peace
}

type change struct {
	version  int
	resource string
	kind     string
	object   runtime.Object
}

type request struct {
	Method, Path, Body, ContentType string

	Query url.Values
}

// resource and name are what follows the group, its version and the namespace.
func (r request) resource() (resource, objectName string) {
	path, core := strings.CutPrefix(r.Path, "/api/v1/")
	if !core {
		path = strings.SplitN(r.Path, "/", 5)[4]
	}
	if rest, ok := strings.CutPrefix(path, "namespaces/default/"); ok {
		path = rest
	}
	resource, objectName, _ = strings.Cut(path, "/")
	return resource, objectName
}

// String is such as "LIST pods", "WATCH pods" or "PATCH statefulsets/web".
func (r request) String() string {
	resource, objectName := r.resource()
	verb := r.Method
	switch {
	case r.Query.Get("watch") != "":
		verb = "WATCH"
	case verb == http.MethodGet && objectName == "":
		verb = "LIST"
	}
	return strings.TrimSuffix(verb+" "+resource+"/"+objectName, "/")
}

func newStub(t *testing.T, objects ...runtime.Object) *stub {
	t.Helper()
	s := stubOf(objects...)
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// stubOf is one that nothing leads to yet.
func stubOf(objects ...runtime.Object) *stub {
	s := &stub{
		objects: map[string]map[string]runtime.Object{}, version: 100,
		changed: make(chan struct{}), end: make(chan struct{}),
	}
	for _, object := range objects {
		s.put(object)
	}
	return s
}

func (s *stub) client(t *testing.T) *Client {
	t.Helper()
	c, err := NewClient(&rest.Config{Host: s.URL}, Caller{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	c.retryAfter = 0
	return c
}

// open opens the set "web", and closes it with the test.
func (s *stub) open(t *testing.T) *Run {
	t.Helper()
	run, err := s.client(t).Open(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	return run
}

// put stores an object, new or changed.
func (s *stub) put(object runtime.Object) {
	s.change("MODIFIED", object)
}

func (s *stub) remove(object runtime.Object) {
	s.change("DELETED", object)
}

func (s *stub) change(kind string, object runtime.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	object = object.DeepCopyObject()
	meta := object.(metav1.Object)
	meta.SetResourceVersion(strconv.Itoa(s.version))
	resource := strings.ToLower(object.GetObjectKind().GroupVersionKind().Kind) + "s"
	if s.objects[resource] == nil {
		s.objects[resource] = map[string]runtime.Object{}
	}
	s.objects[resource][meta.GetName()] = object
	if kind == "DELETED" {
		delete(s.objects[resource], meta.GetName())
	}
	s.changes = append(s.changes, change{s.version, resource, kind, object})
	close(s.changed)
	s.changed = make(chan struct{})
}

// endStreams ends every stream as a server does whose time is up.
func (s *stub) endStreams() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.end)
	s.end = make(chan struct{})
}

// cut ends every connection, and every new one, until mend.
func (s *stub) cut() {
	s.mu.Lock()
	s.deaf = true
	s.mu.Unlock()
	s.CloseClientConnections()
}

func (s *stub) mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = false
}

// answers sets what the stub answers instead of its own.
func (s *stub) answers(answer func(request) any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// answersTo sets what the stub answers to requests that begin so.
func (s *stub) answersTo(prefix string, object any) {
	s.answers(func(r request) any {
		if strings.HasPrefix(r.String(), prefix) {
			return object
		}
		return nil
	})
}

// asked lists the requests so far.
func (s *stub) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked []string
	for _, r := range s.requests {
		asked = append(asked, r.String())
	}
	return asked
}

// last is the newest request of a method.
func (s *stub) last(t *testing.T, method string) request {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.requests) - 1; i >= 0; i-- {
		if s.requests[i].Method == method {
			return s.requests[i]
		}
	}
	t.Fatalf("no %s was asked for", method)
	return request{}
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	asked := request{r.Method, r.URL.Path, string(body), r.Header.Get("Content-Type"), r.URL.Query()}
	s.mu.Lock()
	deaf, answer := s.deaf, s.answer
	if !deaf {
		s.requests = append(s.requests, asked)
	}
	s.mu.Unlock()
	if deaf {
		hang(w)
		return
	}
	if answer != nil {
		switch object := answer(asked).(type) {
		case nil:
		case silence:
			<-r.Context().Done()
			return
		default:
			reply(w, object)
			return
		}
	}
	resource, objectName := asked.resource()
	switch {
	case asked.Query.Get("watch") != "":
		s.stream(w, r, resource, asked.Query.Get("resourceVersion"))
	case objectName != "":
		s.reply(w, resource, objectName)
	default:
		s.list(w, resource)
	}
}

// silence is no answer, for as long as the client waits.
type silence struct{}

// page is the answer of a gateway, which is no Status of the API.
type page int

// hang cuts a connection before it is answered.
func hang(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		err = connection.Close()
	}
	if err != nil {
		w.WriteHeader(http.StatusTeapot)
	}
}

func reply(w http.ResponseWriter, object any) {
	if code, ok := object.(page); ok {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(int(code))
		_, _ = io.WriteString(w, "<html>blocked here</html>") // the client may be gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if status, ok := object.(*metav1.Status); ok {
		status.Kind, status.APIVersion = "Status", "v1"
		if status.Code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "0")
		}
		w.WriteHeader(int(status.Code))
	}
	body, err := json.Marshal(object)
	if text, ok := object.(string); ok { // a log
		body = []byte(text)
	}
	if err != nil {
		body = []byte(err.Error())
	}
	_, _ = w.Write(body) // the client may be gone
}

func (s *stub) reply(w http.ResponseWriter, resource, objectName string) {
	s.mu.Lock()
	object, ok := s.objects[resource][objectName]
	s.mu.Unlock()
	if !ok {
		reply(w, failure(http.StatusNotFound, metav1.StatusReasonNotFound, resource+" "+objectName+" not found"))
		return
	}
	reply(w, object)
}

func (s *stub) list(w http.ResponseWriter, resource string) {
	s.mu.Lock()
	items := []runtime.Object{}
	for _, name := range slices.Sorted(maps.Keys(s.objects[resource])) { // as a server's store has them
		items = append(items, s.objects[resource][name])
	}
	version := strconv.Itoa(s.version)
	s.mu.Unlock()
	kind := map[string]string{
		"statefulsets": "StatefulSetList", "pods": "PodList", "events": "EventList",
		"controllerrevisions": "ControllerRevisionList", "persistentvolumeclaims": "PersistentVolumeClaimList",
		"horizontalpodautoscalers": "HorizontalPodAutoscalerList", "poddisruptionbudgets": "PodDisruptionBudgetList",
		"persistentvolumes": "PersistentVolumeList", "storageclasses": "StorageClassList",
		"nodes": "NodeList",
	}[resource]
	apiVersion := map[string]string{
		"statefulsets": "apps/v1", "controllerrevisions": "apps/v1",
		"horizontalpodautoscalers": "autoscaling/v2", "poddisruptionbudgets": "policy/v1",
		"storageclasses": "storage.k8s.io/v1",
	}[resource]
	if apiVersion == "" {
		apiVersion = "v1"
	}
	reply(w, map[string]any{
		"kind": kind, "apiVersion": apiVersion, "items": items,
		"metadata": map[string]string{"resourceVersion": version},
	})
}

// stream sends what changed after a version, until the client goes or endStreams.
func (s *stub) stream(w http.ResponseWriter, r *http.Request, resource, after string) {
	from, err := strconv.Atoi(after)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	end := s.end
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	for {
		s.mu.Lock()
		changes, changed := s.changes, s.changed
		s.mu.Unlock()
		for _, c := range changes {
			if c.version > from && c.resource == resource {
				event := map[string]any{"type": c.kind, "object": c.object}
				if err := json.NewEncoder(w).Encode(event); err != nil {
					return
				}
				from = c.version
			}
		}
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-end:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func failure(code int32, reason metav1.StatusReason, message string, causes ...metav1.StatusCause) *metav1.Status {
	return &metav1.Status{
		Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message,
		Details: &metav1.StatusDetails{Causes: causes},
	}
}

// What the tests put into the stub.

const setUID = types.UID("set-uid")

// webSet is a set of three, under its rollout's control.
func webSet(edits ...func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
	replicas, partition := int32(3), int32(0)
	labels := map[string]string{"app": "web"}
	set := &appsv1.StatefulSet{
		TypeMeta: metav1.TypeMeta{Kind: "StatefulSet", APIVersion: "apps/v1"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "web", Namespace: "default", UID: setUID, Generation: 7,
			Annotations: map[string]string{"made": "by hand"},
		},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "x:v1"}}},
			},
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{
				Type:          appsv1.RollingUpdateStatefulSetStrategyType,
				RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &partition},
			},
		},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: 7, CurrentRevision: "web-a", UpdateRevision: "web-a"},
	}
	for _, edit := range edits {
		edit(set)
	}
	return set
}

func controlled(by types.UID) []metav1.OwnerReference {
	yes := true
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "web", UID: by, Controller: &yes}}
}

// webPod is a Ready pod of the set; edits make it another.
func webPod(podName string, edits ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{
			Name: podName, Namespace: "default", UID: types.UID(podName + "-uid"), OwnerReferences: controlled(setUID),
			Labels: map[string]string{"app": "web", appsv1.ControllerRevisionHashLabelKey: "web-a"},
		},
		Spec: corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{{Name: "c", Image: "x:v1"}}},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	for _, edit := range edits {
		edit(pod)
	}
	return pod
}

func webRevision(revisionName string, number int64) *appsv1.ControllerRevision {
	data := fmt.Sprintf(`{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"x:v%d","name":"c"}]}}}}`, number)
	return &appsv1.ControllerRevision{
		TypeMeta:   metav1.TypeMeta{Kind: "ControllerRevision", APIVersion: "apps/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: revisionName, Namespace: "default", OwnerReferences: controlled(setUID)},
		Data:       runtime.RawExtension{Raw: []byte(data)},
		Revision:   number,
	}
}

// web is a settled set of three.
func web() []runtime.Object {
	return []runtime.Object{webSet(), webPod("web-0"), webPod("web-1"), webPod("web-2"), webRevision("web-a", 1)}
}
