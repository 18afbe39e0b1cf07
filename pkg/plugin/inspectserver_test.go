// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestAnswered: what refuses an object is a finding; no answer is none.
func TestAnswered(t *testing.T) {
	status := func(code int32, reason metav1.StatusReason) error {
		return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: "no"}}
	}
	for name, tt := range map[string]struct {
		err error
		id  string // "" for none
	}{
		"taken":           {nil, ""},
		"a conflict":      {&rollout.Refusal{Message: "no"}, foundNotApplied},
		"an unknown one":  {&cluster.BadFile{Message: "no"}, foundRefused},
		"invalid":         {status(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid), foundRefused},
		"denied":          {status(http.StatusForbidden, metav1.StatusReasonForbidden), foundRefused},
		"no namespace":    {status(http.StatusNotFound, metav1.StatusReasonNotFound), foundRefused},
		"too much":        {status(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests), ""},
		"a server's fall": {status(http.StatusInternalServerError, metav1.StatusReasonInternalError), ""},
		"no answer":       {errors.New("connection refused"), ""},
	} {
		findings, err := answered(manifest.Object{Kind: manifest.Service, Name: "web"}, tt.err)
		switch {
		case tt.id != "":
			if err != nil || len(findings) != 1 || findings[0].ID != tt.id || findings[0].Message != "no" {
				t.Errorf("%s: %+v, %v", name, findings, err)
			}
		case len(findings) > 0 || !errors.Is(err, tt.err):
			t.Errorf("%s: %+v, %v", name, findings, err)
		}
	}
}

// TestPod: the pod that the server is asked for is like those that the controller
// makes, without what comes with the file.
func TestPod(t *testing.T) {
	set := &appsv1.StatefulSet{}
	set.Name, set.Spec.ServiceName = "web", "web-hs"
	set.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: 3}
	runtimeClassName := "sandbox"
	set.Spec.Template.Spec = corev1.PodSpec{
		ServiceAccountName: "robot", PriorityClassName: "high", RuntimeClassName: &runtimeClassName,
		Volumes: []corev1.Volume{{Name: "data"}, {Name: "tmp"}},
	}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	f := found{client: &cluster.Client{}, typedManifest: typedManifest{set: set, others: []manifest.Object{
		{Kind: "ServiceAccount", Name: "robot"}, {Kind: "PriorityClass.scheduling.k8s.io", Name: "high"}, {Kind: "RuntimeClass.node.k8s.io", Name: "sandbox"},
	}}}
	pod := f.pod()
	want := map[string]string{"statefulset.kubernetes.io/pod-name": "web-3", "apps.kubernetes.io/pod-index": "3", "controller-revision-hash": "web-0"}
	if diff := cmp.Diff(want, pod.Labels); diff != "" {
		t.Errorf("labels: want -, got +\n%s", diff)
	}
	if owner := metav1.GetControllerOf(pod); owner == nil || owner.Name != "web" || owner.UID == "" || owner.BlockOwnerDeletion != nil {
		t.Errorf("its owner is %+v", owner)
	}
	if pod.Spec.Hostname != "web-3" || pod.Spec.Subdomain != "web-hs" {
		t.Errorf("its name is %q.%q", pod.Spec.Hostname, pod.Spec.Subdomain)
	}
	if v := pod.Spec.Volumes; len(v) != 2 || v[0].Name != "tmp" || v[1].PersistentVolumeClaim.ClaimName != "data-web-3" {
		t.Errorf("its volumes are %+v", v)
	}
	if s := pod.Spec; s.ServiceAccountName != "" || s.PriorityClassName != "" || s.RuntimeClassName != nil {
		t.Errorf("it names what comes with the file: %+v", s)
	}
	if set.Spec.Template.Labels != nil || len(set.Spec.Template.Spec.Volumes) != 2 {
		t.Errorf("the template has changed: %+v", set.Spec.Template)
	}
}

// TestTakenOfController: what the server denies the user of a file, it may have taken of
// the controller: where it denies the live template too, whose pods are there.
func TestTakenOfController(t *testing.T) {
	t.Setenv("KUBECONFIG", os.DevNull)
	standing := appsv1.StatefulSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}, Status: appsv1.StatefulSetStatus{UpdatedReplicas: 1}}
	standing.Name = "web"
	for name, tt := range map[string]struct {
		live  *appsv1.StatefulSet // nil: it is not there
		reply int                 // to a pod of the live template
		want  bool
	}{
		"the live one is denied too": {&standing, http.StatusForbidden, true},
		"the live one is taken":      {&standing, http.StatusCreated, false},
		"none of its pods is there":  {&appsv1.StatefulSet{TypeMeta: standing.TypeMeta}, http.StatusForbidden, false},
		"it is not there":            {nil, http.StatusForbidden, false},
	} {
		server := httptest.NewServer(standingBehind(t, tt.live, tt.reply))
		flags := genericclioptions.NewConfigFlags(false)
		flags.APIServer = &server.URL
		config, err := flags.ToRESTConfig()
		if err != nil {
			t.Fatal(err)
		}
		client, err := cluster.NewClient(config, cluster.Caller{Namespace: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		file := standing
		f := found{client: client, typedManifest: typedManifest{set: &file, sets: []*appsv1.StatefulSet{&file}}}
		if got, err := f.takenOfController(t.Context()); got != tt.want || err != nil {
			t.Errorf("%s: %v (%v), want %v", name, got, err, tt.want)
		}
		server.Close()
	}
}

// standingBehind has a set, if any, and answers every pod with a code.
func standingBehind(t *testing.T, live *appsv1.StatefulSet, reply int) http.HandlerFunc {
	t.Helper()
	no := func(code int, reason metav1.StatusReason) any {
		return metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Code: int32(code), Reason: reason}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		code, body := reply, no(reply, metav1.StatusReasonForbidden)
		switch {
		case r.Method == http.MethodPost && code == http.StatusCreated:
			body = corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}}
		case r.Method == http.MethodGet && live != nil:
			code, body = http.StatusOK, live
		case r.Method == http.MethodGet:
			code, body = http.StatusNotFound, no(http.StatusNotFound, metav1.StatusReasonNotFound)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}
}

// TestHasPods: the pods of an older template say nothing of the newest.
func TestHasPods(t *testing.T) {
	for name, tt := range map[string]struct {
		generation, observed int64
		updated              int32
		want                 bool
	}{
		"some":         {2, 2, 1, true},
		"none":         {2, 2, 0, false},
		"not seen yet": {2, 1, 1, false},
	} {
		set := &appsv1.StatefulSet{Status: appsv1.StatefulSetStatus{ObservedGeneration: tt.observed, UpdatedReplicas: tt.updated}}
		set.Generation = tt.generation
		if got := hasPods(set); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
