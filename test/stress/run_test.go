// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"k8s.io/client-go/rest"

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// command is one command line and what it means to the laws.
type command struct {
	args  []string
	file  *file        // to be applied; nil for none
	first func() error // what must hold before the first write; nil for nothing
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
	args := strings.Join(e.args, " ")
	if e.file != nil {
		args += " -f " + e.file.String()
	}
	return fmt.Sprintf("%s: %s: exit code %d\n  schedule %s\n  met %s\n  said %s",
		e.judge.Agent, args, e.code, e.schedule,
		strings.Join(e.met, "\n      "), strings.ReplaceAll(strings.TrimSpace(e.said), "\n", "\n       "))
}

// killed is the signal of a schedule that ends a run.
const killed = "KILL"

// run runs a command over a proxy of its own. Where the schedule kills it,
// nothing of it reaches the server any more, which is what a kill comes to.
func (p *plot) run(ctx context.Context, c command, s faultproxy.Schedule, tell func(signal string)) (result ended, err error) {
	watch := &guard{first: c.first}
	server, err := faultproxy.Listen(watch.before(p.config))
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
	args, err := p.words(c, folder)
	if err != nil {
		return ended{}, err
	}
	limit, stop := context.WithTimeoutCause(ctx, patience, errPatience)
	defer stop()
	ctx, kill := context.WithCancelCause(limit)
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
		Name: "kubectl sts", Args: append(args, "--kubeconfig", kubeconfig), Build: build,
		Streams: plugin.Streams{In: strings.NewReader(""), Out: &said, Err: &said},
	})
	result.judge.Agent, result.judge.Exit = build.UserAgent(), result.code
	result.said, result.met = said.String(), server.Met()
	return result, errors.Join(watch.result(), context.Cause(limit))
}

// words is the command line, with the file that it applies.
func (p *plot) words(c command, folder string) ([]string, error) {
	args := slices.Clone(c.args)
	if c.file == nil {
		return args, nil
	}
	text, err := p.text(*c.file)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, "web.json")
	return append(args, "-f", path), os.WriteFile(path, text, 0o600)
}

// guard stands before the server, and looks whether something holds when the
// first write gets there.
type guard struct {
	first func() error
	next  http.RoundTripper

	mu    sync.Mutex
	asked bool
	wrong error
}

// before puts the guard between a proxy and the server.
func (g *guard) before(config *rest.Config) *rest.Config {
	if g.first == nil {
		return config
	}
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		g.next = next
		return g
	})
	return config
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if faultproxy.KindOf(r) == faultproxy.Write {
		g.ask()
	}
	return g.next.RoundTrip(r)
}

func (g *guard) ask() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked {
		return
	}
	g.asked = true
	if err := g.first(); err != nil {
		g.wrong = fmt.Errorf("law 0: it writes too early: %w", err)
	}
}

func (g *guard) result() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wrong
}

// errPatience: law 6, every run ends.
var errPatience = errors.New("law 6: the run has not ended")
