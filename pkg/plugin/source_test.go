// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/resource"
)

// endless is a file that has no end, as /dev/zero.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestOpenEnds(t *testing.T) {
	if _, err := open("-", endless{}); err == nil || !strings.Contains(err.Error(), "more than 32 MiB") {
		t.Errorf("an endless file: %v", err)
	}
	name := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(name, []byte("kind: x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := open(name, nil); err != nil || string(text) != "kind: x" {
		t.Errorf("a file: %q (%v)", text, err)
	}
	if text, err := open("-", strings.NewReader("kind: x")); err != nil || string(text) != "kind: x" {
		t.Errorf("standard input: %q (%v)", text, err)
	}
	if _, err := open(name+".gone", io.LimitReader(nil, 0)); err == nil || strings.Contains(err.Error(), name) {
		t.Errorf("no file: %v; its name is told by who calls", err)
	}
}

// folder is a directory of manifests, one of them a kustomization's.
func folder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"b.yaml":                 "kind: B\nmetadata: {name: 9007199254740993}\n",
		"a.json":                 `{"kind":"A"}`,
		"notes.txt":              "no manifest",
		"deep/c.yml":             "kind: C",
		"k/kustomization.yaml":   "namePrefix: pre-\nresources: [set.yaml]\n",
		"k/set.yaml":             "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {replicas: 3}\n",
		"none/readme.md":         "nothing",
		"twice/d.yaml":           "kind: D\na: 1\na: 2\n",
		"utf16/e.yaml":           "\xff\xfek\x00i\x00n\x00d\x00:\x00 \x00E\x00",
		"pattern/web-1.yaml":     "kind: One",
		"pattern/web-2.yaml":     "kind: Two",
		"pattern/other-web.yaml": "kind: Other",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestSources: what -f, -R and -k stand for, as with kubectl.
func TestSources(t *testing.T) {
	root := folder(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/f.yaml":
			_, _ = io.WriteString(w, "kind: F")
		case "/fails":
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	in := func(name string) string { return filepath.Join(root, name) }
	for name, tt := range map[string]struct {
		options resource.FilenameOptions
		want    string // documents, or the error
	}{
		"a directory":           {resource.FilenameOptions{Filenames: []string{root}}, `{"kind":"A"}|{"kind":"B","metadata":{"name":9007199254740993}}`},
		"and those in it":       {resource.FilenameOptions{Filenames: []string{in("deep"), in("pattern")}, Recursive: true}, `{"kind":"C"}|{"kind":"Other"}|{"kind":"One"}|{"kind":"Two"}`},
		"a pattern":             {resource.FilenameOptions{Filenames: []string{in("pattern/web-*.yaml")}}, `{"kind":"One"}|{"kind":"Two"}`},
		"a file of any name":    {resource.FilenameOptions{Filenames: []string{in("a.json"), "-"}}, `{"kind":"A"}|{"kind":"stdin"}`},
		"a URL":                 {resource.FilenameOptions{Filenames: []string{server.URL + "/f.yaml"}}, `{"kind":"F"}`},
		"a kustomization":       {resource.FilenameOptions{Kustomize: in("k")}, `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"pre-web"},"spec":{"replicas":3}}`},
		"UTF-16":                {resource.FilenameOptions{Filenames: []string{in("utf16")}}, `{"kind":"E"}`},
		"no kustomization":      {resource.FilenameOptions{Kustomize: in("deep")}, in("deep") + ": "},
		"nothing in it":         {resource.FilenameOptions{Filenames: []string{in("none")}}, in("none") + ": there is no file in it that ends in .json, .yaml, .yml"},
		"gone":                  {resource.FilenameOptions{Filenames: []string{in("gone*.yaml")}}, in("gone*.yaml") + ": no such file or directory"},
		"a key twice":           {resource.FilenameOptions{Filenames: []string{in("twice")}}, in("twice/d.yaml") + `: line 3: mapping key "a" already defined at line 2`},
		"a URL that is gone":    {resource.FilenameOptions{Filenames: []string{server.URL + "/gone"}}, server.URL + "/gone: the server answers 404 Not Found"},
		"a URL that fails":      {resource.FilenameOptions{Filenames: []string{server.URL + "/fails"}}, server.URL + "/fails: the server answers 502 Bad Gateway"},
		"another kind of URL":   {resource.FilenameOptions{Filenames: []string{"s3://x/y"}}, "s3://x/y: -f takes the URLs http:// and https://"},
		"a kustomization and R": {resource.FilenameOptions{Kustomize: in("k"), Recursive: true}, "-k goes without -f and -R"},
	} {
		flags := sourceFlags{FilenameOptions: tt.options, in: strings.NewReader("kind: stdin")}
		var found []string
		err := flags.read(func(text []byte) error { found = append(found, strings.TrimSpace(string(text))); return nil })
		if got := strings.Join(found, "|"); err == nil && got != tt.want || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: it is %s (%v), want %s", name, got, err, tt.want)
		}
	}
}
