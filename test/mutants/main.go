// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	pattern := strings.Join(os.Args[1:], "|")
	if err := run(context.Background(), pattern); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// patience ends the tests of a mutant that never ends by itself: it is killed.
const patience = 5 * time.Minute

func run(ctx context.Context, pattern string) error {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	var failed []string
	for _, m := range mutants {
		if !wanted.MatchString(m.name) {
			continue
		}
		killer, err := m.test(ctx)
		switch {
		case err != nil:
			killer = "NO MUTANT: " + err.Error()
			failed = append(failed, m.name)
		case killer == "":
			killer = "SURVIVED"
			failed = append(failed, m.name)
		}
		fmt.Fprintf(os.Stdout, "%-55s %s\n", m.name, killer)
	}
	if len(failed) > 0 {
		return fmt.Errorf("not killed: %s", strings.Join(failed, "; "))
	}
	return nil
}

// test runs the tests on a mutant, and returns the first that failed; "" for none.
func (m mutant) test(ctx context.Context) (killer string, err error) {
	folder, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	overlay, err := m.overlay(folder)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := append([]string{"test", "-vet=off", "-failfast", "-timeout=3m", "-overlay", overlay}, m.tests()...)
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "time", nil
	case err == nil:
		return "", nil
	case strings.Contains(string(out), "[build failed]"), strings.Contains(string(out), "[setup failed]"):
		return "", fmt.Errorf("it does not compile: %s", out)
	}
	return first(string(out)), nil
}

// overlay writes the mutant beside the original, and what tells the compiler so.
func (m mutant) overlay(folder string) (string, error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	wrong, err := m.in(string(text))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(folder, "mutant.go")
	if err := os.WriteFile(changed, []byte(wrong), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}

// in is the file's text with the mistake.
func (m mutant) in(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%s has %d times %q, and a mutant needs one", m.file, n, m.old)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}

// tests are those of the mutant's package; what is decided, the laws try too.
func (m mutant) tests() []string {
	if strings.HasPrefix(m.file, "pkg/rollout/") {
		return []string{"./pkg/rollout"}
	}
	return []string{"./" + filepath.Dir(m.file)}
}

var (
	failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	hanging = regexp.MustCompile(`running tests:\s+(\S+)`)
)

// first names the first test that failed, the innermost, or the one that never ended.
func first(out string) string {
	if hung := hanging.FindStringSubmatch(out); hung != nil {
		return hung[1] + ", which never ends"
	}
	found := failure.FindAllStringSubmatch(out, -1)
	if len(found) == 0 {
		return "panic"
	}
	name := found[0][1]
	for _, f := range found {
		if strings.HasPrefix(f[1], name) {
			name = f[1]
		}
	}
	return name
}
