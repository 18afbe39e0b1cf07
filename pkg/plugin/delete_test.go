// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// deletes opens a delete whose user answers.
func deletes(s rollout.State, answer error) Opening {
	return Opening{
		State: s,
		Manifest: func(context.Context) (*unstructured.Unstructured, error) {
			return &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "apps/v1", "kind": "StatefulSet",
				"metadata": map[string]any{"name": "web", "namespace": "default", "uid": "set-1", "generation": int64(7)},
				"spec":     map[string]any{"replicas": int64(3)},
			}}, nil
		},
		Creatable:  func(context.Context, *unstructured.Unstructured) error { return nil },
		Retained:   func(context.Context) (cluster.Retained, error) { return cluster.Retained{}, nil },
		HasService: func(context.Context) bool { return false },

		Agree: func(context.Context, string) error { return answer },
		Note:  func(string, ...any) {},
		Warn:  func(string, ...any) {},
		First: func(...string) {},
	}
}

func TestPrepareDelete(t *testing.T) {
	refused := &rollout.Refusal{Reason: reasonNotAgreed}
	plain := rollouttest.Set("web").Replicas(3)
	begun := plain.Record("delete", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "3"} })
	const mark = "# saved by kubectl sts delete: statefulset.apps/web, uid set-1\n"
	const saved = mark + "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: default, labels: {of: before}}\nspec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 0}}}\n"
	const own = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\n  namespace: default\nspec:\n  replicas: 3\n  updateStrategy:\n    rollingUpdate:\n      partition: 0\n"
	older := strings.Replace(saved, "replicas: 3", "replicas: 1", 1)
	const another = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: default}\n"
	for name, tt := range map[string]struct {
		in     rollouttest.Sight
		intent Delete
		there  string // the file, before
		answer error
		dryRun DryRun
		want   string // of the file, after
		reason rollout.Reason
	}{
		"it saves":                        {in: plain, want: "replicas: 3"},
		"the user says no":                {in: plain, answer: refused, reason: reasonNotAgreed},
		"-y asks nothing":                 {in: plain, intent: Delete{Yes: true}, answer: refused, want: "replicas: 3"},
		"a dry run saves nothing":         {in: plain, dryRun: DryRunClient, answer: refused},
		"a dry run finds a file":          {in: plain, dryRun: DryRunServer, there: "mine", want: "mine", reason: reasonUnsaved},
		"a file that is another's":        {in: plain, there: "mine", want: "mine", reason: reasonUnsaved},
		"a manifest that is not this one": {in: plain, there: another, want: another, reason: reasonUnsaved},
		"the user's own, of the same":     {in: plain, there: own, want: own},
		"the same of an earlier object":   {in: plain, there: strings.Replace(mark, "set-1", "set-0", 1) + own, want: "uid set-0\n" + own},
		"saved, and its labels changed":   {in: plain, there: saved, want: saved, reason: reasonUnsaved},
		"begun, its own, of before":       {in: begun, there: saved, want: saved},
		"begun, one of an earlier delete": {in: begun, there: older, want: older, reason: reasonUnsaved},
		"begun, the user's own":           {in: begun, there: another, want: another, reason: reasonUnsaved},
		"begun, a file that is another's": {in: begun, there: "mine", want: "mine", reason: reasonUnsaved},
		"begun, and the file is gone":     {in: begun, want: "replicas: 3"},
		"the set has changed":             {in: plain.With(func(s *rollout.Set) { s.Generation = 6 }), reason: rollout.SpecChanged},
	} {
		t.Run(name, func(t *testing.T) {
			tt.intent.Save = fileOf(t, tt.there)
			err := tt.intent.Prepare(t.Context(), deletes(tt.in.State(), tt.answer), cmp.Or(tt.dryRun, DryRunNone))
			if code, reason, _ := verdict(err); tt.reason != "" && reason != tt.reason || tt.reason == "" && code != ExitOK {
				t.Errorf("%s: %v, want %q", reason, err, tt.reason)
			}
			if text := textOf(t, tt.intent.Save); !strings.Contains(text, tt.want) || (tt.want == "") != (text == "") {
				t.Errorf("the file holds %q, want %q", text, tt.want)
			}
		})
	}
}

// TestWhatIsSavedLacksAVolume: no template is at fault for a claim that no volume serves.
func TestWhatIsSavedLacksAVolume(t *testing.T) {
	o := deletes(rollouttest.Set("web").Replicas(3).Pods("a a! a").Glance(volumeless).State(), nil)
	o.Note = func(format string, args ...any) {
		if told := fmt.Sprintf(format, args...); strings.HasPrefix(told, "it has the template") {
			t.Errorf("it tells %q", told)
		}
	}
	if err := (Delete{Save: fileOf(t, ""), Yes: true}).Prepare(t.Context(), o, DryRunNone); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsSavedHasFailed: who brings the set back is told that its template is broken.
func TestWhatIsSavedHasFailed(t *testing.T) {
	for pods, want := range map[string]string{
		"a a! a": "it has the template that web-1 has failed of: correct it before it is applied again",
		"a a? a": "", "b! a a": "",
	} {
		told := ""
		o := deletes(rollouttest.Set("web").Replicas(3).Revisions("b", "a").Pods(pods).State(), nil)
		o.Note = func(format string, args ...any) { told = fmt.Sprintf(format, args...) }
		if err := (Delete{Save: fileOf(t, ""), Yes: true}).Prepare(t.Context(), o, DryRunNone); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(told, "it has the template"); got != (want != "") || got && told != want {
			t.Errorf("%s: it tells %q, want %q", pods, told, want)
		}
	}
}

// TestServiceStays: only one that is there is told of.
func TestServiceStays(t *testing.T) {
	for _, there := range []bool{true, false} {
		var told []string
		o := deletes(rollouttest.Set("web").Replicas(3).State(), nil)
		o.HasService = func(context.Context) bool { return there }
		o.Note = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
		if err := (Delete{Save: fileOf(t, "")}).Prepare(t.Context(), o, DryRunNone); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasSuffix(strings.Join(told, "\n"), "; its Service stays"); got != there {
			t.Errorf("a Service is there: %t, and it tells %q", there, told)
		}
	}
}

// What is there is neither followed nor replaced, were it to come at the last moment.
func TestKeepsakeTakesNobodysPlace(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.yaml")
	for name, lay := range map[string]func(path string) error{
		"a file":   func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a link to a file": func(path string) error {
			return errors.Join(os.WriteFile(other, []byte("mine"), 0o600), os.Symlink(other, path))
		},
		"a link to nothing":  func(path string) error { return os.Symlink(filepath.Join(folder, "nothing"), path) },
		"a link to a folder": func(path string) error { return os.Symlink(folder, path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "web.yaml")
			if err := lay(path); err != nil {
				t.Fatal(err)
			}
			leavesAlone(t, keepsake{path: path, setName: "web"})
		})
	}
	if _, err := os.Lstat(filepath.Join(folder, "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "mine" {
		t.Errorf("a link was followed: %q, %v", text, err)
	}
}

// leavesAlone tries to save where something is.
func leavesAlone(t *testing.T, k keepsake) {
	t.Helper()
	before, err := os.Lstat(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.vacant([]byte("ours"), false); !isUnsaved(err) {
		t.Errorf("it is found to be %v", err)
	}
	if err := k.write([]byte("ours")); !isUnsaved(err) {
		t.Errorf("to write says %v", err)
	}
	after, err := os.Lstat(k.path)
	if err != nil || !os.SameFile(before, after) || before.Size() != after.Size() {
		t.Errorf("%v, and it was %v: %v", after, before, err)
	}
	if left, err := os.ReadDir(filepath.Dir(k.path)); err != nil || len(left) != 1 {
		t.Errorf("beside it lie %v, %v", left, err)
	}
}

func isUnsaved(err error) bool {
	_, reason, _ := verdict(err)
	return reason == reasonUnsaved
}

func TestKeepsakeNamesTheUsersPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "web.yaml")
	err := keepsake{path: path}.write(nil)
	if err == nil || !strings.Contains(err.Error(), path+": no such file") {
		t.Errorf("got %v, want %s named", err, path)
	}
}

// fileOf is the path of a file with that text; with none, of one that is not there.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "web.yaml")
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// textOf is "" of a file that is not there. Nothing else is in its folder.
func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	return string(text)
}

// Volumes may outlive the claims that are deleted: what makes them bind again comes
// before the apply, and only then.
func TestDeleteTellsOfReleased(t *testing.T) {
	templates := func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }
	claim := func(g *rollout.Glance) {
		g.Claims = []rollout.ClaimSight{{Name: "data-web-0"}, {Name: "data-web-7"}, {Name: "other"}}
	}
	plain := rollouttest.Set("web").Replicas(3).Glance(claim)
	two := []string{"pv1", "pv2"}
	const going = "these volumes are being deleted, and go with the claims though their reclaim policy is Retain: p; save what says where their data are first: kubectl get pv p -o yaml"
	const older = "earlier volumes of the same claims, which stay as they are: q"
	const lost, kept = "the claims that are destroyed: data-web-0, data-web-7", "the volumes that keep their data, and will be Released: pv1, pv2"
	for name, tt := range map[string]struct {
		in       rollouttest.Sight
		fate     rollout.Claims
		retained cluster.Retained
		want     []string
		first    string
	}{
		"the claims go":               {plain.With(templates), rollout.ClaimsDeleted, cluster.Retained{Volumes: two}, []string{lost, kept}, "pv release -f FILE"},
		"and there are older volumes": {plain.With(templates), rollout.ClaimsDeleted, cluster.Retained{Volumes: two, Older: []string{"q"}}, []string{lost, kept, older}, "pv release -f FILE --volumes pv1,pv2"},
		"none but older volumes":      {plain.With(templates), rollout.ClaimsDeleted, cluster.Retained{Older: []string{"q"}}, []string{lost, older}, ""},
		"the claims go, and the data": {plain.With(templates), rollout.ClaimsDeleted, cluster.Retained{}, []string{lost}, ""},
		"a volume is on its way out":  {plain.With(templates), rollout.ClaimsDeleted, cluster.Retained{Volumes: two, Going: []string{"p"}}, []string{lost, kept, going}, "pv release -f FILE"},
		"the claims stay":             {plain.With(templates), rollout.ClaimsKept, cluster.Retained{Volumes: two}, nil, ""},
		"no claims":                   {plain, rollout.ClaimsDeleted, cluster.Retained{Volumes: two}, nil, ""},
	} {
		var told, first []string
		o := deletes(tt.in.State(), nil)
		o.Note = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
		o.Warn = o.Note
		o.First = func(words ...string) { first = words }
		o.Retained = func(context.Context) (cluster.Retained, error) { return tt.retained, nil }
		intent := Delete{Save: filepath.Join(t.TempDir(), "web.yaml"), Claims: tt.fate}
		if err := intent.Prepare(t.Context(), o, DryRunClient); err != nil {
			t.Fatal(err)
		}
		if told = told[:len(told)-1]; !slices.Equal(told, tt.want) { // the last is of the file
			t.Errorf("%s: it tells %q", name, told)
		}
		if want := strings.ReplaceAll(tt.first, "FILE", intent.Save); want != strings.Join(first, " ") {
			t.Errorf("%s: first comes %q", name, first)
		}
	}
}

// An ordinal whose claim is Lost does not come back by the manifest alone.
func TestDeleteTellsOfLost(t *testing.T) {
	lost := rollouttest.Set("web").Replicas(3).With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
		g.Claims = []rollout.ClaimSight{{Name: "data-web-0"}, {Name: "data-web-1", Lost: true, VolumeName: "pv1", UID: "u1"}}
	})
	for fate, want := range map[rollout.Claims]string{
		rollout.ClaimsKept:    `web-1 goes and cannot come back: its claim "data-web-1" is Lost, since its volume "pv1" is gone or belongs to another claim; the pod may still run on what it has mounted, so save its data first, or make that volume again with claimRef.uid u1; to give up its data, delete the claim`,
		rollout.ClaimsDeleted: `web-1 goes with its claim "data-web-1", which is Lost, since its volume "pv1" is gone or belongs to another claim: no volume keeps its data; the pod may still run on what it has mounted, so save its data first`,
	} {
		for _, dryRun := range []DryRun{DryRunNone, DryRunClient} {
			var told, first []string
			o := deletes(lost.State(), nil)
			o.Warn = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
			o.First = func(words ...string) { first = words }
			o.Retained = func(context.Context) (cluster.Retained, error) { return cluster.Retained{}, nil }
			intent := Delete{Save: fileOf(t, ""), Claims: fate, Yes: true}
			if err := intent.Prepare(t.Context(), o, dryRun); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(told, []string{want}) {
				t.Errorf("%s: it tells %q", fate, told)
			}
			if got := strings.Join(first, " ") == "check -f "+intent.Save; got != (fate == rollout.ClaimsKept) {
				t.Errorf("%s: first comes %q", fate, first)
			}
		}
	}
}

// All that is to be run stands in one line, in its order.
func TestOnward(t *testing.T) {
	s := rollouttest.Set("web").Replicas(3).State()
	a := &action{session: session{Invocation: Invocation{Name: "kubectl sts"}, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}}
	a.request.Intent = Delete{Save: "web.yaml"}
	if got, want := a.onward(s), "kubectl sts apply -f web.yaml -n default"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	a.before = [][]string{{"pv", "release", "-f", "web.yaml"}}
	if got, want := a.onward(s), "kubectl sts pv release -f web.yaml -n default && kubectl sts apply -f web.yaml -n default"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	a.request.Intent = Scale{}
	if got := a.onward(s); got != "" {
		t.Errorf("after a scale: %q", got)
	}
}

// What was saved twice is the same, so that a run that is cut after that goes on.
func TestPrepareDeleteTwice(t *testing.T) {
	intent := Delete{Save: filepath.Join(t.TempDir(), "web.yaml")}
	o := deletes(rollouttest.Set("web").Replicas(3).State(), nil)
	for range 2 {
		if err := intent.Prepare(t.Context(), o, DryRunNone); err != nil {
			t.Fatal(err)
		}
	}
	if text, done := intent.Absent("default", "web"); !done || !strings.Contains(text, "nothing to do") {
		t.Errorf("deleted, and run again: %q", text)
	}
	if text, done := intent.Absent("default", "db"); done {
		t.Errorf("another set: %q", text)
	}
	if text, done := intent.Absent("shop", "web"); done {
		t.Errorf("another namespace: %q", text)
	}
}

// A set may have been made under other rules than hold today: its user is told
// before it goes.
func TestDeleteTellsOfADeniedManifest(t *testing.T) {
	var told []string
	o := deletes(rollouttest.Set("web").Replicas(3).State(), nil)
	o.Warn = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	o.Creatable = func(_ context.Context, object *unstructured.Unstructured) error {
		return fmt.Errorf("%s is denied", object.GetName())
	}
	if err := (Delete{Save: fileOf(t, "")}).Prepare(t.Context(), o, DryRunClient); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(told, "\n"), "would not take the manifest of statefulset.apps/web back") || !strings.Contains(told[0], "web is denied") {
		t.Errorf("it tells %q", told)
	}
}

// A manifest that the user has is no sign of a delete.
func TestAbsentNeedsWhatWasSaved(t *testing.T) {
	const own = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: default}\nspec: {}\n"
	if text, done := (Delete{Save: fileOf(t, own)}).Absent("default", "web"); done {
		t.Errorf("the user's own file: %q", text)
	}
	if _, done := (Delete{Save: fileOf(t, keepsakeMark+"\n"+own)}).Absent("default", "web"); !done {
		t.Error("what was saved is not seen")
	}
}

func TestAgreed(t *testing.T) {
	for line, want := range map[string]bool{"y\n": true, "Yes\n": true, " y ": true, "": false, "\n": false, "n\n": false, "yesterday\n": false} {
		if err := agreed(line); (err == nil) != want {
			t.Errorf("%q: %v", line, err)
		}
	}
}
