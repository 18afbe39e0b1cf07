// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// command is one command line and what it means to the laws.
type command struct {
	args  []string
	judge audit.Run
}

// ended is a command that has run.
type ended struct {
	command

	schedule faultproxy.Schedule
	code     int
	cut      bool
	said     string
	met      []string
}

func (e ended) String() string {
	return fmt.Sprintf("%s: %s: exit code %d\n  schedule %s\n  met %s\n  said %s",
		e.judge.Agent, strings.Join(e.args, " "), e.code, e.schedule,
		strings.Join(e.met, "\n      "), strings.ReplaceAll(strings.TrimSpace(e.said), "\n", "\n       "))
}

// killed is the signal of a schedule that ends a run.
const killed = "KILL"

// run runs a command over a proxy of its own. Where the schedule kills it,
// nothing of it reaches the server any more, which is what a kill comes to.
func (p *plot) run(ctx context.Context, c command, s faultproxy.Schedule, tell func(signal string)) (result ended, err error) {
	server, err := faultproxy.Listen(p.config)
	if err != nil {
		return ended{}, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	folder, err := os.MkdirTemp("", "stress-")
	if err != nil {
		return ended{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := server.WriteKubeconfig(kubeconfig, p.namespaceName); err != nil {
		return ended{}, err
	}
	ctx, stop := context.WithTimeoutCause(ctx, patience, errPatience)
	defer stop()
	ctx, kill := context.WithCancelCause(ctx)
	defer kill(nil)
	result = ended{command: c, schedule: s}
	server.Play(s, func(signal string) {
		if signal == killed {
			server.Down()
			result.cut = true
			kill(&plugin.Interrupt{Signal: syscall.SIGINT})
			return
		}
		tell(signal)
	})
	var said strings.Builder
	build := plugin.Build{Version: c.judge.Agent, Commit: "stress", OS: "test", Arch: "test"}
	result.code = plugin.Run(ctx, plugin.Invocation{
		Name: "kubectl sts", Args: append(slices.Clone(c.args), "--kubeconfig", kubeconfig), Build: build,
		Streams: plugin.Streams{In: strings.NewReader(""), Out: &said, Err: &said},
	})
	result.judge.Agent, result.judge.Exit = build.UserAgent(), result.code
	result.said, result.met = said.String(), server.Met()
	return result, context.Cause(context.WithoutCancel(ctx))
}

// errPatience: law 6, every run ends.
var errPatience = errors.New("law 6: the run has not ended")
