// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
)

// interrupted is a context that ends with the first signal; the second ends the
// process. What is set to be ignored stays so: a hang-up by nohup, an interrupt by
// a shell that has put the process into the background.
func interrupted(ctx context.Context, exit func(code int)) context.Context {
	heeded := slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, signal.Ignored)
	if len(heeded) == 0 { // none would mean all
		return ctx
	}
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, heeded...)
	go func() {
		first := <-signals
		cancel(&plugin.Interrupt{Signal: first})
		second := &plugin.Interrupt{Signal: another(signals, first)}
		exit(second.Code())
	}()
	return ctx
}

// echo: the same signal once more within this time is no second one. timeout of
// coreutils sends each to the process, and then to its group (src/timeout.c: cleanup).
const echo = 200 * time.Millisecond

// another waits for a signal after the first.
func another(signals <-chan os.Signal, first os.Signal) os.Signal {
	over := time.After(echo)
	for {
		select {
		case next := <-signals:
			if next != first {
				return next
			}
		case <-over:
			return <-signals
		}
	}
}

// survivePipes makes a write to a pipe that nobody reads any more an error like
// others, also on standard output. It is not ignored, since a program that this one
// starts, such as a credential plugin, would inherit that.
func survivePipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
