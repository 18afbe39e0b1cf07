// SPDX-License-Identifier: Apache-2.0

// Command kubectl-sts operates StatefulSets. kubectl runs it as `kubectl sts`.
package main

import (
	"context"
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the ways to log in that kubeconfig files name

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
)

// version is set by the linker.
var version string

func main() {
	survivePipes()
	name, args := plugin.Called(os.Args)
	os.Exit(plugin.Run(interrupted(context.Background(), os.Exit), plugin.Invocation{
		Name:    name,
		Args:    args,
		Build:   plugin.ThisBuild(version),
		Streams: plugin.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Continued: continued()},
	}))
}
