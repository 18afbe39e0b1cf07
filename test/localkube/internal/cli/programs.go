// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// kubectlCommand is kubectl, at the cluster of --dir, else at that of KUBECONFIG,
// else at this repository's; never at that of the user's own kubeconfig.
func (in *invocation) kubectlCommand(restoreFlags func()) *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl ARGUMENT...",
		Short:              "Run the kubectl of this binary",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			args = in.leadingDir(args)
			if in.dirFlag != "" || os.Getenv("KUBECONFIG") == "" {
				dir, err := in.dir()
				if err != nil {
					return err
				}
				if err := os.Setenv("KUBECONFIG", dir.Kubeconfig()); err != nil {
					return fmt.Errorf("kubeconfig: %w", err)
				}
			}
			restoreFlags()
			in.code = in.exec("kubectl", append([]string{"kubectl"}, args...))
			return nil
		},
	}
}

// leadingDir takes --dir from the front of kubectl's arguments, where cobra
// leaves it although it stood before the word kubectl.
func (in *invocation) leadingDir(args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[0], "--dir=") {
		in.dirFlag = strings.TrimPrefix(args[0], "--dir=")
		return args[1:]
	}
	if len(args) > 1 && args[0] == "--dir" {
		in.dirFlag = args[1]
		return args[2:]
	}
	return args
}

// serveCommand is what the processes of a cluster are started as.
func (in *invocation) serveCommand(restoreFlags func()) *cobra.Command {
	return &cobra.Command{
		Use:    "serve COMPONENT",
		Hidden: true,
		Args:   oneArg(componentWords),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := in.dir()
			if err != nil {
				return err
			}
			argv, held, err := dir.Enter(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			go in.endWithOwner(dir.AwaitOwner)
			restoreFlags()
			in.code = in.exec(args[0], argv)
			return held.Release()
		},
	}
}

func (in *invocation) endWithOwner(await func() error) {
	if err := await(); err != nil {
		fmt.Fprintln(in.Stderr, "localkube: owner of the cluster:", err)
	}
	in.Exit(exitFailed)
}

// guardCommand is what `run` starts its command under.
func (in *invocation) guardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "guard -- COMMAND",
		Hidden: true,
		Args:   someArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := in.dir()
			if err != nil {
				return err
			}
			in.code, err = dir.Guard(args)
			return err
		},
	}
	cmd.Flags().SetInterspersed(false)
	return cmd
}
