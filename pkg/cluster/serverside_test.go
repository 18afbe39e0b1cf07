// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// theService is that of a file.
func theService(t *testing.T) manifest.Object {
	t.Helper()
	f, err := manifest.Parse([][]byte{
		[]byte(`{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"clusterIP":"None"}}`),
		[]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f.Bundles()[0].Services[0]
}

// liveService is it with the fields of managers, as kubectl get has it.
func liveService(address string, managers ...string) *corev1.Service {
	s := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "uid-web", ResourceVersion: "7"},
		Spec:       corev1.ServiceSpec{ClusterIP: address},
	}
	for _, managerName := range managers {
		operation := metav1.ManagedFieldsOperationUpdate
		if managerName == fieldManager {
			operation = metav1.ManagedFieldsOperationApply
		}
		s.ManagedFields = append(s.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: managerName, Operation: operation, APIVersion: "v1", FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:clusterIP":{}}}`),
		})
	}
	return s
}

// contest is the answer of a server where managers have the field.
func contest(managers ...string) *metav1.Status {
	status := failure(http.StatusConflict, metav1.StatusReasonConflict, "Apply failed")
	status.Details = &metav1.StatusDetails{}
	for _, managerName := range managers {
		status.Details.Causes = append(status.Details.Causes, metav1.StatusCause{
			Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "` + managerName + `" using v1`, Field: ".spec.clusterIP",
		})
	}
	return status
}

// applies are the writes that a server got, in short.
func (s *stub) applies(t *testing.T) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, r := range s.requests {
		if r.Method != http.MethodPatch {
			continue
		}
		text := map[string]string{"application/apply-patch+yaml": "apply", "application/json-patch+json": "fold"}[r.ContentType]
		for _, word := range []string{"dryRun", "force"} {
			if value := r.Query.Get(word); value != "" && value != "false" {
				text += " " + word
			}
		}
		all = append(all, text)
	}
	return all
}

func always(Prospect) error { return nil }

// serverSide is one apply of theService.
type serverSide struct {
	live   *corev1.Service // nil: there is none
	taking Taking
	answer func(r request, nth int) any // to the nth patch
	asked  []string
	want   string // of the error
}

func (tt serverSide) try(t *testing.T) {
	server := newStub(t)
	if tt.live != nil {
		server.put(tt.live)
	}
	nth := 0
	server.answers(func(r request) any {
		if r.Method != http.MethodPatch {
			return nil
		}
		nth++
		return tt.answer(r, nth)
	})
	c := server.client(t)
	p, err := c.Foresee(t.Context(), theService(t), tt.taking)
	if err == nil {
		_, err = c.ServerSide(t.Context(), p, always)
	}
	if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
		t.Errorf("it answers %v, want %q", err, tt.want)
	}
	if asked := server.applies(t); !slices.Equal(asked, tt.asked) {
		t.Errorf("it asks %q, want %q", asked, tt.asked)
	}
}

// answers is the same to every patch.
func answers(body any) func(request, int) any {
	return func(request, int) any { return body }
}

func TestServerSide(t *testing.T) {
	for name, tt := range map[string]serverSide{
		"it is there": {
			live:   liveService("None", fieldManager),
			answer: answers(liveService("None", fieldManager)),
			asked:  []string{"apply dryRun"},
		},
		"it differs": {
			live:   liveService("10.0.0.1", fieldManager),
			answer: answers(liveService("None", fieldManager)),
			asked:  []string{"apply dryRun", "apply"},
		},
		"it is not there": {
			answer: answers(liveService("None", fieldManager)),
			asked:  []string{"apply dryRun", "apply"},
		},
		"it is not there, and is not taken by force": {
			taking: Force,
			answer: answers(liveService("None", fieldManager)),
			asked:  []string{"apply dryRun", "apply"},
		},
		"the server cannot read it": {
			answer: answers(failure(http.StatusInternalServerError, "", "failed to create typed patch object (default/web; /v1, Kind=Service): .spec.clustrIP: field not declared in schema")),
			asked:  []string{"apply dryRun"},
			want:   "service/web: spec.clustrIP: field not declared in schema",
		},
	} {
		t.Run(name, tt.try)
	}
}

func TestServerSideWhereAnotherManagerHasIt(t *testing.T) {
	for name, tt := range map[string]serverSide{
		"another manager has it": {
			live:   liveService("10.0.0.1", "helm"),
			answer: func(r request, _ int) any { return unforced(r, liveService("None", "helm")) },
			asked:  []string{"apply dryRun", "apply dryRun force"},
			want:   `"helm" manages spec.clusterIP`,
		},
		"another manager has the same": {
			live:   liveService("None", "helm"),
			answer: func(r request, _ int) any { return unforced(r, liveService("None", "helm")) },
			asked:  []string{"apply dryRun", "apply dryRun force"},
		},
		"another manager has the same, and there is more": {
			live: liveService("None", "helm"),
			answer: func(r request, _ int) any {
				more := liveService("None", "helm")
				more.Spec.PublishNotReadyAddresses = true
				return unforced(r, more)
			},
			asked: []string{"apply dryRun", "apply dryRun force", "apply force"},
		},
		"another manager has what cannot be changed": {
			live: liveService("10.0.0.1", "helm"),
			answer: func(r request, _ int) any {
				return unforced(r, failure(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "field is immutable"))
			},
			asked: []string{"apply dryRun", "apply dryRun force"},
			want:  "field is immutable",
		},
		"another manager had it": {
			live:   liveService("10.0.0.1", "helm"),
			taking: Force,
			answer: answers(liveService("None", fieldManager)),
			asked:  []string{"apply dryRun force", "apply force"},
		},
	} {
		t.Run(name, tt.try)
	}
}

func TestServerSideAtTheSameTime(t *testing.T) {
	for name, tt := range map[string]serverSide{
		"it moved on, twice": {
			live: liveService("10.0.0.1", fieldManager),
			answer: func(_ request, nth int) any {
				if nth == 1 || nth == 3 {
					return failure(http.StatusConflict, metav1.StatusReasonConflict, "modified")
				}
				return liveService("None", fieldManager)
			},
			asked: []string{"apply dryRun", "apply dryRun", "apply", "apply dryRun", "apply"},
		},
		"made by another at the same time": {
			answer: answers(liveService("None", fieldManager, "helm")),
			asked:  []string{"apply dryRun", "apply"},
			want:   `service/web was made by "helm" at the same time`,
		},
		"one that is folded has written meanwhile": {
			live: liveService("10.0.0.1", fieldManager),
			answer: func(_ request, nth int) any {
				if nth == 2 {
					return contest("kubectl-client-side-apply")
				}
				return liveService("None", fieldManager)
			},
			asked: []string{"apply dryRun", "apply", "apply dryRun", "apply"},
		},
		"a conflict that comes late": {
			live: liveService("10.0.0.1", fieldManager),
			answer: func(_ request, nth int) any {
				if nth == 2 {
					return contest("helm")
				}
				return liveService("None", fieldManager)
			},
			asked: []string{"apply dryRun", "apply"},
			want:  `"helm" manages spec.clusterIP`,
		},
	} {
		t.Run(name, tt.try)
	}
}

// unforced is a contest, and the answer to force.
func unforced(r request, forced any) any {
	if r.Query.Get("force") == "true" {
		return forced
	}
	return contest("helm", clientSideApply)
}

const clientSideApply = "kubectl-client-side-apply"

// TestServerSideFolds: what kubectl apply has is no conflict, and is ours before
// anything is applied.
func TestServerSideFolds(t *testing.T) {
	server := newStub(t)
	server.put(liveService("10.0.0.1", clientSideApply))
	folded := false
	server.answers(func(r request) any {
		switch {
		case r.Method != http.MethodPatch:
			return nil
		case r.ContentType == "application/json-patch+json":
			folded = true
			server.put(liveService("10.0.0.1", fieldManager))
			return liveService("10.0.0.1", fieldManager)
		case r.Query.Get("force") == "true" || folded:
			return liveService("None", fieldManager)
		default:
			return contest(clientSideApply)
		}
	})
	c := server.client(t)
	p, err := c.Foresee(t.Context(), theService(t), Yield)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ServerSide(t.Context(), p, always); err != nil {
		t.Fatal(err)
	}
	if asked, want := server.applies(t), []string{"apply dryRun", "apply dryRun force", "fold", "apply dryRun", "apply"}; !slices.Equal(asked, want) {
		t.Errorf("it asks %q, want %q", asked, want)
	}
}

// TestForeseeWithheld: another manager has the replicas, which no body sends, so
// that the server has nothing against it.
func TestForeseeWithheld(t *testing.T) {
	f, err := manifest.Parse([][]byte{[]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{"replicas":2}}`)})
	if err != nil {
		t.Fatal(err)
	}
	three := int32(3)
	live := &appsv1.StatefulSet{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "uid-web", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "argocd", Operation: metav1.ManagedFieldsOperationApply, APIVersion: "apps/v1", FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`),
		}}},
		Spec: appsv1.StatefulSetSpec{Replicas: &three},
	}
	image := contest("argocd")
	image.Details.Causes[0].Field = ".spec.serviceName"
	after := live.DeepCopy()
	after.Spec.ServiceName = "other"
	for name, tt := range map[string]struct {
		taking   Taking
		unforced any
		want     string
	}{
		"by itself":           {Yield, live, `"argocd" manages spec.replicas; take`},
		"beside what is sent": {Yield, image, `"argocd" manages spec.serviceName, spec.replicas; take`},
		"taken over":          {Force, after, ""},
	} {
		server := newStub(t)
		server.put(live)
		server.answers(func(r request) any {
			switch {
			case r.Method != http.MethodPatch:
				return nil
			case r.Query.Get("force") == "true":
				return after
			default:
				return tt.unforced
			}
		})
		_, err := server.client(t).Foresee(t.Context(), f.Bundles()[0].Set, tt.taking)
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: it answers %v, want %q", name, err, tt.want)
		}
	}
}

// TestServerSideHasALastWord: what is about to be sent may be refused, and
// nothing is sent then; one that is gone is not made again.
func TestServerSideHasALastWord(t *testing.T) {
	server := newStub(t)
	server.put(liveService("10.0.0.1", fieldManager))
	gone := false
	server.answers(func(r request) any {
		switch {
		case r.Method == http.MethodPatch && r.Query.Get("dryRun") == "" && !gone:
			gone = true
			return failure(http.StatusConflict, metav1.StatusReasonConflict, "modified")
		case r.Method == http.MethodPatch:
			return liveService("None", fieldManager)
		case gone:
			return failure(http.StatusNotFound, metav1.StatusReasonNotFound, "not found")
		default:
			return nil
		}
	})
	c := server.client(t)
	p, err := c.Foresee(t.Context(), theService(t), Yield)
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if _, err := c.ServerSide(t.Context(), p, func(Prospect) error { return no }); !errors.Is(err, no) || len(server.applies(t)) != 1 {
		t.Errorf("it answers %v and asks %q", err, server.applies(t))
	}
	var superseded *rollout.Superseded
	if _, err := c.ServerSide(t.Context(), p, always); !errors.As(err, &superseded) || superseded.Reason != rollout.SetReplaced {
		t.Errorf("of one that was deleted meanwhile it says %v", err)
	}
}
