// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"testing"
)

// What a file has goes on as a line of JSON for each document, however it is written.
func TestDocuments(t *testing.T) {
	for name, file := range map[string]string{
		"YAML":               "a: 1\nb: [2]\n",
		"JSON":               `{"a":1,"b":[2]}`,
		"JSON and a newline": `{"a":1,"b":[2]}` + "\n",
		"JSON on many lines": "{\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}\n",
		"after a comment":    "# none\n---\n{\"a\":1,\n\"b\":[2]}\n",
	} {
		got, err := documents([]byte(file))
		if want := `{"a":1,"b":[2]}`; err != nil || string(bytes.Join(got, []byte("|"))) != want {
			t.Errorf("%s: it is %q (%v), want %q", name, got, err, want)
		}
	}
}
