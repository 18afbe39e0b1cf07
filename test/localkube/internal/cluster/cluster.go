// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// Progress is told in a line what was reached.
type Progress func(format string, args ...any)

// Up starts the cluster, or what of it does not run, and returns when pods can
// be scheduled.
func (d Dir) Up(ctx context.Context, wanted State, say Progress) error {
	began := time.Now()
	return d.exclusively(ctx, func() error {
		state, err := d.prepare(wanted)
		if err != nil {
			return err
		}
		missing, err := d.missing()
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			say("the cluster in %s is up already", d)
			return nil
		}
		if err := d.bringUp(ctx, state, say); err != nil && state.Life == UntilDown {
			return fmt.Errorf("%w\n`localkube up` again goes on from here, `localkube down` clears it away", err)
		} else if err != nil {
			return err
		}
		say("up after %s: export KUBECONFIG=%s", time.Since(began).Round(100*time.Millisecond), d.Kubeconfig())
		return nil
	})
}

// prepare returns the state of the cluster in the directory, a new one if there is none.
func (d Dir) prepare(wanted State) (State, error) {
	state, err := d.load()
	if err == nil && state.Life == UntilOwner && wanted.Life == UntilDown {
		return d.takeOver(wanted)
	}
	if !errors.Is(err, ErrNone) {
		return state, err
	}
	return d.create(wanted)
}

// takeOver makes a new cluster where one was whose owner ended.
func (d Dir) takeOver(wanted State) (State, error) {
	pid, err := lock.Holder(d.OwnerLock())
	if err != nil {
		return State{}, err
	}
	if pid != 0 {
		return State{}, fmt.Errorf("the cluster in %s belongs to `localkube run`, process %d: choose another --dir", d, pid)
	}
	if err := d.clear(); err != nil {
		return State{}, err
	}
	return d.create(wanted)
}

func (d Dir) create(wanted State) (State, error) {
	ports, err := freePorts()
	if err != nil {
		return State{}, err
	}
	wanted.Ports = ports
	if err := errors.Join(d.make(), d.linkKubectl()); err != nil {
		return State{}, err
	}
	if err := d.writeCredentials(ports); err != nil {
		return State{}, err
	}
	if err := d.writeConfiguration(ports); err != nil {
		return State{}, err
	}
	return wanted, d.save(wanted)
}

func (d Dir) missing() ([]string, error) {
	var missing []string
	for _, c := range Components() {
		pid, err := d.pid(c.Name)
		if err != nil {
			return nil, err
		}
		if pid == 0 {
			missing = append(missing, c.Name)
		}
	}
	return missing, nil
}

func (d Dir) bringUp(ctx context.Context, state State, say Progress) error {
	p, err := d.prober()
	if err != nil {
		return err
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if err := d.startAndSay(ctx, state, p, name, say); err != nil {
			return err
		}
	}
	client, err := d.client()
	if err != nil {
		return err
	}
	if err := ensureNodes(ctx, client, state.Nodes); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kwok", "coredns"} {
		group.Go(func() error { return d.startAndSay(ctx, state, p, name, say) })
	}
	group.Go(func() error {
		began := time.Now()
		if err := d.awaitNodes(ctx, state); err != nil {
			return err
		}
		say("%-24s ready after %4.1fs", fmt.Sprintf("%d nodes", state.Nodes), time.Since(began).Seconds())
		return nil
	})
	return group.Wait()
}

func (d Dir) startAndSay(ctx context.Context, state State, p prober, name string, say Progress) error {
	began := time.Now()
	if name == "kwok" {
		if err := d.beforeKwok(ctx); err != nil {
			return err
		}
	}
	if err := d.start(ctx, state, p, name); err != nil {
		return err
	}
	say("%-24s ready after %4.1fs", name, time.Since(began).Seconds())
	return nil
}

func (d Dir) beforeKwok(ctx context.Context) error {
	pid, err := d.pid("kwok")
	if err != nil || pid != 0 {
		return err
	}
	client, err := d.client()
	if err != nil {
		return err
	}
	return releaseLeases(ctx, client)
}

func (d Dir) awaitNodes(ctx context.Context, state State) error {
	client, err := d.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, fmt.Errorf("the nodes are not ready after %s", startPatience))
	defer cancel()
	return until(ctx, func(ctx context.Context) error { return nodesReady(ctx, client, state.Nodes) })
}

// Down ends every process of the cluster and deletes what it wrote.
func (d Dir) Down(ctx context.Context) error {
	state, err := d.load()
	if err != nil {
		return err
	}
	if state.Life == UntilOwner {
		pid, err := lock.Holder(d.OwnerLock())
		if err != nil {
			return err
		}
		if pid != 0 {
			return fmt.Errorf("the cluster in %s belongs to `localkube run`, process %d: end that", d, pid)
		}
	}
	return d.exclusively(ctx, func() error { return errors.Join(d.killAll(ctx), d.Remove()) })
}

// killAll ends all components at once. Nothing they hold is worth a goodbye.
func (d Dir) killAll(ctx context.Context) error {
	var group errgroup.Group
	for _, c := range Components() {
		group.Go(func() error { return d.kill(ctx, c.Name) })
	}
	return group.Wait()
}

// Start brings one component of a cluster up.
func (d Dir) Start(ctx context.Context, name string, say Progress) error {
	if _, err := Find(name); err != nil {
		return err
	}
	state, err := d.load()
	if err != nil {
		return err
	}
	p, err := d.prober()
	if err != nil {
		return err
	}
	return d.exclusively(ctx, func() error { return d.startAndSay(ctx, state, p, name, say) })
}

// Stop ends one component of a cluster.
func (d Dir) Stop(ctx context.Context, name string, say Progress) error {
	if _, err := Find(name); err != nil {
		return err
	}
	if _, err := d.load(); err != nil {
		return err
	}
	return d.exclusively(ctx, func() error {
		if err := d.stop(ctx, name); err != nil {
			return err
		}
		say("%-24s stopped", name)
		return nil
	})
}

// exclusively runs do while no other command changes this cluster.
func (d Dir) exclusively(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return fmt.Errorf("cluster directory: %w", err)
	}
	held, err := lock.Acquire(ctx, d.commandLock())
	var other *lock.HeldError
	if errors.As(err, &other) {
		return fmt.Errorf("another localkube command, process %d, is at work on %s: wait for it", other.PID, d)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(), held.Release())
}
