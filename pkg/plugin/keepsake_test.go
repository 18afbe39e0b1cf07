// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A file system without hard links (FAT, some network folders) takes the manifest
// too, and what is there already stays.
func TestKeepsakeWithoutLinks(t *testing.T) {
	unlinkable := func(from, to string) error {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	k := keepsake{path: filepath.Join(t.TempDir(), "web.yaml")}
	if err := k.writeBy(unlinkable, []byte("a: 1\n")); err != nil {
		t.Fatal(err)
	}
	if err := k.writeBy(unlinkable, []byte("a: 2\n")); err == nil {
		t.Error("it took the place of what was there")
	}
	text, err := os.ReadFile(k.path)
	info, errInfo := os.Stat(k.path)
	if err := errors.Join(err, errInfo); err != nil {
		t.Fatal(err)
	}
	if string(text) != "a: 1\n" || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("it is %q, for %s", text, info.Mode())
	}
	if left, err := os.ReadDir(filepath.Dir(k.path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
