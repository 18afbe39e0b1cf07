// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"os"
	"path/filepath"
	"testing"
)

// A log may be opened while a line is being written: what was begun before is passed over.
func TestOpenWithinALine(t *testing.T) {
	const kept = `{"stage":"ResponseComplete","verb":"patch","objectRef":{"resource":"statefulsets","namespace":"n","name":"web"}}` + "\n"
	for name, before := range map[string]string{"an empty log": "", "at a line": kept, "within a line": `{"objectRef":{"names`} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.log")
			rest := map[bool]string{true: `pace":"n"}}` + "\n"}[name == "within a line"]
			appendTo(t, path, before)
			log, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := log.Close(); err != nil {
					t.Error(err)
				}
			})
			log.Keep("n")
			appendTo(t, path, rest+kept)
			if _, err := log.Read("n"); err != nil {
				t.Error(err)
			}
		})
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
