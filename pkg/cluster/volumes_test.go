// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// disk is a volume that was bound to an earlier claim data-web-0.
func disk(policy corev1.PersistentVolumeReclaimPolicy) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
		ObjectMeta: metav1.ObjectMeta{Name: "disk", UID: "uid-disk", ResourceVersion: "7"},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: policy,
			ClaimRef:                      &corev1.ObjectReference{Namespace: "default", Name: "data-web-0", UID: "old"},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeReleased},
	}
}

func release(v *corev1.PersistentVolume) volume.Step {
	return volume.Step{Action: volume.Release, Before: v, After: *v, Claim: volume.Claim{Namespace: "default", Name: "data-web-0"}}
}

// Retain is stored before the volume is let go, and each patch holds only for
// the volume as it was seen.
func TestCarryOutRetainsFirst(t *testing.T) {
	server := newStub(t)
	var bodies []string
	server.answers(func(r request) any {
		if r.Method != http.MethodPatch {
			return nil
		}
		bodies = append(bodies, r.Body)
		kept := disk(corev1.PersistentVolumeReclaimRetain)
		kept.ResourceVersion = "8"
		return kept
	})
	if _, err := server.client(t).CarryOut(t.Context(), release(disk(corev1.PersistentVolumeReclaimDelete))); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"metadata":{"resourceVersion":"7","uid":"uid-disk"},"spec":{"persistentVolumeReclaimPolicy":"Retain"}}`,
		`{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null},"resourceVersion":"8","uid":"uid-disk"},` +
			`"spec":{"claimRef":{"apiVersion":"v1","kind":"PersistentVolumeClaim","name":"data-web-0","namespace":"default","resourceVersion":null,"uid":null}}}`,
	}
	if !slices.Equal(bodies, want) {
		t.Errorf("patches\n%s", strings.Join(bodies, "\n"))
	}
}

func TestCarryOutStops(t *testing.T) {
	server := newStub(t)
	server.answersTo("PATCH", failure(http.StatusConflict, metav1.StatusReasonConflict, "the object has been modified"))
	_, err := server.client(t).CarryOut(t.Context(), release(disk(corev1.PersistentVolumeReclaimDelete)))
	var superseded *rollout.Superseded
	if !errors.As(err, &superseded) || !strings.Contains(err.Error(), "run the same command again") {
		t.Errorf("a volume that moved on: %v", err)
	}
	if n := strings.Count(strings.Join(server.asked(), " "), "PATCH"); n != 1 {
		t.Errorf("%d patches: where Retain is not stored, nothing may follow", n)
	}
	server.answersTo("PATCH", failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"))
	if _, err := server.client(t).CarryOut(t.Context(), release(disk(corev1.PersistentVolumeReclaimRetain))); errors.As(err, &superseded) || !strings.Contains(err.Error(), "persistentvolume/disk: no") {
		t.Errorf("the server's own error: %v", err)
	}
}

// A claim is nudged as it was seen, and where it has moved on or is gone, or may
// not be written to, it is left alone.
func TestNudge(t *testing.T) {
	for name, tt := range map[string]struct {
		answer any
		nudged int
		want   string // of the error
	}{
		"as it was":    {webClaim("data-web-0", ""), 2, ""},
		"moved on":     {failure(http.StatusConflict, metav1.StatusReasonConflict, "modified"), 2, ""},
		"gone":         {failure(http.StatusNotFound, metav1.StatusReasonNotFound, "not found"), 2, ""},
		"not allowed":  {failure(http.StatusForbidden, metav1.StatusReasonForbidden, "no"), 2, ""},
		"out of order": {failure(http.StatusBadRequest, metav1.StatusReasonBadRequest, "broken"), 1, "claim data-web-0: broken"},
	} {
		server := newStub(t, webClaim("data-web-0", ""), webClaim("data-web-1", ""), webClaim("other", ""))
		store, err := server.client(t).OpenStore(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		server.answersTo("PATCH", tt.answer)
		err = store.Nudge(t.Context(), []string{"data-web-0", "data-web-1"})
		if (err != nil) != (tt.want != "") || err != nil && err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		claimName := fmt.Sprintf("data-web-%d", tt.nudged-1)
		made := server.last(t, http.MethodPatch)
		if made.String() != "PATCH persistentvolumeclaims/"+claimName || strings.Count(strings.Join(server.asked(), " "), "PATCH") != tt.nudged {
			t.Errorf("%s: it asks %q", name, server.asked())
		}
		if want := fmt.Sprintf(`"resourceVersion":"%d","uid":"%s-uid"`, 100+tt.nudged, claimName); !strings.Contains(made.Body, want) {
			t.Errorf("%s: a nudge says %s, want %s", name, made.Body, want)
		}
	}
}

// A stream that ends leaves no gap, and one list of each kind is enough for all.
func TestAwait(t *testing.T) {
	claim := &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "data-web-0"},
		Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending},
	}
	server := newStub(t, disk(corev1.PersistentVolumeReclaimRetain), claim)
	store, err := server.client(t).OpenStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bound := claim.DeepCopy()
	bound.Spec.VolumeName, bound.Status.Phase = "disk", corev1.ClaimBound
	looks := 0
	err = store.Await(t.Context(), []volume.Binding{{ClaimName: "data-web-0", VolumeName: "disk", Exists: true}}, func(p volume.Progress) {
		looks++
		switch {
		case len(p.Waiting) != 1:
			t.Errorf("awaited: %+v", p)
		case looks == 1:
			server.endStreams()
		case looks == 2:
			server.put(bound)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	for _, asked := range server.asked() {
		if strings.HasPrefix(asked, "LIST persistentvolumes") {
			lists++
		}
	}
	if looks < 2 || lists > 2 {
		t.Errorf("%d looks, %d lists of volumes: %q", looks, lists, server.asked())
	}
	elsewhere := bound.DeepCopy()
	elsewhere.Spec.VolumeName = "other"
	server.put(elsewhere)
	store, err = server.client(t).OpenStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var failed *rollout.Failure
	if err := store.Await(t.Context(), []volume.Binding{{ClaimName: "data-web-0", VolumeName: "disk", Exists: true}}, nil); !errors.As(err, &failed) {
		t.Errorf("bound elsewhere: %v", err)
	}
}
