// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	s := submit(t, draft{})
	for i, r := range rules() {
		t.Run(fmt.Sprintf("%d %s", i+1, r.demand), func(t *testing.T) {
			if err := r.check(s); err != nil {
				t.Errorf("%v in\n%s", err, s.text)
			}
		})
	}
}

func TestRulesReject(t *testing.T) {
	rejected := counterExamples(t)
	for i, r := range rules() {
		t.Run(fmt.Sprintf("%d %s", i+1, r.demand), func(t *testing.T) {
			if len(rejected[i+1]) == 0 {
				t.Error("no manifest is known that breaks this rule")
			}
			for n, d := range rejected[i+1] {
				s := submit(t, d)
				if err := r.check(s); err == nil {
					t.Errorf("manifest %d passes:\n%s", n, s.text)
				} else {
					t.Log(err)
				}
			}
		})
	}
}

// counterExamples has, under the number of each rule, what it must turn down.
func counterExamples(t *testing.T) map[int][]draft {
	t.Helper()
	all := wrongPlugins(t)
	maps.Copy(all, wrongPlatforms(t))
	maps.Copy(all, wrongArchives(t))
	return all
}

// wrongPlugins are wrong in what they say of the plugin as a whole.
func wrongPlugins(t *testing.T) map[int][]draft {
	t.Helper()
	return map[int][]draft{
		1: {{edit: swap(t, "v1alpha2", "v1alpha1")}, {edit: swap(t, "kind: Plugin", "kind: plugin")}},
		2: {{fileName: "sts.yml"}, {fileName: "statefulset.yaml"}},
		3: {{edit: swap(t, "name: sts", "name: s.ts")}, {edit: swap(t, "name: sts", "name: Lpt1")}, {edit: swap(t, "name: sts", "name: ''")}},
		4: {{edit: swap(t, "shortDescription:", "#")}, {edit: swap(t, "shortDescription: R", `shortDescription: "\n" #`)}},
		5: {
			{edit: swap(t, "version: v0.1.0", "version: v0.1")},
			{edit: swap(t, "version: v0.1.0", "version: 0.1.0")},
			{edit: swap(t, "version: v0.1.0", "version: v0.01.0")},
			{edit: swap(t, "version: v", "#")},
		},
		17: {{edit: swap(t, "homepage:", "homepag:")}, {edit: inEach(t, "extra: 1")}, {edit: swap(t, "kind: Plugin", "kind: Plugin\nkind: Plugin")}},
		18: {
			{edit: swap(t, "Roll out", "Carefully and slowly roll out")},
			{edit: swap(t, "Roll out", "A plugin for")},
			{edit: swap(t, "at a time", "at a time.")},
		},
		19: {{edit: swap(t, "description:", "about:")}, {edit: replace(t, `(Moves .*)\n +`, "$1 ")}},
		20: {{edit: swap(t, "homepage: https", "homepage: http")}, {edit: swap(t, "os: darwin", "os: linux")}},
	}
}

// wrongPlatforms are wrong in what they say of one platform, or of all.
func wrongPlatforms(t *testing.T) map[int][]draft {
	t.Helper()
	selects := func(machines string) func(string) string {
		return replace(t, `selector:\n.*\n.*\n.*`, "selector: "+machines)
	}
	return map[int][]draft{
		6: {
			{edit: swap(t, "uri:", "#")},
			{edit: swap(t, "sha256:", "#")},
			{edit: swap(t, "bin:", "#")},
			{edit: replace(t, `(?s)platforms:.*`, "platforms: []\n")},
		},
		7: {
			{edit: replace(t, `sha256: .*`, "sha256: "+strings.Repeat("A", 64))},
			{edit: replace(t, `sha256: .*`, "sha256: "+strings.Repeat("a", 63))},
			{edit: replace(t, `sha256: .*`, "sha256: "+strings.Repeat("g", 64))},
		},
		8: {{edit: inEach(t, "files: []")}, {edit: inEach(t, "files: [{from: a}]")}, {edit: inEach(t, "files: [{to: a}]")}},
		9: {
			{edit: selects("{}")},
			{edit: selects("{matchLabels: {}}")},
			{edit: swap(t, "arch: arm64", "cpu: arm64")},
			{edit: selects("{matchExpressions: [{key: cpu, operator: Exists}]}")},
		},
		10: {{edit: swap(t, "arch: arm64", "arch: s390x")}},
		11: {{edit: swap(t, "arch: arm64", "arch: amd64")}, {edit: replace(t, `\n +arch: arm64`, "")}},
	}
}

// wrongArchives are wrong in what is packed, or in what is installed of it.
func wrongArchives(t *testing.T) map[int][]draft {
	t.Helper()
	with := func(more entry) draft {
		return draft{pack: func(binName string) []byte {
			return pack(t, entry{name: binName}, entry{name: "LICENSE"}, more)
		}}
	}
	return map[int][]draft{
		12: {
			{edit: replace(t, `sha256: .*`, "sha256: "+strings.Repeat("0", 64))},
			{pack: func(string) []byte { return []byte("plain") }},
			with(entry{name: "../kubectl-sts"}),
			with(entry{name: "/usr/bin/kubectl-sts"}),
			with(entry{name: "kubectl_complete-sts", link: "kubectl-sts"}),
		},
		13: {{edit: inEach(t, "files: [{from: '*', to: ./}]")}, {edit: inEach(t, "files: [{from: kubectl-sts, to: ./kubectl-sts}]")}},
		14: {{edit: inEach(t, "files: [{from: '*', to: .}, {from: 'man/*', to: .}]")}},
		15: {
			{pack: func(binName string) []byte { return pack(t, entry{name: binName}) }},
			{pack: func(binName string) []byte { return pack(t, entry{name: binName}, entry{name: "LICENSE-APACHE"}) }},
			{edit: inEach(t, "files: [{from: kubectl-sts, to: .}]")},
		},
		16: {
			{pack: func(string) []byte { return pack(t, entry{name: "LICENSE"}) }},
			{edit: inEach(t, "files: [{from: '*', to: bin}]")},
			{edit: inEach(t, "files: [{from: kubectl-sts, to: sts}]")},
			{
				edit: swap(t, "kubectl-sts.exe", "kubectl-sts"),
				pack: func(string) []byte { return pack(t, entry{name: "kubectl-sts"}, entry{name: "LICENSE"}) },
			},
		},
	}
}

// inEach is one more field of every platform.
func inEach(t *testing.T, field string) func(string) string {
	t.Helper()
	return swap(t, "    bin: kubectl-sts\n", "    bin: kubectl-sts\n    "+field+"\n")
}

// swap changes a text, which must have what is to be changed.
func swap(t *testing.T, from, to string) func(string) string {
	t.Helper()
	return replace(t, regexp.QuoteMeta(from), strings.ReplaceAll(to, "$", "$$"))
}

func replace(t *testing.T, pattern, to string) func(string) string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	return func(text string) string {
		if !expression.MatchString(text) {
			t.Fatalf("no %q in\n%s", pattern, text)
		}
		return expression.ReplaceAllString(text, to)
	}
}
