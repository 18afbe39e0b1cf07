// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/document"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// FuzzCommandLine: whatever is typed, a word to a line, is a request or exit
// code 2, and the same words ask for the same.
func FuzzCommandLine(f *testing.F) {
	for _, argv := range []string{
		"scale web --replicas 3", "scale web --replicas -3", "scale web --replicas 99999999999 --step 0",
		"canary sts/web --image app=app:v2 --count 50% --step 1", "canary web --image = --env : --count %",
		"canary web --env app:KEY=a=b --count 101%", "canary web -p {\"spec\":{}} --patience -1s", "canary web -p \xff",
		"promote statefulset.apps/web --count +5% --soak 1e9s", "promote web --count 0x10 --revision \x1b[2J",
		"abort web web", "abort WEB", "abort -- -x", "abort web -w -o json --dry-run=none", "abort web -o jsonpath={.a[}",
		"status --exit-code -A", "pv plan web", "nothing", "--color never", "abort \u202eweb",
	} {
		f.Add(strings.ReplaceAll(argv, " ", "\n"))
	}
	f.Fuzz(func(t *testing.T, lines string) {
		argv := strings.Split(lines, "\n")
		if readsFiles(argv) {
			return
		}
		first, err := askedFor(t, argv)
		if err != nil {
			if code, _, _ := verdict(err); code != ExitUsage {
				t.Errorf("%q: exit code %d: %v", argv, code, err)
			}
			return
		}
		second, err := askedFor(t, argv)
		if err != nil || (first == nil) != (second == nil) {
			t.Errorf("%q: at first %v, then %v (%v)", argv, first, second, err)
		}
	})
}

// readsFiles: what a path leads to is not of the fuzzer's making.
func readsFiles(argv []string) bool {
	for _, arg := range argv {
		long := strings.HasPrefix(arg, "--")
		if long && strings.Contains(arg, "file") || !long && strings.HasPrefix(arg, "-") && strings.Contains(arg, "f") {
			return true
		}
	}
	return false
}

// FuzzAmount: an amount that is taken is at least one of any number of ordinals,
// and a percentage never more than all.
func FuzzAmount(f *testing.F) {
	for _, text := range []string{"1", "100%", "+5%", "-1", "0%", "1e3", " 1", "1 %", "٣", "2147483648", "%", "", "1%%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		amount, err := parseAmount("count", text)
		if err != nil {
			if code, _, _ := verdict(err); code != ExitUsage {
				t.Errorf("%q: exit code %d: %v", text, code, err)
			}
			return
		}
		for _, all := range []int{1, 3, 100} {
			n, err := intstr.GetScaledValueFromIntOrPercent(&amount, all, true)
			if err != nil || n < 1 || amount.Type == intstr.String && n > all {
				t.Errorf("%q of %d is %d: %v", text, all, n, err)
			}
		}
	})
}

// FuzzName: a name that is taken is one that a server would take, and steers no terminal.
func FuzzName(f *testing.F) {
	for _, text := range []string{"web", "sts/web", "STS/web", "statefulsets.apps/web", "deployment/web", "sts/", "/", "we\x1bb", "web\u202e", "a/b/c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		setName, err := parseName(text)
		if err == nil && (setName == "" || strings.Trim(setName, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "") {
			t.Errorf("%q is taken for %q", text, setName)
		}
	})
}

// live is the stable template of the set that the sources are tried on.
const live = `{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"app:v1","env":[{"name":"A","value":"1"}]}]}}`

func opening() Opening {
	spec := `{"replicas":3,"template":` + live + `}`
	return Opening{
		State: rollout.State{
			Set:       rollout.Set{Namespace: "default", Name: "web", Current: "web-a", Update: "web-a", Live: []byte(live), Whole: []byte(spec)},
			Revisions: rollout.Revisions{{Name: "web-a", Number: 1, Template: []byte(live)}},
		},
		Soak: func([]byte, int32) (time.Duration, error) { return 0, nil },
		Note: func(string, ...any) {},
	}
}

// FuzzTemplateSources: what --image, --env, -p and -f make of a template is an
// object, or the command ends with 2 or 4 before anything is sent.
func FuzzTemplateSources(f *testing.F) {
	f.Add("app=app:v2", "app:KEY=value", `{"spec":{"containers":[{"name":"app","image":"app:v2"}]}}`, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {template: {spec: {}}}")
	f.Add("=", ":=", `{"$patch":"delete"}`, "apiVersion: apps/v1\nkind: StatefulSet\n---\nkind: StatefulSet")
	f.Add("app=\x1b]0;title\x07", "app:\u202e=\x00", `{"spec":{"containers":{"$patch":"replace"}}}`, "{")
	f.Add("sidecar=a", "app:A", `{"spec":null}`, "apiVersion: apps/v1\nkind: StatefulSet\nspec: null\nmetadata: {name: web}")
	f.Add("app==", "app:A=", `[]`, "apiVersion: apps/v1\nkind: StatefulSet\nspec: []\nmetadata: {name: web}")
	f.Add("app=a", "app:A=2", `{"spec":{"containers":[{"image":"no name"}]}}`, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {template: null}")
	f.Add("a=", ":A=", `[{}]`, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {template: 0}")
	f.Add("app=a", "app:A=2", `{"spec":{"containers":[{"name":"app","$patch":"delete"}],"$setElementOrder/containers":[1]}}`, "a: &a [*a]")
	f.Fuzz(func(t *testing.T, image, env, patch, manifest string) {
		intents := []Canary{{Images: []string{image}}, {Env: []string{env}}, {Patch: patch}}
		flags := canaryFlags{files: sourceFlags{in: strings.NewReader(manifest)}}
		flags.files.Filenames = []string{"-"}
		if found, err := flags.manifest("web"); err == nil {
			intents = append(intents, Canary{Manifest: found})
		} else if code, _, _ := verdict(err); code != ExitUsage {
			t.Errorf("%q: exit code %d: %v", manifest, code, err)
		}
		for _, i := range intents {
			tryTemplate(t, i)
		}
	})
}

func tryTemplate(t *testing.T, i Canary) {
	t.Helper()
	raw, err := i.template(opening())
	if err != nil {
		if code, _, _ := verdict(err); code != ExitUsage && code != ExitRefused {
			t.Errorf("%+v: exit code %d: %v", i, code, err)
		}
		return
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		t.Errorf("%+v makes %s: %v", i, raw, err)
	}
}

// FuzzManifest: what a file of manifests holds is a set that a server may have,
// whose volumes can be planned, or exit code 2.
func FuzzManifest(f *testing.F) {
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: "
	for _, text := range []string{
		set + "{replicas: 2, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}",
		set + "{replicas: -1}", set + "{replicas: 2147483647}", set + "{ordinals: {start: 2147483647}}", set + "{ordinals: {start: -3}, replicas: 2}",
		set + "{volumeClaimTemplates: [{}, {metadata: {name: \"\\e]0;t\\a\"}, spec: {resources: {requests: {storage: -1e99}}}}]}",
		set + "{volumeClaimTemplates: [{metadata: {name: a}, spec: {selector: {matchExpressions: [{key: \"\", operator: Near}]}}}]}",
		"kind: StatefulSet\nmetadata: {name: ../../web, namespace: a/b}", "kind: StatefulSet\nmetadata: {name: \"we\\u202eb\"}",
		"kind: List\nitems: [{kind: StatefulSet, metadata: {name: a}}, {kind: PersistentVolume, metadata: {name: p}, spec: {claimRef: {name: data-a-99999999999}}}]",
		`{"kind":"List","items":[null,1,{"kind":"List","items":[]}]}`, "kind: StatefulSet\n---\nkind: StatefulSet", "a: &a [*a]", "---\n---\n# nothing\n", "\t", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var lines bytes.Buffer
		objects, err := document.Split([]byte(text))
		for _, object := range objects {
			lines.Write(append(object, '\n'))
		}
		if err != nil { // as it is told where the file is read
			return
		}
		m, err := parseManifest(Subject{Manifest: lines.String()})
		if err != nil {
			if code, _, _ := verdict(err); code != ExitUsage {
				t.Errorf("%q: exit code %d: %v", text, code, err)
			}
			return
		}
		for _, m.set = range m.sets {
			if _, err := parseName(m.set.Name); err != nil {
				t.Errorf("%q: its name is %q", text, m.set.Name)
			}
			tryVolumes(t, m)
		}
	})
}

// tryVolumes looks at the volumes of a manifest and plans some.
func tryVolumes(t *testing.T, m typedManifest) {
	t.Helper()
	set, stock := volume.SetOf(m.set), volume.Stock{Volumes: m.volumes}
	if set.Replicas > 100 { // as good as many more, and sooner over
		return
	}
	volume.Findings(set, stock.Standings(set, set.Known(stock)))
	recipe := volume.Recipe{Kind: volume.NFS, Name: volume.DefaultName, Server: "nfs", Path: "/{{.Claim}}"}
	plan, err := volume.PlanCreate(set, stock, recipe, set.Ordinals())
	if code, _, _ := verdict(err); code != ExitOK && code != ExitRefused {
		t.Errorf("exit code %d: %v", code, err)
	}
	if err == nil && len(plan.Steps) != int(set.Replicas)*len(set.Templates) {
		t.Errorf("%d volumes for %d ordinals with %d claims each", len(plan.Steps), set.Replicas, len(set.Templates))
	}
}

// FuzzLists: --ordinals and --volumes are ascending ordinals and names, each
// once, or exit code 2.
func FuzzLists(f *testing.F) {
	for _, text := range []string{"0,2-4", "4-2", "-1", "1-", "-", ",", "0-9999,0-9999", "2147483648", "0x1", "1,1", "data=a,b", "data=", "=a", "a,,b", "a,a", "a=b=c", "+1", "٣"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ordinals, err := parseOrdinals(text)
		if code, _, _ := verdict(err); code != ExitOK && code != ExitUsage {
			t.Errorf("%q: exit code %d: %v", text, code, err)
		}
		if !slices.IsSorted(ordinals) || len(ordinals) > mostOrdinals || len(ordinals) > 0 && ordinals[0] < 0 || len(slices.Compact(slices.Clone(ordinals))) < len(ordinals) {
			t.Errorf("%q makes %v", text, ordinals)
		}
		assignments, err := parseAssignments([]string{text, text})
		if code, _, _ := verdict(err); code != ExitUsage {
			t.Errorf("%q twice makes %v: exit code %d: %v", text, assignments, code, err)
		}
		assignments, err = parseAssignments([]string{text})
		if err == nil && slices.Contains(assignments[0].Volumes, "") {
			t.Errorf("%q makes %q", text, assignments)
		}
	})
}
