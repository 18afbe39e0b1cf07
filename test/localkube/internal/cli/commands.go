// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/cluster"
)

const componentWords = "the name of one component"

func (in *invocation) upCommand() *cobra.Command {
	var nodes int
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the cluster, or what of it does not run",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkNodes(nodes); err != nil {
				return err
			}
			dir, err := in.dir()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return dir.Up(ctx, cluster.State{Nodes: nodes, Life: cluster.UntilDown}, in.say)
		},
	}
	nodesFlag(cmd, &nodes)
	return cmd
}

func nodesFlag(cmd *cobra.Command, nodes *int) {
	cmd.Flags().IntVar(nodes, "nodes", 3, "how many nodes a new cluster has, 1 to 100")
}

func checkNodes(nodes int) error {
	if nodes < 1 || nodes > 100 {
		return usageError{fmt.Errorf("--nodes %d: a cluster has 1 to 100 nodes", nodes)}
	}
	return nil
}

func (in *invocation) downCommand() *cobra.Command {
	return in.command("down", "End the cluster and delete what it wrote", noArgs, func(ctx context.Context, dir cluster.Dir, _ []string) error {
		err := dir.Down(ctx)
		if errors.Is(err, cluster.ErrNone) {
			in.say("no cluster in %s", dir)
			return nil
		}
		return err
	})
}

func (in *invocation) statusCommand() *cobra.Command {
	return in.command("status", "Show the components and the addresses; exit 1 if one is not well", noArgs, func(ctx context.Context, dir cluster.Dir, _ []string) error {
		all, err := dir.Status(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.PID == 0 || s.Problem != nil {
				in.code = exitFailed
			}
		}
		return dir.Describe(in.Stdout, all)
	})
}

func (in *invocation) kubeconfigCommand() *cobra.Command {
	return in.command("kubeconfig", "Print the path of the kubeconfig", noArgs, func(_ context.Context, dir cluster.Dir, _ []string) error {
		if _, err := os.Stat(dir.Kubeconfig()); err != nil {
			return fmt.Errorf("%w in %s: start one with `localkube up`", cluster.ErrNone, dir)
		}
		_, err := fmt.Fprintln(in.Stdout, dir.Kubeconfig())
		return err
	})
}

func (in *invocation) logsCommand() *cobra.Command {
	return in.command("logs COMPONENT", "Print the log of a component", oneArg(componentWords), func(_ context.Context, dir cluster.Dir, args []string) error {
		if _, err := cluster.Find(args[0]); err != nil {
			return usageError{err}
		}
		file, err := os.Open(dir.Log(args[0]))
		if err != nil {
			return fmt.Errorf("log of %s: %w", args[0], err)
		}
		_, err = io.Copy(in.Stdout, file)
		return errors.Join(err, file.Close())
	})
}

func (in *invocation) stopCommand() *cobra.Command {
	return in.componentCommand("stop COMPONENT", "End a component", func(ctx context.Context, dir cluster.Dir, name string) error {
		return dir.Stop(ctx, name, in.say)
	})
}

func (in *invocation) startCommand() *cobra.Command {
	return in.componentCommand("start COMPONENT", "Start a component, and wait until it is well", func(ctx context.Context, dir cluster.Dir, name string) error {
		return dir.Start(ctx, name, in.say)
	})
}

func (in *invocation) restartCommand() *cobra.Command {
	return in.componentCommand("restart COMPONENT", "End a component and start it again", func(ctx context.Context, dir cluster.Dir, name string) error {
		if err := dir.Stop(ctx, name, in.say); err != nil {
			return err
		}
		return dir.Start(ctx, name, in.say)
	})
}

func (in *invocation) nodeDownCommand() *cobra.Command {
	return in.command("node-down NODE", "Let a node's kubelet fall silent", oneArg("the name of one node"), func(ctx context.Context, dir cluster.Dir, args []string) error {
		return dir.NodeDown(ctx, args[0])
	})
}

func (in *invocation) nodeUpCommand() *cobra.Command {
	return in.command("node-up NODE", "Give a node its kubelet back", oneArg("the name of one node"), func(ctx context.Context, dir cluster.Dir, args []string) error {
		return dir.NodeUp(ctx, args[0])
	})
}

// command is a subcommand that works on one cluster.
func (in *invocation) command(use, short string, args cobra.PositionalArgs, run func(context.Context, cluster.Dir, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := in.dir()
			if err != nil {
				return err
			}
			return run(cmd.Context(), dir, args)
		},
	}
}

// componentCommand is a subcommand that works on one component.
func (in *invocation) componentCommand(use, short string, run func(context.Context, cluster.Dir, string) error) *cobra.Command {
	return in.command(use, short, oneArg(componentWords), func(ctx context.Context, dir cluster.Dir, args []string) error {
		if _, err := cluster.Find(args[0]); err != nil {
			return usageError{err}
		}
		return run(ctx, dir, args[0])
	})
}
