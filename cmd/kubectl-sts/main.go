// SPDX-License-Identifier: Apache-2.0

// Command kubectl-sts operates StatefulSets. kubectl runs it as `kubectl sts`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the ways to log in that kubeconfig files name

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
)

// version is set by the linker.
var version string

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		first := &plugin.Interrupt{Signal: <-signals}
		cancel(first)
		second := &plugin.Interrupt{Signal: <-signals}
		os.Exit(second.Code())
	}()
	name, args := plugin.Called(os.Args)
	os.Exit(plugin.Run(ctx, plugin.Invocation{
		Name:    name,
		Args:    args,
		Build:   plugin.ThisBuild(version),
		Streams: plugin.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr},
	}))
}
