// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// Two clusters at once, from up to down.
func TestUpAndDown(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.succeed("up", "--nodes", "2")
			t.Cleanup(func() { c.localkube(context.WithoutCancel(t.Context()), "down") })

			c.expect(0, "coredns                  ready", "status")
			c.expect(0, "is up already", "up")
			c.expect(0, c.kubeconfig(), "kubeconfig")
			c.kubectl("create", "namespace", name)
			c.fates(name)
			c.outage("kube-scheduler")
			c.outage("kwok")
			c.expectAudit(name)

			c.succeed("down")
			c.expectGone()
			c.expect(1, "no cluster in", "status")
		})
	}
}

// fates sees one pod of every fate come to it.
func (c cluster) fates(namespace string) {
	c.t.Helper()
	for _, f := range []struct{ tag, path, value string }{
		{"sound", `{.status.conditions[?(@.type=="Ready")].status}`, "True"},
		{"missing", "{.status.containerStatuses[0].state.waiting.reason}", "ImagePullBackOff"},
		{"crash", "{.status.containerStatuses[0].restartCount}", "2"},
		{"unready", "{.status.containerStatuses[0].started}", "true"},
		{"flap", `{.status.conditions[?(@.type=="localkube/Flapped")].status}`, "True"},
		{"config", "{.status.containerStatuses[0].state.waiting.reason}", "CreateContainerConfigError"},
	} {
		podName := "pod-" + f.tag
		c.kubectl("-n", namespace, "run", podName, "--image=app:"+f.tag)
		c.kubectl("-n", namespace, "wait", "pod/"+podName, "--timeout=120s", "--for=jsonpath="+f.path+"="+f.value)
	}
	c.kubectl("-n", namespace, "logs", "pod-sound")
	c.kubectl("-n", namespace, "delete", "pod", "pod-sound", "--timeout=120s")
}

// outage sees a component end and come back.
func (c cluster) outage(name string) {
	c.t.Helper()
	c.succeed("stop", name)
	c.expect(1, "stopped", "status")
	c.succeed("start", name)
	c.expect(0, "ready", "status")
}

func (c cluster) expectAudit(namespace string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "audit.log"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, `"level":"RequestResponse"`) && strings.Contains(line, `"verb":"delete"`) && strings.Contains(line, "/namespaces/"+namespace+"/pods/pod-sound") {
			return
		}
	}
	c.t.Error("the audit log has no event for the pod that was deleted")
}

func TestRunPassesExitCodeOn(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	out := c.expect(7, "node-2", "run", "--", "sh", "-c", "kubectl get nodes; exit 7")
	if strings.Contains(out, "node-3") {
		t.Errorf("more than 3 nodes:\n%s", out)
	}
	c.expectGone()
	c.expect(127, `command "no-such-command" cannot be started`, "run", "--", "no-such-command")
	c.expectGone()
}

func TestRunForwardsSignals(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	run, pid := c.start(`trap 'exit 9' TERM; sleep 1000 & wait`)
	c.signal(run.Process.Pid, syscall.SIGTERM)
	c.expectExit(run, 9)
	c.awaitEnd(pid)
	c.expectGone()
}

// Whoever is killed, nothing is left: neither a component nor a process that
// the command started.
func TestRunLeavesNothing(t *testing.T) {
	t.Run("when it is killed", func(t *testing.T) {
		t.Parallel()
		c := newCluster(t)
		run, pid := c.start("sleep 1000 & wait")
		c.signal(run.Process.Pid, syscall.SIGKILL)
		c.expectExit(run, -1)
		c.awaitEnd(pid)
		c.awaitGone()
	})
	t.Run("when its command is killed", func(t *testing.T) {
		t.Parallel()
		c := newCluster(t)
		run, pid := c.start("sleep 1000 & wait")
		c.signal(pid, syscall.SIGKILL)
		c.expectExit(run, 137)
		c.expectGone()
		c.awaitEnd(pid)
	})
	t.Run("when the guard of its command is killed", func(t *testing.T) {
		t.Parallel()
		c := newCluster(t)
		run, pid := c.start("sleep 1000 & wait")
		group, err := syscall.Getpgid(pid)
		if err != nil {
			t.Fatal(err)
		}
		c.signal(group, syscall.SIGKILL)
		c.expectExit(run, 137)
		c.expectGone()
		c.awaitEnd(pid)
	})
}

// A cluster is a directory and the binary that works on it.
type cluster struct {
	t   *testing.T
	dir string
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	if os.Getenv("LOCALKUBE") == "" {
		t.Fatal("LOCALKUBE does not name the binary: build it with `make localkube` and set LOCALKUBE=$PWD/bin/localkube")
	}
	return cluster{t: t, dir: t.TempDir()}
}

func (c cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

func (c cluster) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Getenv("LOCALKUBE"), args...)
	cmd.Env = append(os.Environ(), "LOCALKUBE_DIR=", "KUBECONFIG=/dev/null")
	return cmd
}

// localkube runs a command and returns its exit code and output.
func (c cluster) localkube(ctx context.Context, args ...string) (int, string) {
	out, err := c.command(ctx, append([]string{args[0], "--dir", c.dir}, args[1:]...)...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Errorf("localkube %s: %v", strings.Join(args, " "), err)
	}
	return exitCode(exit), string(out)
}

func exitCode(exit *exec.ExitError) int {
	if exit == nil {
		return 0
	}
	return exit.ExitCode()
}

func (c cluster) expect(code int, says string, args ...string) string {
	c.t.Helper()
	got, out := c.localkube(c.t.Context(), args...)
	if got != code || !strings.Contains(out, says) {
		c.t.Fatalf("localkube %s: exit %d, want %d and %q:\n%s", strings.Join(args, " "), got, code, says, out)
	}
	return out
}

func (c cluster) succeed(args ...string) {
	c.t.Helper()
	c.expect(0, "", args...)
}

// kubectl runs the link that the cluster made.
func (c cluster) kubectl(args ...string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), filepath.Join(c.dir, "bin", "kubectl"), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig())
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// start runs a shell script in a cluster and returns when the script runs, with
// the process id of its shell.
func (c cluster) start(script string) (*exec.Cmd, int) {
	c.t.Helper()
	pidFile := filepath.Join(c.dir, "script.pid")
	run := c.command(c.t.Context(), "run", "--dir", c.dir, "--", "sh", "-c", fmt.Sprintf("echo $$ >%s.new; mv %s.new %s; %s", pidFile, pidFile, pidFile, script))
	run.Stdout, run.Stderr = c.t.Output(), c.t.Output()
	if err := run.Start(); err != nil {
		c.t.Fatal(err)
	}
	var pid int
	c.until("the script runs", func() bool {
		text, err := os.ReadFile(pidFile)
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	return run, pid
}

func (c cluster) signal(pid int, s syscall.Signal) {
	c.t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		c.t.Fatalf("signal %s to process %d: %v", s, pid, err)
	}
}

func (c cluster) expectExit(run *exec.Cmd, want int) {
	c.t.Helper()
	var exit *exec.ExitError
	if err := run.Wait(); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	if got := exitCode(exit); got != want {
		c.t.Errorf("localkube run: exit %d, want %d", got, want)
	}
}

// awaitEnd waits for the end of all processes in the group that pid was in.
func (c cluster) awaitEnd(pid int) {
	c.t.Helper()
	c.until("the script ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
}

// running are the locks of the cluster that a process holds.
func (c cluster) running() []string {
	c.t.Helper()
	locks, err := filepath.Glob(filepath.Join(c.dir, "run", "*.lock"))
	if err != nil {
		c.t.Fatal(err)
	}
	var held []string
	for _, path := range append(locks, filepath.Join(c.dir, "owner.lock")) {
		pid, err := lock.Holder(path)
		if err != nil {
			c.t.Fatal(err)
		}
		if pid != 0 {
			held = append(held, fmt.Sprintf("%s by process %d", path, pid))
		}
	}
	return held
}

func (c cluster) expectGone() {
	c.t.Helper()
	if held := c.running(); len(held) > 0 {
		c.t.Errorf("still held: %s", strings.Join(held, ", "))
	}
}

func (c cluster) awaitGone() {
	c.t.Helper()
	c.until("all components ended", func() bool { return len(c.running()) == 0 })
}

// until returns when the condition holds. If it never does, the time limit of
// the whole test run says where.
func (c cluster) until(what string, holds func() bool) {
	c.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-c.t.Context().Done():
			c.t.Fatalf("ended before %s", what)
		case <-tick.C:
		}
	}
}
