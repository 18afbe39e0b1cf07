// SPDX-License-Identifier: Apache-2.0

package document

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// What a file has goes on as a line of JSON for each document, however it is written.
func TestSplit(t *testing.T) {
	const one = `{"a":1,"b":[2]}`
	for name, tt := range map[string]struct{ text, want string }{
		"YAML":                  {"a: 1\nb: [2]\n", one},
		"JSON":                  {one, one},
		"JSON and a newline":    {one + "\n", one},
		"JSON on many lines":    {"{\n\t\"a\": 1,\n\t\"b\": [\n    2\n  ]\n}\n", one},
		"after a comment":       {"# none\n---\n{\"a\":1,\n\"b\":[2]}\n", one},
		"JSON after JSON":       {one + one, one + "|" + one},
		"flow style":            {"{a: 1, b: [2]}\n", one},
		"flow style, documents": {"{a: 1, b: [2]}\n---\na: 1\nb: [2]\n---\n" + one, one + "|" + one + "|" + one},
		"flow style, quoted":    {"\n{\"a\": 1, # one\n \"b\": [2],}\n", one},
		"a comment after JSON":  {one + "\n# none\n", one},
		"an end marked":         {"{a: 1}\n...\n# none\n", `{"a":1}`},
		"documents":             {"a: 1\n---\n---\n# none\n---\nb: 2\n", `{"a":1}|{"b":2}`},
		"nothing":               {"", ""},
		"a number that is long": {"a: 9007199254740993\n", `{"a":9007199254740993}`},
		"a merge overridden":    {"base: &base {b: 1}\nx:\n  <<: *base\n  b: 2\n", `{"base":{"b":1},"x":{"b":2}}`},
		"UTF-16":                {"\xff\xfea\x00:\x00 \x00\xe9\x00\n\x00", `{"a":"é"}`},
		"UTF-16, the other way": {"\xfe\xff\x00a\x00:\x00 \x001", `{"a":1}`},
		"a byte order mark":     {"\xef\xbb\xbfa: 1\n", `{"a":1}`},
		"equal keys apart":      {"a: {k: 1}\nb: {k: 1}\n", `{"a":{"k":1},"b":{"k":1}}`},
	} {
		got, err := Split([]byte(tt.text))
		if err != nil || string(bytes.Join(got, []byte("|"))) != tt.want {
			t.Errorf("%s: it is %q (%v), want %q", name, got, err, tt.want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"no YAML":                {"a:\tb: c", "mapping values are not allowed"},
		"no JSON":                {`{"a":1,]`, "invalid character ']'"},
		"no flow style":          {"{a: 1, b", "line 1: did not find expected ',' or '}'"},
		"flow, a key twice":      {"{a: 1, a: 2}", `line 1: mapping key "a" already defined`},
		"flow after flow":        {"{a: 1}\n{b: 2}", "more follows the end of the document"},
		"flow after JSON":        {`{"a":1}{b: 2}`, "invalid character 'b'"},
		"after the end":          {"a: 1\n...\nb: 2\n", "more follows the end of the document"},
		"a key twice":            {"a: 1\nb: 2\na: 3\n", `line 3: mapping key "a" already defined at line 1`},
		"deep down":              {"a:\n- b: {c: 1, c: 2}\n", `line 2: mapping key "c" already defined`},
		"in the second document": {"a: 1\n---\nb: 1\nb: 2\n", `document 2: line 2: mapping key "b"`},
		"no separator":           {"apiVersion: v1\nkind: A\nspec: 1\napiVersion: v1\nkind: B\nspec: 2\n", "line 4: another document begins, and the line --- before it is missing"},
		"half of UTF-16":         {"\xff\xfea", "ends in half of a character"},
		"a field twice":          {`{"a":{"b":1,"b":2}}`, `duplicate field "a.b"`},
		"in a later value":       {`{"a":1}{"a":1,"a":2}`, `duplicate field "a"`},
	} {
		got, err := Split([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: it is %q and %v, want %q", name, got, err, tt.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, text := range []string{"a: 1\n---\nb: 2", `{"a":1}{"b":[null]}`, "a: &a [*a]", "<<: 1", "? [a]\n: b", "\t", "---\n...\n---", "a: !!binary x", "{a: 1, a: 2}", "{a: {b: c}}\n---\n{d: 1}", "{\"a\": 1,}", "{a: 1}{b: 2}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Split([]byte(text))
		if err != nil && all != nil {
			t.Errorf("%q: it is %q and %v", text, all, err)
		}
		for _, object := range all {
			if !json.Valid(object) || bytes.ContainsRune(object, '\n') || string(object) == "null" {
				t.Errorf("%q has %q", text, object)
			}
		}
	})
}
