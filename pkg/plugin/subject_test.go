// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is wrong with one of several files is told of that one.
func TestBadFiles(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {replicas: 1}\n"
	const service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None}\n"
	web, again := file("web.yaml", set), file("again.yaml", set)
	svc, twice := file("svc.yaml", service), file("twice.yaml", service)
	numbered := file("numbered.yaml", strings.Replace(set, "name: web", "name: web, namespace: 2026", 1))
	garbled := file("garbled.yaml", "a: [b\n")
	unnamed := file("unnamed.yaml", strings.Replace(set, "name: web", "name: We_b", 1))
	other := file("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
	lines := file("lines.json", "{\n \"kind\": \"StatefulSet\",\n \"metadata\": {\"name\": \"We b\"}\n}\n")
	gone := filepath.Join(folder, "gone.yaml")
	kustomization := file("kustomization.yaml", "resources: [web.yaml]\n")
	for argv, want := range map[string]string{
		"apply -f " + kustomization:                  kustomization + ": a document has no kind; it is a kustomization, which -k " + folder + " builds",
		"apply -f " + web + " -f " + numbered:        numbered + `: the StatefulSet "web": metadata.namespace is a number (2026), where text is needed; put it in quotes`,
		"check -f " + web + " -f " + numbered:        numbered + `: the StatefulSet "web": metadata.namespace is a number`,
		"canary web -f " + numbered:                  numbered + `: the StatefulSet "web": metadata.namespace is a number`,
		"pv status -f " + numbered:                   numbered + `: the StatefulSet "web": metadata.namespace is a number`,
		"canary db -f " + web + " -f " + again:       web + ", " + again + `: there is no StatefulSet "db" in it, but web, web`,
		"canary web -f " + web + " -f " + again:      web + ", " + again + `: the file has 2 StatefulSets "web" of apps/v1, one is needed`,
		"apply -f " + web + " -f " + gone:            gone + ": no such file or directory",
		"apply -f " + web + " -f " + garbled:         garbled + ": yaml: line 1",
		"apply -f " + web + " -f " + unnamed:         unnamed + `: "We_b" is no name of a StatefulSet`,
		"apply -f " + web + " -f " + again:           again + ": statefulset.apps/web is there a second time",
		"apply -f " + svc + " -f " + twice:           twice + ": service/web is there a second time",
		"apply -f " + svc:                            svc + ": there is no StatefulSet in it",
		"apply -f " + web + " -f -":                  "standard input: ",
		"check -f " + web + " -f " + again:           again + ": statefulset.apps/web is there a second time",
		"check -f " + svc + " -f " + other:           svc + ", " + other + ": there is no StatefulSet in it",
		"pv status -f " + svc + " -f " + lines:       lines + `: "We b" is no name of a StatefulSet`,
		"pv reserve --volumes v -f " + web + " -f -": web + ", standard input: there are 2 StatefulSets in it, web, piped; name one of them beside -f",
	} {
		_, err := askedOf(t, argv)
		var bad *UsageError
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Message, want) {
			t.Errorf("%s: %v, want %q", argv, err, want)
		}
	}
}

// A canary takes the manifest of its name, of a file with several.
func TestCanaryOfOneOfSeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "several.yaml")
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\n"
	if err := os.WriteFile(path, []byte(set+"---\n"+strings.Replace(set, "web", "db", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, setName := range []string{"web", "db"} {
		asked, err := askedOf(t, "canary sts/"+setName+" -f "+path)
		if err != nil {
			t.Fatal(err)
		}
		if got := asked.(Request).Intent.(Canary).Manifest; !strings.Contains(got, `"name":"`+setName+`"`) {
			t.Errorf("%s: the manifest is %s", setName, got)
		}
	}
}

// One of several sets is named; what looks at all of them needs no name.
func TestOneOfSeveralSets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "two.yaml")
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: %}\n"
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(set, "%", "a")+"---\n"+strings.ReplaceAll(set, "%", "b")), 0o600); err != nil {
		t.Fatal(err)
	}
	for argv, want := range map[string]string{
		"check -f " + file: "", "check b -f " + file: "b", "pv status -f " + file: "", "pv create --type nfs --server s --path /x -f " + file: "", "pv release -f " + file: "", "pv reserve a --volumes v -f " + file: "a",
	} {
		got, err := askedOf(t, argv)
		if err != nil {
			t.Errorf("%s: %v", argv, err)
			continue
		}
		var subject Subject
		switch r := got.(type) {
		case CheckRequest:
			subject = r.Subject
		case VolumeStatusRequest:
			subject = r.Subject
		case VolumeRequest:
			subject = r.Subject
		}
		if subject.SetName != want || subject.Manifest == "" {
			t.Errorf("%s: %+v", argv, subject)
		}
	}
}

// JSON may be spread over lines.
func TestSpreadOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.json")
	const text = "{\n  \"kind\": \"Service\"\n}\n{\n  \"kind\": \"StatefulSet\",\n  \"metadata\": {\n    \"name\": \"piped\"\n  }\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := askedOf(t, "check -f "+file)
	want := CheckRequest{Subject: Subject{SetName: "piped", Manifest: pipedJSON, Words: "-f " + file}, Color: "auto"}
	if diff := cmp.Diff(any(want), got); err != nil || diff != "" {
		t.Errorf("%v, want -, got +\n%s", err, diff)
	}
}
