// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/template"

	"sigs.k8s.io/yaml"
)

// draft says how a submission differs from the one that is meant to be good.
type draft struct {
	fileName string                   // instead of sts.yaml
	edit     func(text string) string // of the finished manifest
	pack     func(binName string) []byte
}

// submit plays krew-release-bot: it finishes the template with the archives
// that the draft packs, and lets krew read the outcome.
func submit(t *testing.T, d draft) submission {
	t.Helper()
	s := submission{fileName: "sts.yaml", archives: map[string][]byte{}}
	text := finish(t, func(uri string) []byte {
		s.archives[uri] = d.archive(t, uri)
		return s.archives[uri]
	})
	if d.fileName != "" {
		s.fileName = d.fileName
	}
	if d.edit != nil {
		text = d.edit(text)
	}
	s.text = []byte(text)
	if err := yaml.Unmarshal(s.text, &s.manifest); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// archive returns what the release has at the URI.
func (d draft) archive(t *testing.T, uri string) []byte {
	t.Helper()
	binName := "kubectl-sts"
	if strings.Contains(uri, "windows") {
		binName += ".exe"
	}
	if d.pack != nil {
		return d.pack(binName)
	}
	return pack(t, entry{name: binName}, entry{name: "LICENSE", content: read(t, "../LICENSE")})
}

// finish fills in the template as the bot does: the address of an archive is a template, too.
func finish(t *testing.T, download func(uri string) []byte) string {
	t.Helper()
	bot := template.FuncMap{"addURIAndSha": func(url, _ string) string {
		uri := expand(t, url, nil)
		return fmt.Sprintf("uri: %s\n    sha256: %x", uri, sha256.Sum256(download(uri)))
	}}
	return expand(t, read(t, "sts.yaml"), bot)
}

func expand(t *testing.T, text string, functions template.FuncMap) string {
	t.Helper()
	parsed, err := template.New("").Funcs(functions).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var expanded strings.Builder
	if err := parsed.Execute(&expanded, struct{ TagName string }{"v0.1.0"}); err != nil {
		t.Fatal(err)
	}
	return expanded.String()
}

func read(t *testing.T, fileName string) string {
	t.Helper()
	content, err := os.ReadFile(fileName)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
