// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestRecordIsOneLineAndComesBack(t *testing.T) {
	r := *half().Record("scale", rollout.Open, func(r *rollout.Record) {
		r.Args = map[string]string{"reason": "two\nlines"}
	}).State().Set.Record
	line := r.String()
	if strings.ContainsAny(line, "\n\r") {
		t.Errorf("it has more than one line: %q", line)
	}
	again, err := rollout.ParseRecord(line)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&r, again); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestParseRecordRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ text, says string }{
		"nothing":         {"", `annotation "kubectl-sts/rollout": `},
		"no JSON":         {"rollout of web", `annotation "kubectl-sts/rollout": `},
		"a list":          {"[]", `annotation "kubectl-sts/rollout": `},
		"no version":      {"{}", "version 0 is not known, 1 is"},
		"a later version": {`{"v":2}`, "version 2 is not known, 1 is"},
		"a wrong type":    {`{"v":1,"gen":"four"}`, "gen"},
		"no partition":    {`{"v":1,"own":{"partition":-7}}`, "negative partition"},
		"no replicas":     {`{"v":1,"replicas":-1}`, "negative partition"},
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := rollout.ParseRecord(tt.text); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it reads %+v (%v), want an error with %q", r, err, tt.says)
			}
		})
	}
}

// TestFirstRecord: the record of a canary's first write.
func TestFirstRecord(t *testing.T) {
	s := web().Partition(2).State()
	goal := canary("b", "1", "1")
	d := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000bbbb"))
	if d.Act == nil {
		t.Fatalf("it decides %+v", d)
	}
	want := rollout.Record{
		V: 1, UID: "set-1", Op: "canary", State: rollout.Open, Run: "0000bbbb", From: "web-a",
		FromDigest: s.Set.Template, ToDigest: d.Act.Set.Template.Digest, Gen: 8, Partition: 4, Replicas: 5,
		Own: &rollout.OwnPartition{Partition: 2}, At: s.At, Since: s.At,
	}
	if diff := cmp.Diff(want, d.Act.Set.Record); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestRecordKeepsItsOrigin: what an earlier write of the rollout recorded goes on.
func TestRecordKeepsItsOrigin(t *testing.T) {
	s := half().Record("canary", rollout.Open, func(r *rollout.Record) { r.Own = nil }).State()
	goal := promote("", "1")
	r := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "0000bbbb")).Act.Set.Record
	if r.Own != nil || r.From != "web-a" || r.Gen != 8 || r.Op != "promote" {
		t.Errorf("the record is %s", r)
	}
}
