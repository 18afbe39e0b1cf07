// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func TestApplyRequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yaml")
	text := "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {replicas: 2}\n---\n# no more\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := bundled(t, `{"replicas":2}`)
	for argv, want := range map[string]Request{
		"": {Intent: Apply{Bundle: kept, From: file, Step: "1"}, Run: soaking(nil)},
		"--canary 20% --step 2 --force-conflicts --confirm-data-loss web --soak 0": {
			Intent: Apply{Bundle: kept, From: file, Canary: "20%", Step: "2", Taking: cluster.Force, LosesClaimsOf: "web"}, Run: defaults(nil),
		},
	} {
		want.Verb, want.SetName = "apply", "web"
		got, err := askedOf(t, "apply -f "+file+" "+argv)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ApplyRequest{Request: want, Later: []Request{}}, got, cmp.AllowUnexported(manifest.Object{})); diff != "" {
			t.Errorf("%q: want -, got +\n%s", argv, diff)
		}
	}
}

// TestApplySeveralSets: a request each, in the order of the file, the first with what
// belongs to the whole.
func TestApplySeveralSets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "two.yaml")
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: %}\nspec: {}\n---\n"
	const disk = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\nspec: {}\n"
	text := strings.ReplaceAll(set, "%", "db") + strings.ReplaceAll(set, "%", "web") + disk
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := askedOf(t, "apply --canary 1 -f "+file)
	request, ok := got.(ApplyRequest)
	if err != nil || !ok || len(request.Later) != 1 {
		t.Fatalf("%+v (%v)", got, err)
	}
	for i, want := range []struct {
		setName  string
		disks    int
		followed int
	}{{"db", 1, 0}, {"web", 0, 2}} {
		r := append([]Request{request.Request}, request.Later...)[i]
		intent, ok := r.Intent.(Apply)
		if !ok || r.SetName != want.setName || intent.Canary != "1" || len(intent.Bundle.Volumes) != want.disks || len(intent.Bundle.Earlier) != want.followed {
			t.Errorf("%d: %+v, want %+v", i, r, want)
		}
	}
	if _, err := askedOf(t, "apply --wait=false -f "+file); err == nil || !strings.Contains(err.Error(), "2 StatefulSets") {
		t.Errorf("unawaited: %v", err)
	}
}

// bundled is a file with a set of a spec, and nothing else.
func bundled(t *testing.T, spec string) manifest.Bundle {
	t.Helper()
	file, err := manifest.Parse([][]byte{[]byte(`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":` + spec + "}")})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bundles()[0]
}

func TestApplyHeeds(t *testing.T) {
	for spec, want := range map[string]Heed{`{"replicas":2}`: Refuse, `{"serviceName":"web"}`: Warn} {
		if got := (Apply{Bundle: bundled(t, spec)}).Heeds(rollout.Hand{Kind: rollout.ReplicasHand}); got != want {
			t.Errorf("of an autoscaler and a file with %s it says %s, want %s", spec, got, want)
		}
	}
}

// TestApplyNotes: what an apply tells before its first write.
func TestApplyNotes(t *testing.T) {
	three := rollouttest.Set("web").Replicas(3)
	const late = "all ordinals get the new template; the file's partition 1 comes at the end"
	for name, tt := range map[string]struct {
		in             rollouttest.Sight
		template, spec string
		canary         string
		want           string
	}{
		"nothing differs":              {in: three, template: "a", spec: "{}"},
		"a new template":               {in: three, template: "b", spec: "{}"},
		"a new template, a partition":  {in: three, template: "b", spec: partitioned("1"), want: late},
		"a partition at the replicas":  {in: three, template: "b", spec: partitioned("3"), want: strings.Replace(late, "1", "3", 1)},
		"a partition above all":        {in: three.Partition(5), template: "b", spec: partitioned("5"), want: strings.Replace(late, "1", "5", 1)},
		"a partition of 0":             {in: three, template: "b", spec: partitioned("0")},
		"a partition alone":            {in: three, template: "a", spec: partitioned("1")},
		"a canary":                     {in: three, template: "b", spec: partitioned("1"), canary: "1"},
		"a canary that was cut":        {in: three.Revisions("a", "b").Partition(2).Record("canary", rollout.Open), template: "b", spec: "{}", canary: "1"},
		"a rollout that was cut":       {in: three.Revisions("a", "b").Partition(1).Record("promote", rollout.Open), template: "b", spec: "{}"},
		"a scale that was cut":         {in: three.Pods("a a a? -"), template: "a", spec: `{"replicas":4}`},
		"broken, and nothing rolls":    {in: three.Pods("a a! a"), template: "a", spec: "{}"},
		"nothing the controller knows": {in: three.Unobserved(), template: "a", spec: "{}"},
	} {
		var told []string
		o := Opening{
			State: tt.in.State(),
			Soak:  func([]byte, int32) (time.Duration, error) { return 0, nil },
			Note:  func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) },
		}
		intent := Apply{Bundle: bundled(t, tt.spec), Step: "1", Canary: tt.canary}
		after := o.State.Set
		after.Template = rollouttest.Template{Name: tt.template}.Patch().Digest
		if _, err := intent.goal(after, o); err != nil {
			t.Fatal(err)
		}
		got, _, _ := strings.Cut(strings.Join(told, ", "), "; to stop part way")
		if got != tt.want {
			t.Errorf("%s: it tells %q, want %q", name, got, tt.want)
		}
	}
}

func partitioned(at string) string {
	return `{"updateStrategy":{"rollingUpdate":{"partition":` + at + `}}}`
}
