// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// kubectlCommand is kubectl, at this cluster unless KUBECONFIG says otherwise;
// never at the cluster of the user's own kubeconfig.
func (in *invocation) kubectlCommand(restoreFlags func()) *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl ARGUMENT...",
		Short:              "Run the kubectl of this binary",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if os.Getenv("KUBECONFIG") == "" {
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
