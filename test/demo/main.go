// SPDX-License-Identifier: Apache-2.0

// Command demo plays a story with the real commands: ordered scale, a rolling
// update, a canary that is promoted, and one that fails and is aborted. Each
// command is shown, run and held to its exit code.
//
// It plays on the cluster that KUBECONFIG names (`make demo` starts one for it),
// or on the context that DEMO_CONTEXT names; there it makes a namespace of its
// own and removes only that.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"golang.org/x/term"
)

//go:embed myapp.yaml
var manifest string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s, err := newStage()
	if err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	return errors.Join(s.play(ctx), s.close())
}

// stage is where the story is played.
type stage struct {
	contextName   string // "" for the current one
	namespaceName string
}

func newStage() (stage, error) {
	var mark [3]byte
	if _, err := rand.Read(mark[:]); err != nil {
		return stage{}, fmt.Errorf("random name: %w", err)
	}
	return stage{
		contextName:   os.Getenv("DEMO_CONTEXT"),
		namespaceName: "kubectl-sts-demo-" + hex.EncodeToString(mark[:]),
	}, nil
}

// open names the cluster before it touches it, and makes the namespace.
func (s stage) open(ctx context.Context) error {
	cluster, err := s.kubectl(ctx, "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server} (context {.current-context})").Output()
	if err != nil {
		return fmt.Errorf("no cluster to play on: %w", err)
	}
	fmt.Printf("Playing on %s, in a namespace of its own, %s.\n", cluster, s.namespaceName)
	return s.quietly(ctx, "create", "namespace", s.namespaceName)
}

// close removes the namespace, also when the play was interrupted.
func (s stage) close() error {
	fmt.Printf("\nRemoving namespace %s.\n", s.namespaceName)
	return s.quietly(context.Background(), "delete", "namespace", s.namespaceName, "--wait=false")
}

func (s stage) play(ctx context.Context) error {
	for _, scene := range story() {
		fmt.Printf("\n%s\n", loud(scene.says))
		for _, line := range scene.lines {
			if err := s.show(ctx, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// loud is bold where a person reads it.
func loud(text string) string {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return text
	}
	return "\033[1m" + text + "\033[0m"
}

// show prints a command as a user would type it, runs it, and holds it to its exit code.
func (s stage) show(ctx context.Context, l line) error {
	fmt.Printf("$ kubectl %s\n", strings.Join(l.args, " "))
	cmd := s.kubectl(ctx, append(l.args, "-n", s.namespaceName)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if l.stdin != "" {
		cmd.Stdin = strings.NewReader(l.stdin)
	}
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return fmt.Errorf("kubectl %s: %w", strings.Join(l.args, " "), err)
	}
	if code := cmd.ProcessState.ExitCode(); code != l.code {
		return fmt.Errorf("kubectl %s: exit code %d, expected %d", strings.Join(l.args, " "), code, l.code)
	}
	if l.code != 0 {
		fmt.Printf("(exit code %d)\n", l.code)
	}
	return nil
}

func (s stage) quietly(ctx context.Context, args ...string) error {
	if out, err := s.kubectl(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// kubectl takes the context as a flag behind the plugin's name: kubectl allows
// none before it.
func (s stage) kubectl(ctx context.Context, args ...string) *exec.Cmd {
	if s.contextName != "" {
		args = append(args, "--context", s.contextName)
	}
	return exec.CommandContext(ctx, "kubectl", args...)
}
