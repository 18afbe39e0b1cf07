// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// FuzzParseRecord: whatever stands in the annotation, a record that can be read
// can be written and read again, and no plan falls over it.
func FuzzParseRecord(f *testing.F) {
	f.Add(half().State().Set.Record.String())
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"v":1}`, `{"v":2}`, `{"v":1,"uid":"set-1","op":"canary","state":"open","from":"web-a","gen":7}`,
		`{"v":1,"uid":"set-1","op":"promote","state":"open","from":"web-a","gen":7,"partition":-1,"replicas":-1,"own":{"partition":-5}}`,
		`{"v":1,"uid":"set-1","op":"scale","state":"open","from":"web-a","gen":7,"args":{"replicas":"x"}}`,
		`{"v":1,"at":"0000-00-00T00:00:00Z"}`, `{"v":1,"gen":9223372036854775807}`, `{"v":1,"own":null,"start":2147483647}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := rollout.ParseRecord(text)
		if err != nil {
			return
		}
		line := r.String()
		if line == "" { // a year that JSON cannot write
			return
		}
		if again, err := rollout.ParseRecord(line); err != nil || again.String() != line {
			t.Errorf("%q does not come back: %v", line, err)
		}
		s := half().Record("", "", func(mine *rollout.Record) { *mine = *r }).State()
		for _, ask := range []string{"promote", "abort", "canary"} {
			goal, err := rollouttest.Ask{Op: ask, Template: "b", Step: "1", Count: "2"}.Open(s)
			if err == nil {
				rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000bbbb"))
			}
		}
		s.Word()
	})
}

// FuzzDigest: a template means the same however it is written.
func FuzzDigest(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"a":null}`, `{"metadata":{"creationTimestamp":null}}`, `{"metadata":null}`, `{"metadata":[]}`,
		`{"$patch":"replace","spec":{"containers":[{"name":"a","args":[null,1,{"b":null}]}]}}`, `{"n":9007199254740993}`, `{"n":1e400}`,
		`{"a":1,"a":2}`, `{"a":"\u2028"}`, `{"a":1} {"b":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, template []byte) {
		digest, err := rollout.Digest(template)
		if err != nil {
			return
		}
		tree := tree(t, template)
		rewritten, err := json.MarshalIndent(tree, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		tree["$patch"] = "replace"
		directed, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, same := range [][]byte{rewritten, directed} {
			if again, err := rollout.Digest(same); err != nil || again != digest || !rollout.SameBytes(template, same) {
				t.Errorf("%s has another digest than %s, or is another JSON (%v)", same, template, err)
			}
		}
	})
}

// tree reads JSON with its numbers as they are written.
func tree(t *testing.T, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		t.Fatalf("%s has a digest and is no JSON: %v", text, err)
	}
	return tree
}

// FuzzLookDenial: what is read in an event's message stands in it.
func FuzzLookDenial(f *testing.F) {
	for _, tt := range denials() {
		f.Add(tt.message, int32(1))
	}
	f.Add("create pod  in statefulset  failed error: ", int32(-1))
	f.Fuzz(func(t *testing.T, message string, count int32) {
		denial, ok := rollout.LookDenial(&corev1.Event{Reason: "FailedCreate", Message: message, Count: count})
		if !ok {
			return
		}
		if denial.PodName == "" || !strings.Contains(message, denial.PodName) || !strings.HasSuffix(message, denial.Cause.Message) {
			t.Errorf("it reads %+v in %q", denial, message)
		}
		if denial.Cause.Hard && count < 2 {
			t.Errorf("hard after %d times", count)
		}
	})
}
