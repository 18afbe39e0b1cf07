// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// forwarded are the signals that ask a command to end.
func forwarded() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
}

// An Owner is this process's hold on a cluster that ends when this process does.
type Owner struct {
	dir  Dir
	held *lock.Lock
}

// Own takes the directory for a cluster of this process, and clears what a
// cluster whose owner ended left there.
func (d Dir) Own(ctx context.Context) (Owner, error) {
	state, err := d.load()
	switch {
	case err == nil && state.Life == UntilDown:
		return Owner{}, fmt.Errorf("the cluster in %s was started by `localkube up`, end it with `localkube down` or choose another --dir", d)
	case err != nil && !errors.Is(err, ErrNone):
		return Owner{}, err
	}
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return Owner{}, fmt.Errorf("cluster directory: %w", err)
	}
	held, err := lock.Acquire(ctx, d.OwnerLock())
	var other *lock.HeldError
	if errors.As(err, &other) {
		return Owner{}, fmt.Errorf("the cluster in %s belongs to process %d, choose another --dir", d, other.PID)
	}
	if err != nil {
		return Owner{}, err
	}
	return Owner{dir: d, held: held}, d.clear()
}

// Run starts the cluster, runs the command in it and ends the cluster; it
// returns the command's exit code. The cluster does not outlive this process,
// whatever ends it.
func (o Owner) Run(ctx context.Context, nodes int, argv []string, say Progress) (int, error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, forwarded()...)
	code, err := o.dir.runOwned(ctx, nodes, argv, signals, say)
	return code, errors.Join(err, o.dir.killAll(ctx), o.held.Release())
}

func (d Dir) runOwned(ctx context.Context, nodes int, argv []string, signals <-chan os.Signal, say Progress) (int, error) {
	starting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	up := make(chan error, 1)
	go func() { up <- d.Up(starting, State{Nodes: nodes, Life: UntilOwner}, say) }()
	select {
	case s := <-signals:
		cancel(fmt.Errorf("%s while the cluster started", s))
		return signalCode(s), <-up
	case err := <-up:
		if err != nil {
			return 1, err
		}
	}
	return d.runGuarded(argv, signals)
}

// runGuarded runs the command under a guard, which is the leader of the
// command's process group and ends the group when this process ends.
func (d Dir) runGuarded(argv []string, signals <-chan os.Signal) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("command %q: %w", argv[0], err)
	}
	guard := exec.Command(self, append([]string{"guard", "--dir", string(d), "--"}, argv...)...)
	guard.Stdin, guard.Stdout, guard.Stderr = os.Stdin, os.Stdout, os.Stderr
	guard.Env = d.environment()
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	terminal := int(os.Stdin.Fd())
	if term.IsTerminal(terminal) {
		guard.SysProcAttr.Foreground, guard.SysProcAttr.Ctty = true, terminal
		defer takeTerminal(terminal)
	}
	if err := guard.Start(); err != nil {
		return 1, fmt.Errorf("command %q: %w", argv[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- guard.Wait() }()
	for {
		select {
		case s := <-signals:
			signalGroup(guard.Process.Pid, s)
		case err := <-ended:
			signalGroup(guard.Process.Pid, syscall.SIGKILL)
			return exitCode(err)
		}
	}
}

// environment is this process's, pointed at the cluster.
func (d Dir) environment() []string {
	return append(os.Environ(),
		"KUBECONFIG="+d.Kubeconfig(),
		"LOCALKUBE_DIR="+string(d),
		"PATH="+d.Bin()+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// Guard runs the command in this process's group and returns its exit code.
// It must be the leader of the group: when the owner ends, the group is killed.
func (d Dir) Guard(argv []string) (int, error) {
	if syscall.Getpgrp() != os.Getpid() {
		return 1, errors.New("guard is started by `localkube run` alone")
	}
	// Caught, not ignored: what is ignored would stay ignored in the command.
	signal.Notify(make(chan os.Signal, 1), forwarded()...)
	go d.dieWithOwner()
	command := exec.Command(argv[0], argv[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return 127, fmt.Errorf("command %q cannot be started: %w", argv[0], err)
	}
	return exitCode(command.Wait())
}

func (d Dir) dieWithOwner() {
	if err := lock.Await(d.OwnerLock()); err != nil {
		fmt.Fprintln(os.Stderr, "owner of the cluster:", err)
	}
	signalGroup(os.Getpid(), syscall.SIGKILL)
}

// signalGroup sends to a group that may be gone, which is as good.
func signalGroup(pid int, s os.Signal) {
	if number, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-pid, number)
	}
}

// exitCode follows the shell for a command that a signal ended.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalCode(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}

func signalCode(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return 1
}
