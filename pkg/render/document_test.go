// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func result(t *testing.T) Result {
	t.Helper()
	s := failed(t)
	return Result{
		Command: "promote", SetName: "web", Namespace: "prod", ExitCode: 3, Reason: "OrdinalFailed",
		Message: "statefulset.apps/web: web-2 has failed: image-pull", State: s,
		From: stableRevision, To: canaryRevision, Next: "kubectl sts abort web",
		Blockers: []rollout.Blocker{{PodName: "web-2", Phase: rollout.Failing, Cause: badImage(), Message: "has failed", Failed: true}},
	}
}

func written(t *testing.T) rollout.Event {
	t.Helper()
	partition, replicas := rollout.Partition{Index: 1}, int32(4)
	return rollout.Event{
		Type: rollout.WriteEvent, At: noon(), Message: "let web-1 go",
		Change: &rollout.Change{Why: "let web-1 go", Set: &rollout.SetPatch{
			Partition: &partition, Replicas: &replicas, Template: &rollout.Template{Digest: "abc"},
		}},
	}
}

func TestDocuments(t *testing.T) {
	s := canaryOn(t)
	promote := rollout.Promote{Step: intstr.FromInt32(1)}
	plan, errPlan := promote.Plan(s)
	held, errHeld := promote.Plan(failed(t))
	if err := errors.Join(errPlan, errHeld); err != nil {
		t.Fatal(err)
	}
	for fileName, document := range map[string]runtime.Object{
		"status.json":         StatusDocument(failed(t), Onward{}),
		"status-canary.json":  StatusDocument(s, Onward{}),
		"status-three.json":   StatusDocument(fromThree(t), Onward{}),
		"status-list.json":    StatusListDocument([]rollout.State{settled(t), newScene(t, 0).state()}),
		"status-nothing.json": StatusListDocument(nil),
		"result.json":         result(t).Document(),
		"result-plan.json":    Result{Command: "promote", SetName: "web", DryRun: "client", Plan: &plan}.Document(),
		"result-held.json":    Result{Command: "promote", SetName: "web", DryRun: "client", Plan: &held}.Document(),
		"result-unseen.json":  Result{Command: "scale", SetName: "web", Namespace: "prod", ExitCode: 1, Reason: "NotFound", Message: "not found"}.Document(),
	} {
		t.Run(fileName, func(t *testing.T) {
			var b bytes.Buffer
			if err := (&printers.JSONPrinter{}).PrintObj(document, &b); err != nil {
				t.Fatal(err)
			}
			golden(t, fileName, b.String())
		})
	}
}

// TestOutdated: a sighting from before the last write is no state of the set.
func TestOutdated(t *testing.T) {
	r := result(t)
	r.Outdated = true
	d, ok := r.Document().(*RunResult)
	if !ok || d.Set != nil || d.Ordinals == nil || len(d.Ordinals) > 0 || d.Surplus != nil || d.Name == "" {
		t.Errorf("it shows %+v", d)
	}
}

func TestEvents(t *testing.T) {
	s := canaryOn(t)
	var b bytes.Buffer
	for _, e := range []rollout.Event{
		{Type: rollout.OrdinalEvent, At: noon(), Ordinal: 0, PodName: "web-0", Was: rollout.Pending, Phase: rollout.Starting, Revision: canaryRevision, Cause: badImage(), Replaced: true},
		written(t),
		{Type: rollout.WriteEvent, At: noon(), Change: &rollout.Change{Set: &rollout.SetPatch{Partition: &rollout.Partition{Nil: true}}}},
		{Type: rollout.WriteEvent, At: noon(), Change: &rollout.Change{Pod: &rollout.Removal{PodName: "web-2"}, Why: "it blocks"}},
		{Type: rollout.WriteEvent, At: noon(), Change: &rollout.Change{Nudge: &rollout.Nudge{}}},
		{Type: rollout.WaitEvent, At: noon(), Blockers: []rollout.Blocker{{PodName: "web-0", Phase: rollout.Starting, Message: "to be Available"}}, Message: "waiting"},
		{Type: rollout.WarningEvent, At: noon(), Message: "Argo CD"},
	} {
		if err := Compact(&b, EventDocument(e, s)); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "events.json", b.String())
	if err := Compact(broken{}, EventDocument(written(t), s)); err == nil {
		t.Error("a line that was lost is no error")
	}
}

// Every printer of kubectl's takes the documents.
func TestPrinters(t *testing.T) {
	jsonpath, err := printers.NewJSONPathPrinter("{.set.state} {.ordinals[2].cause.id} {.exitCode}")
	if err != nil {
		t.Fatal(err)
	}
	template, err := printers.NewGoTemplatePrinter([]byte("{{.set.state}} {{(index .ordinals 2).cause.id}} {{.kind}}"))
	if err != nil {
		t.Fatal(err)
	}
	document := result(t).Document()
	for _, c := range []struct {
		printer printers.ResourcePrinter
		of      runtime.Object
		want    string
	}{
		{jsonpath, document, "failing image-pull 3"},
		{template, document, "failing image-pull Result"},
		{&printers.YAMLPrinter{}, document, "state: failing\n"},
		{&printers.KYAMLPrinter{}, document, `state: "failing",`},
		{&printers.NamePrinter{}, document, "result.kubectl-sts/web\n"},
		{&printers.OmitManagedFieldsPrinter{Delegate: &printers.JSONPrinter{}}, document, `"exitCode": 3`},
	} {
		var b bytes.Buffer
		if err := c.printer.PrintObj(c.of, &b); err != nil {
			t.Errorf("%T: %v", c.printer, err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("%T: %q is not in %s", c.printer, c.want, b.String())
		}
	}
}

// The documents are an API: every field says what it is.
func TestFieldsAreDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "document.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		fields, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range fields.Fields.List {
			seen++
			if inline := strings.Contains(f.Tag.Value, "inline") || strings.Contains(f.Tag.Value, `json:"metadata"`); f.Doc == nil && !inline {
				t.Errorf("field %v has no comment", f.Names)
			}
		}
		return true
	})
	if seen == 0 {
		t.Error("no field was found")
	}
}
