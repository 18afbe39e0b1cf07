// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/cluster"
	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// runPrefix begins the name of a directory that `run` made for itself.
const runPrefix = "run-"

func (in *invocation) runCommand() *cobra.Command {
	var nodes int
	cmd := &cobra.Command{
		Use:   "run -- COMMAND [ARGUMENT...]",
		Short: "Run a command in a cluster that lives as long as the command",
		Args:  someArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkNodes(nodes); err != nil {
				return err
			}
			if in.dirFlag != "" {
				return in.runNamed(cmd.Context(), nodes, args)
			}
			return in.runUnnamed(cmd.Context(), nodes, args)
		},
	}
	cmd.Flags().SetInterspersed(false)
	nodesFlag(cmd, &nodes)
	return cmd
}

func someArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("%s needs a command: localkube run -- COMMAND", cmd.Name())}
	}
	return nil
}

// runNamed runs in the directory that the user named, which stays.
func (in *invocation) runNamed(ctx context.Context, nodes int, argv []string) error {
	dir, err := in.dir()
	if err != nil {
		return err
	}
	owner, err := dir.Own(ctx)
	if err != nil {
		return err
	}
	in.code, err = owner.Run(ctx, nodes, argv, in.say)
	return err
}

// runUnnamed runs in a directory of its own. It goes, unless the command
// failed and somebody may want to read the logs.
func (in *invocation) runUnnamed(ctx context.Context, nodes int, argv []string) error {
	dir, owner, err := ownFresh(ctx)
	if err != nil {
		return err
	}
	in.code, err = owner.Run(ctx, nodes, argv, in.say)
	if err != nil || in.code != exitOK {
		in.say("the cluster's logs stay in %s until the next run", dir)
		return err
	}
	return dir.Remove()
}

// ownFresh makes a directory and owns it. Others wait meanwhile: to them a
// directory that is not owned yet looks like one that is no longer.
func ownFresh(ctx context.Context) (cluster.Dir, cluster.Owner, error) {
	base, err := stateRoot()
	if err != nil {
		return "", cluster.Owner{}, err
	}
	if err := os.MkdirAll(base, 0o755); err != nil {
		return "", cluster.Owner{}, fmt.Errorf("state directory: %w", err)
	}
	runs, err := lock.Acquire(ctx, filepath.Join(base, "runs.lock"))
	if err != nil {
		return "", cluster.Owner{}, err
	}
	dir, owner, err := sweepAndOwn(ctx, base)
	return dir, owner, errors.Join(err, runs.Release())
}

func sweepAndOwn(ctx context.Context, base string) (cluster.Dir, cluster.Owner, error) {
	if err := sweep(base); err != nil {
		return "", cluster.Owner{}, err
	}
	name, err := os.MkdirTemp(base, runPrefix)
	if err != nil {
		return "", cluster.Owner{}, fmt.Errorf("state directory: %w", err)
	}
	owner, err := cluster.Dir(name).Own(ctx)
	return cluster.Dir(name), owner, err
}

// sweep deletes what earlier runs left.
func sweep(base string) error {
	left, err := filepath.Glob(filepath.Join(base, runPrefix+"*"))
	if err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	for _, name := range left {
		dir := cluster.Dir(name)
		pid, err := lock.Holder(dir.OwnerLock())
		if err != nil {
			return err
		}
		if pid != 0 {
			continue
		}
		if err := dir.Remove(); err != nil {
			return fmt.Errorf("what an earlier run left: %w", err)
		}
	}
	return nil
}
