// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
