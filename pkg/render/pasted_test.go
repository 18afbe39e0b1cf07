// SPDX-License-Identifier: Apache-2.0

package render

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// printed is a command that somebody is told to run.
var printed = regexp.MustCompile(`(?m)(?:\b(?:try|next|hint): |"(?:next|remedy)": "|to make one[^:]*: |correct it: )((?:kubectl|pv|scale|canary|promote|abort|apply|delete|check|status) [^\n]*)`)

// TestPastedCommands: whoever pastes a command as it is printed, or shown in the
// documentation, runs that command and no other, even where a word is left to fill in.
func TestPastedCommands(t *testing.T) {
	commands := 0
	for _, pattern := range []string{"testdata/*", "../../docs/*.md", "../../README.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			commands += pasted(t, file)
		}
	}
	if commands < 20 {
		t.Errorf("only %d commands found", commands)
	}
}

// pasted tries the commands that a file has, and counts them.
func pasted(t *testing.T, file string) (commands int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range printed.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.SplitSeq(unframed(match[1]), " && ") {
			commands++
			if _, err := rollouttest.Pasted(line); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	return commands
}

// unframed is a command without what stands around it in a document or in colour.
func unframed(line string) string {
	line, _, _ = strings.Cut(line, "\x1b")
	line = strings.TrimSuffix(strings.TrimRight(line, ",`"), "`.")
	if end, quoted := strings.CutSuffix(line, `"`); quoted {
		line = strings.ReplaceAll(end, `\"`, `"`)
	}
	return line
}
