// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// webClaim is a claim of the namespace that belongs to some owner.
func webClaim(claimName string, owner types.UID) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: claimName, Namespace: "default", UID: types.UID(claimName + "-uid"), Labels: map[string]string{"app": "web"}},
	}
	if owner != "" {
		claim.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "web", UID: owner}}
	}
	return claim
}

// openWithClaims shows a run the claims too.
func openWithClaims(t *testing.T, server *stub) *Run {
	t.Helper()
	run, err := server.client(t).Open(t.Context(), "web", Options{NeedsClaims: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	return run
}

func TestClaimsAreSeenWhereTheyAreAskedFor(t *testing.T) {
	server := newStub(t, append(web(), webClaim("data-web-1", "somebody"), webClaim("data-web-0", ""))...)
	if claims := server.open(t).Observe().Claims; claims != nil {
		t.Errorf("not asked for: %v", claims)
	}
	claims := openWithClaims(t, server).Observe().Claims
	if len(claims) != 2 || claims[0].Name != "data-web-0" || claims[1].Owners[0] != "somebody" || claims[1].Version == "" || claims[1].Labels["app"] != "web" {
		t.Errorf("%+v", claims)
	}
}

func TestAClaimIsFreedAsItWasSeen(t *testing.T) {
	server := newStub(t, append(web(), webClaim("data-web-0", "set-uid"))...)
	run := openWithClaims(t, server)
	s := run.Observe()
	server.answersTo("PATCH", webClaim("data-web-0", ""))
	change := rollout.Change{Claim: &rollout.ClaimChange{ClaimName: "data-web-0", UID: "data-web-0-uid", Version: "120", Frees: []types.UID{"set-uid"}}}
	if _, err := run.Apply(t.Context(), s, change); err != nil {
		t.Fatal(err)
	}
	made := server.last(t, http.MethodPatch)
	const want = `{"metadata":{"ownerReferences":[{"$patch":"delete","uid":"set-uid"}],"resourceVersion":"120","uid":"data-web-0-uid"}}`
	if made.Body != want || made.ContentType != "application/strategic-merge-patch+json" || !strings.HasSuffix(made.Path, "/persistentvolumeclaims/data-web-0") {
		t.Errorf("PATCH %s %s of %s", made.Path, made.Body, made.ContentType)
	}
}

func TestAClaimIsDeletedOnlyIfTheSetIsAsItWasSeen(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(*appsv1.StatefulSet)
		want error
	}{
		"as it was":       {func(*appsv1.StatefulSet) {}, nil},
		"scaled up since": {func(set *appsv1.StatefulSet) { set.Generation++ }, rollout.ErrMoved},
		"another by now":  {func(set *appsv1.StatefulSet) { set.UID = "other" }, rollout.ErrMoved},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, append(web(), webClaim("data-web-0", ""))...)
			run := openWithClaims(t, server)
			s := run.Observe()
			server.answers(func(r request) any {
				if r.Method == http.MethodDelete {
					return webClaim("data-web-0", "")
				}
				return webSet(func(set *appsv1.StatefulSet) { set.UID, set.Generation = s.Set.UID, s.Set.Generation }, tt.edit)
			})
			change := rollout.Change{Claim: &rollout.ClaimChange{ClaimName: "data-web-0", UID: "data-web-0-uid", Version: "120"}}
			if _, err := run.Apply(t.Context(), s, change); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if asked := strings.Contains(strings.Join(server.asked(), " "), "DELETE"); asked != (tt.want == nil) {
				t.Errorf("asked to delete it: %v", asked)
			}
		})
	}
}

func TestTheSetIsDeletedAsItWasSeenAndWithoutClaims(t *testing.T) {
	for name, tt := range map[string]struct {
		owner types.UID
		want  error
	}{
		"nobody's claim":     {"", nil},
		"another's claim":    {"somebody", nil},
		"a claim of its own": {"set", rollout.ErrMoved},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, web()...)
			run := openWithClaims(t, server)
			s := run.Observe()
			owner := tt.owner
			if owner == "set" {
				owner = s.Set.UID
			}
			server.put(webClaim("data-web-0", owner)) // which the sighting does not show
			server.answersTo("DELETE", webSet())
			_, err := run.Apply(t.Context(), s, rollout.Change{End: &rollout.SetRemoval{UID: s.Set.UID, Version: s.Set.Version}})
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			made := server.last(t, http.MethodDelete)
			want := `{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"` + string(s.Set.UID) + `","resourceVersion":"` + s.Set.Version + `"},"propagationPolicy":"Background"}`
			if strings.TrimSpace(made.Body) != want {
				t.Errorf("DELETE %s %s", made.Path, made.Body)
			}
		})
	}
}
