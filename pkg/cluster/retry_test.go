// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// faultCase is a fault that a write beside the loop meets, and how long it then takes.
type faultCase struct {
	fault   faultproxy.Fault
	atLeast time.Duration
}

func under() map[string]faultCase {
	const write = faultproxy.Write
	return map[string]faultCase{
		"nothing":                    {faultproxy.Fault{On: faultproxy.Other, Nth: 1}, 0},
		"too many, and no word when": {faultproxy.Fault{On: write, Nth: 1, Times: 3, Do: faultproxy.Answer, Code: 429}, 3 * time.Second},
		"a gateway that is alone":    {faultproxy.Fault{On: write, Nth: 1, Times: 3, Do: faultproxy.Answer, Code: 502}, 3 * time.Second},
		"a lost request":             {faultproxy.Fault{On: write, Nth: 1, Do: faultproxy.HangUp}, time.Second},
		"a lost answer":              {faultproxy.Fault{On: write, Nth: 1, Do: faultproxy.HangUp, Moment: faultproxy.Stored}, time.Second},
		"a second request is lost":   {faultproxy.Fault{On: write, Nth: 2, Do: faultproxy.HangUp}, 0},
		"half an answer":             {faultproxy.Fault{On: write, Nth: 1, Do: faultproxy.Half}, time.Second},
	}
}

// stored carries out what is sent of volumes and of a Service, and counts it.
func (s *stub) stored(t *testing.T, count *int) func(request) any {
	t.Helper()
	return func(r request) any {
		resource, objectName := r.resource()
		switch {
		case r.Method == http.MethodPost && resource == "persistentvolumes":
			v := read[corev1.PersistentVolume](json.RawMessage(r.Body))
			if s.volume(v.Name) != nil {
				return failure(http.StatusConflict, metav1.StatusReasonAlreadyExists, "it is there already")
			}
			v.TypeMeta = metav1.TypeMeta{Kind: "PersistentVolume", APIVersion: "v1"}
			s.put(v)
			*count++
			return s.volume(v.Name)
		case r.Method == http.MethodPatch && resource == "persistentvolumes":
			*count++
			return s.patched(t, s.volume(objectName), r.Body)
		case r.Method == http.MethodPatch && r.Query.Get("dryRun") != "":
			return liveService("None", fieldManager)
		case r.Method == http.MethodPatch:
			s.put(liveService("None", fieldManager))
			*count++
			return liveService("None", fieldManager)
		default:
			return nil
		}
	}
}

func (s *stub) volume(volumeName string) *corev1.PersistentVolume {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, _ := s.objects["persistentvolumes"][volumeName].(*corev1.PersistentVolume)
	return v
}

// patched is a merge patch of a volume, which must be as it was seen.
func (s *stub) patched(t *testing.T, v *corev1.PersistentVolume, patch string) any {
	t.Helper()
	var asked struct {
		Metadata struct{ ResourceVersion string }
		Spec     struct {
			PersistentVolumeReclaimPolicy corev1.PersistentVolumeReclaimPolicy
			ClaimRef                      *corev1.ObjectReference
		}
	}
	if err := json.Unmarshal([]byte(patch), &asked); err != nil {
		t.Error(err)
	}
	if asked.Metadata.ResourceVersion != v.ResourceVersion {
		return failure(http.StatusConflict, metav1.StatusReasonConflict, "the object has been modified")
	}
	v = v.DeepCopy()
	if policy := asked.Spec.PersistentVolumeReclaimPolicy; policy != "" {
		v.Spec.PersistentVolumeReclaimPolicy = policy
	}
	if ref := asked.Spec.ClaimRef; ref != nil {
		v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: ref.Namespace, Name: ref.Name}
	}
	s.put(v)
	return s.volume(v.Name)
}

// TestVolumesUnderFire: each write of a volume is made once, whatever becomes of its answer.
func TestVolumesUnderFire(t *testing.T) {
	for name, tt := range under() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { made(t, stubOf(web()...), tt) })
			synctest.Test(t, func(t *testing.T) { released(t, stubOf(web()...), tt) })
		})
	}
}

func made(t *testing.T, server *stub, f faultCase) {
	t.Helper()
	step := volume.Step{Action: volume.Create, After: *disk(corev1.PersistentVolumeReclaimRetain)}
	step.After.UID, step.After.ResourceVersion = "", ""
	carriedOut(t, server, f, step, 1)
}

func released(t *testing.T, server *stub, f faultCase) {
	t.Helper()
	server.put(disk(corev1.PersistentVolumeReclaimDelete))
	step := release(server.volume("disk"))
	step.After.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	step.After.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "default", Name: "data-web-0"}
	carriedOut(t, server, f, step, 2)
}

// carriedOut counts the writes of a step, and the time that it takes.
func carriedOut(t *testing.T, server *stub, f faultCase, step volume.Step, writes int) {
	t.Helper()
	count, began := 0, time.Now()
	server.answers(server.stored(t, &count))
	v, err := server.behind(t, faultproxy.Schedule{f.fault}).CarryOut(t.Context(), step)
	if err != nil {
		t.Fatalf("%s: it ends with %v", step.Action, err)
	}
	if took := time.Since(began); took < f.atLeast || took > f.atLeast+time.Second {
		t.Errorf("%s: it took %s", step.Action, took)
	}
	if count != writes || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimRetain {
		t.Errorf("%s: after %d writes the policy is %s", step.Action, count, v.Spec.PersistentVolumeReclaimPolicy)
	}
}

// TestApplyUnderFire: a Service of a file, likewise.
func TestApplyUnderFire(t *testing.T) {
	for name, tt := range under() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { applied(t, stubOf(web()...), tt) })
		})
	}
}

func applied(t *testing.T, server *stub, f faultCase) {
	t.Helper()
	count := 0
	server.answers(server.stored(t, &count))
	client := server.behind(t, faultproxy.Schedule{f.fault})
	p, err := client.Foresee(t.Context(), theService(t), Yield)
	if err != nil {
		t.Fatal(err)
	}
	unmade := func(p Prospect) error {
		if !p.Made() && !p.Done() {
			t.Errorf("somebody else made it: %s", p)
		}
		return nil
	}
	if _, err := client.ServerSide(t.Context(), p, unmade); err != nil {
		t.Fatalf("it ends with %v", err)
	}
	if count != 1 {
		t.Errorf("%d writes", count)
	}
}

// TestUnservedForEver: who is never served ends, in the server's words, after ten tries.
func TestUnservedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := stubOf(web()...)
		always := faultproxy.Fault{On: faultproxy.Write, Nth: 1, Times: 1000, Do: faultproxy.Answer, Code: 429}
		began := time.Now()
		_, err := server.behind(t, faultproxy.Schedule{always}).CarryOut(t.Context(), volume.Step{Action: volume.Create, After: *disk(corev1.PersistentVolumeReclaimRetain)})
		if took := time.Since(began); err == nil || !strings.HasPrefix(err.Error(), "persistentvolume/disk: ") || took.Round(time.Second) != 10*time.Second {
			t.Errorf("after %s it ends with %v", took, err)
		}
	})
}
