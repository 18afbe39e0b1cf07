// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// task is one of several requests that do not wait for each other.
type task func(context.Context) error

// together makes requests at the same time. The error is that of the first task
// in their order, so that it does not depend on which was the quickest.
func together(ctx context.Context, tasks ...task) error {
	var wait sync.WaitGroup
	errs := make([]error, len(tasks))
	for i, t := range tasks {
		wait.Go(func() { errs[i] = t(ctx) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// optional makes a task of one whose result nobody needs: what may not be read,
// or what the server does not have, is left out.
func optional(t task) task {
	return func(ctx context.Context) error {
		err := t(ctx)
		if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
}
