// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// patience is how long a component may take to be well, or to end when asked.
const (
	startPatience = 2 * time.Minute
	stopPatience  = 5 * time.Second
)

// A child is a component's process that this process started.
type child struct {
	process *os.Process
	ended   <-chan struct{} // closed when it did
}

// spawn starts the component as a process of this same binary.
func (d Dir) spawn(name string) (child, error) {
	self, err := os.Executable()
	if err != nil {
		return child{}, fmt.Errorf("component %q: %w", name, err)
	}
	output, err := os.OpenFile(d.Log(name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return child{}, fmt.Errorf("component %q: %w", name, err)
	}
	command := exec.Command(self, "serve", name, "--dir", string(d))
	command.Stdout, command.Stderr = output, output
	// kwok adds the user's own stages, if there are any, to those it is given.
	command.Env = append(os.Environ(), "KWOK_WORKDIR="+d.config("none"))
	// A session of its own: what ends the terminal must not end the cluster.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = command.Start()
	if err := errors.Join(err, output.Close()); err != nil {
		return child{}, fmt.Errorf("component %q: %w", name, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// How it ended stands in its log; here only that it did matters.
		_ = command.Wait()
	}()
	return child{process: command.Process, ended: ended}, nil
}

// end kills the child. It may have ended by itself, which is as good.
func (c child) end() {
	_ = c.process.Kill()
	<-c.ended
}

// pid returns the process id of the component, or 0 if it does not run.
func (d Dir) pid(name string) (int, error) {
	return lock.Holder(d.lock(name))
}

// start brings one component up and returns when it is well. A process that
// does not get there is ended.
func (d Dir) start(ctx context.Context, state State, p prober, name string) error {
	component, err := Find(name)
	if err != nil {
		return err
	}
	pid, err := d.pid(name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, fmt.Errorf("%s is not well after %s, its log is %s", name, startPatience, d.Log(name)))
	defer cancel()
	well := func(ctx context.Context) error { return p.ask(ctx, component.health(state.Ports)) }
	if pid != 0 {
		return until(ctx, well)
	}
	child, err := d.spawn(name)
	if err != nil {
		return err
	}
	if err := d.watched(ctx, name, child, well); err != nil {
		child.end()
		return err
	}
	return nil
}

// watched is until for as long as the child lives.
func (d Dir) watched(ctx context.Context, name string, c child, check func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case <-c.ended:
			stop(fmt.Errorf("%s ended while it started, the end of %s is:\n%s", name, d.Log(name), tail(d.Log(name))))
		case <-ctx.Done():
		}
	}()
	return until(ctx, check)
}

// stop asks the component to end, and makes it end when it does not.
func (d Dir) stop(ctx context.Context, name string) error {
	pid, err := d.pid(name)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("component %q: %w", name, err)
	}
	gentle, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if d.awaitEnd(gentle, name) == nil {
		return nil
	}
	return d.kill(ctx, name)
}

// kill ends the component without a word.
func (d Dir) kill(ctx context.Context, name string) error {
	pid, err := d.pid(name)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("component %q: %w", name, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, stopPatience, fmt.Errorf("%s did not end when killed", name))
	defer cancel()
	return d.awaitEnd(ctx, name)
}

func (d Dir) awaitEnd(ctx context.Context, name string) error {
	return until(ctx, func(context.Context) error {
		pid, err := d.pid(name)
		if err != nil {
			return err
		}
		if pid != 0 {
			return fmt.Errorf("%s still runs as process %d", name, pid)
		}
		return nil
	})
}

// linkKubectl puts the kubectl of this binary where a PATH can name it.
func (d Dir) linkKubectl() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("kubectl link: %w", err)
	}
	link := filepath.Join(d.Bin(), "kubectl")
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("kubectl link: %w", err)
	}
	return os.Symlink(self, link)
}

func tail(path string) string {
	const lines = 5
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(string(bytes.TrimSpace(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
