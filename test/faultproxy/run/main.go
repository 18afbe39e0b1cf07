// SPDX-License-Identifier: Apache-2.0

// Command run plays a schedule of faults between a command and the cluster of
// its kubeconfig. It prints the schedule, what of it met a request, and the
// requests by user agent. A signal of the schedule goes to the command.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

func main() {
	code, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context) (int, error) {
	seed := flag.Uint64("seed", 0, "draw the schedule from this seed")
	faults := flag.Int("faults", 4, "at most so many faults are drawn")
	file := flag.String("schedule", "", "a file with a schedule, as JSON")
	flag.Parse()
	if flag.NArg() == 0 {
		return 0, errors.New("no command was given; usage: run [--seed N | --schedule FILE] -- COMMAND [ARGUMENT]")
	}
	schedule := faultproxy.Draw(rand.New(rand.NewPCG(*seed, 0)), *faults)
	if *file != "" {
		text, err := os.ReadFile(*file)
		if err != nil {
			return 0, err
		}
		if schedule, err = faultproxy.Parse(text); err != nil {
			return 0, err
		}
	}
	return play(ctx, schedule, flag.Args())
}

func play(ctx context.Context, schedule faultproxy.Schedule, args []string) (code int, err error) {
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil)
	config, err := loader.ClientConfig()
	if err != nil {
		return 0, err
	}
	namespaceName, _, err := loader.Namespace()
	if err != nil {
		return 0, err
	}
	server, err := faultproxy.Listen(config)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	folder, err := os.MkdirTemp("", "faultproxy-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := server.WriteKubeconfig(kubeconfig, namespaceName); err != nil {
		return 0, err
	}
	fmt.Fprintln(os.Stderr, "schedule:", schedule)
	code, err = follow(ctx, server, schedule, args, "KUBECONFIG="+kubeconfig)
	report(server)
	return code, err
}

// follow runs the command over the proxy.
func follow(ctx context.Context, server *faultproxy.Server, schedule faultproxy.Schedule, args []string, variables ...string) (int, error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(), variables...)
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	server.Play(schedule, func(signal string) {
		if err := command.Process.Signal(signals[signal]); err != nil {
			fmt.Fprintln(os.Stderr, "signal:", err)
		}
	})
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

func report(server *faultproxy.Server) {
	for _, met := range server.Met() {
		fmt.Fprintln(os.Stderr, "met:", met)
	}
	counts := server.Counts()
	for _, agent := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(os.Stderr, "requests of %q: %v\n", agent, counts[agent])
	}
}
