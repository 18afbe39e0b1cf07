// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// TestScaleUnderFire has a scale from 3 to 5 meet what goes wrong between it and
// the server, the whole loop over the real client, in virtual time.
func TestScaleUnderFire(t *testing.T) {
	const write, watch = faultproxy.Write, faultproxy.Watch
	for name, f := range map[string]fire{
		"nothing":                     {nil, 0, 2 * time.Second, false},
		"too many requests":           {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Answer, Code: 429, Retry: 30}}, 30 * time.Second, 40 * time.Second, false},
		"a conflict":                  {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Answer, Code: 409}}, 0, 5 * time.Second, false},
		"server errors":               {faultproxy.Schedule{{On: write, Nth: 1, Times: 5, Do: faultproxy.Answer, Code: 500}}, 4 * time.Second, time.Minute, false},
		"a lost answer":               {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.HangUp, Moment: faultproxy.Stored}}, 0, 5 * time.Second, false},
		"a lost request":              {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.HangUp}}, time.Second, 10 * time.Second, false},
		"half an answer":              {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Half}}, 0, 5 * time.Second, false},
		"a slow write":                {faultproxy.Schedule{{On: write, Nth: 2, Delay: minutes(1)}}, time.Minute, 2 * time.Minute, false},
		"a write never answered":      {faultproxy.Schedule{{On: write, Nth: 2, Delay: minutes(60)}}, longestAnswer, 2 * time.Minute, false},
		"no longer authorized":        {faultproxy.Schedule{{On: write, Nth: 2, Times: 3, Do: faultproxy.Answer, Code: 401}}, time.Second, time.Minute, false},
		"too many, and no word when":  {faultproxy.Schedule{{On: write, Nth: 2, Times: 3, Do: faultproxy.Answer, Code: 429}}, time.Second, time.Minute, false},
		"watches that are cut":        {faultproxy.Schedule{{On: watch, Nth: 1, Times: 9, Do: faultproxy.Cut}}, 0, time.Minute, false},
		"watches that expire":         {faultproxy.Schedule{{On: watch, Nth: 1, Times: 9, Do: faultproxy.Expire}}, 0, time.Minute, false},
		"watches that are refused":    {faultproxy.Schedule{{On: watch, Nth: 1, Do: faultproxy.End}, {On: watch, Nth: 5, Times: 20, Do: faultproxy.Answer, Code: 503}}, 0, 2 * time.Minute, false},
		"away for nine minutes":       {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Down, For: minutes(9)}}, 9 * time.Minute, 10 * time.Minute, false},
		"away for an hour":            {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Down, For: minutes(60)}}, 10 * time.Minute, 11 * time.Minute, true},
		"away for an hour, after all": {faultproxy.Schedule{{On: write, Nth: 2, Do: faultproxy.Down, Moment: faultproxy.Stored, For: minutes(60)}}, 10 * time.Minute, 11 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f.play) })
	}
}

type fire struct {
	faults          faultproxy.Schedule
	atLeast, atMost time.Duration
	blind           bool // it ends out of sight
}

func (f fire) play(t *testing.T) {
	server := stubOf(web()...)
	server.answers(server.store)
	began := time.Now()
	out := driveThrough(t, server, f.faults)
	if took := time.Since(began); took < f.atLeast || took > f.atMost {
		t.Errorf("it took %s, not %s to %s", took, f.atLeast, f.atMost)
	}
	set, blind := server.set(), new(*rollout.Unreachable)
	switch {
	case f.blind && !errors.As(out.Err, blind), !f.blind && out.Err != nil:
		t.Errorf("it ends with %v", out.Err)
	case !f.blind && *set.Spec.Replicas != 5:
		t.Errorf("it left %d replicas", *set.Spec.Replicas)
	case set.Generation > 9:
		t.Errorf("generation %d after two steps from 7", set.Generation)
	}
}

func minutes(n time.Duration) faultproxy.Duration { return faultproxy.Duration(n * time.Minute) }

// driveThrough runs a scale to 5 through a proxy.
func driveThrough(t *testing.T, server *stub, faults faultproxy.Schedule) rollout.Outcome {
	t.Helper()
	client := server.behind(t, faults)
	run, err := client.Open(t.Context(), "web", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	return rollout.Drive(t.Context(), run, rollout.Scale{To: 5, Step: 1}, rollout.Options{Run: "0000aaaa", Stall: 10 * time.Minute})
}

// behind is a client that reaches the stub through a proxy on a network in memory.
func (s *stub) behind(t *testing.T, faults faultproxy.Schedule) *Client {
	t.Helper()
	behind, before := faultproxy.NewMemory(), faultproxy.NewMemory()
	end := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = end.Serve(behind) }() // until it is closed
	proxy := faultproxy.Serve(faultproxy.New(&url.URL{Scheme: "http", Host: "server"}, behind.Transport()), before)
	proxy.Play(faults, nil)
	transport := before.Transport()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := errors.Join(proxy.Close(), end.Close()); err != nil {
			t.Error(err)
		}
	})
	client, err := NewClient(&rest.Config{Host: "http://proxy", Transport: transport}, Caller{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (s *stub) set() *appsv1.StatefulSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects["statefulsets"]["web"].(*appsv1.StatefulSet)
}

// store carries out the patches of a scale, as the server and its controller do.
func (s *stub) store(r request) any {
	if r.Method != http.MethodPatch {
		return nil
	}
	var operations []struct {
		Op, Path string
		Value    json.RawMessage
	}
	if err := json.Unmarshal([]byte(r.Body), &operations); err != nil {
		return failure(http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error())
	}
	set := s.set().DeepCopy()
	for _, o := range operations {
		switch o.Op + " " + o.Path {
		case "test /metadata/generation":
			if string(o.Value) != fmt.Sprint(set.Generation) {
				return failure(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "testing value /metadata/generation failed: test failed")
			}
		case "replace /spec/replicas":
			set.Generation++
			set.Status.ObservedGeneration = set.Generation
			set.Spec.Replicas = read[int32](o.Value)
			s.put(webPod(fmt.Sprintf("web-%d", *set.Spec.Replicas-1)))
		case "add /metadata/annotations/kubectl-sts~1rollout":
			set.Annotations[rollout.RecordKey] = *read[string](o.Value)
		}
	}
	s.put(set)
	return s.set()
}

// read is what JSON says; the zero value where that is of another kind.
func read[T any](text json.RawMessage) *T {
	value := new(T)
	_ = json.Unmarshal(text, value)
	return value
}
