// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts in testdata as they are now; commit only what you understand")

func TestTranscripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { compare(t, path) })
	}
}

func compare(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var told string
	synctest.Test(t, func(t *testing.T) {
		if told, err = rollouttest.Script(t.Context(), string(text)); err != nil {
			t.Fatal(err)
		}
	})
	if *rewrite {
		if err := os.WriteFile(path, []byte(told), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), told); diff != "" {
		t.Errorf("%s tells another story now (-rewrite writes it):\n%s", path, diff)
	}
}
