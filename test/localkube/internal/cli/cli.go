// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/cluster"
)

// The exit codes of localkube itself.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// App is the command line with what it needs from outside.
type App struct {
	// Program returns the main function of a component, or of kubectl.
	Program func(name string) (func(args []string) int, bool)
	// Exit ends the process.
	Exit   func(code int)
	Stdout io.Writer
	Stderr io.Writer
}

// usageError is what the user typed wrong.
type usageError struct{ error }

// invocation is one run of the command line.
type invocation struct {
	App
	dirFlag string
	code    int
}

// Run runs the command line and returns the exit code.
func (a App) Run(ctx context.Context, argv []string) int {
	if filepath.Base(argv[0]) == "kubectl" {
		return a.exec("kubectl", argv)
	}
	in := &invocation{App: a}
	// Cobra adds pflag.CommandLine to every command, and the Kubernetes
	// packages of this binary have put their flags there.
	kubernetesFlags := pflag.CommandLine
	pflag.CommandLine = pflag.NewFlagSet(argv[0], pflag.ContinueOnError)
	root := in.root(func() { pflag.CommandLine = kubernetesFlags })
	root.SetArgs(argv[1:])
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		return a.report(err, in.code)
	}
	return in.code
}

func (a App) report(err error, code int) int {
	fmt.Fprintf(a.Stderr, "localkube: %v\n", err)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case code != exitOK:
		return code
	}
	return exitFailed
}

// exec runs a program of this binary as if it were its own.
func (a App) exec(name string, argv []string) int {
	run, found := a.Program(name)
	if !found {
		fmt.Fprintf(a.Stderr, "localkube: no program %q in this binary\n", name)
		return exitUsage
	}
	os.Args = argv
	return run(argv)
}

func (in *invocation) root(restoreFlags func()) *cobra.Command {
	root := &cobra.Command{
		Use:           "localkube",
		Short:         "A real Kubernetes control plane with nodes that are played, on loopback",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usageError{fmt.Errorf("unknown command %q, see `localkube --help`", args[0])}
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&in.dirFlag, "dir", "", "the cluster's directory (default $LOCALKUBE_DIR, or .localkube/cluster in the repository)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(in.upCommand(), in.downCommand(), in.statusCommand(), in.kubeconfigCommand(), in.runCommand(),
		in.logsCommand(), in.stopCommand(), in.startCommand(), in.restartCommand(),
		in.nodeDownCommand(), in.nodeUpCommand(), in.kubectlCommand(restoreFlags), in.serveCommand(restoreFlags), in.guardCommand())
	return root
}

// dir returns the directory of the cluster that is meant.
func (in *invocation) dir() (cluster.Dir, error) {
	name := in.dirFlag
	if name == "" {
		name = os.Getenv("LOCALKUBE_DIR")
	}
	if name != "" {
		absolute, err := filepath.Abs(name)
		return cluster.Dir(absolute), err
	}
	base, err := stateRoot()
	return cluster.Dir(filepath.Join(base, "cluster")), err
}

// stateRoot is .localkube in the repository that holds the working directory.
func stateRoot() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working directory: %w", err)
	}
	for folder := here; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, ".git")); err == nil {
			return filepath.Join(folder, ".localkube"), nil
		}
		if folder == filepath.Dir(folder) {
			return "", usageError{fmt.Errorf("%s lies in no git repository, say --dir", here)}
		}
	}
}

func (in *invocation) say(format string, args ...any) {
	fmt.Fprintf(in.Stderr, format+"\n", args...)
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument, but %q was given", cmd.Name(), args[0])}
	}
	return nil
}

// oneArg takes exactly one argument, described by what.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes %s, but %d arguments were given", cmd.Name(), what, len(args))}
		}
		return nil
	}
}
