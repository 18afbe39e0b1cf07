// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

// Enter makes this process the component of that name and returns the
// component's argument list. The process must keep the lock as long as it
// lives: the lock is how others see that the component runs.
func (d Dir) Enter(ctx context.Context, name string) ([]string, *lock.Lock, error) {
	component, err := Find(name)
	if err != nil {
		return nil, nil, err
	}
	state, err := d.load()
	if err != nil {
		return nil, nil, err
	}
	held, err := lock.Acquire(ctx, d.lock(name))
	if err != nil {
		return nil, nil, fmt.Errorf("component %q: %w", name, err)
	}
	return append([]string{name}, component.args(d, state.Ports)...), held, nil
}

// AwaitOwner returns when the process that the cluster belongs to has ended,
// and never if the cluster belongs to none.
func (d Dir) AwaitOwner() error {
	state, err := d.load()
	if err != nil {
		return err
	}
	if state.Life != UntilOwner {
		select {}
	}
	return lock.Await(d.OwnerLock())
}
