// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"syscall"

	"github.com/spf13/cobra"
)

// Run is the program: one call, one exit code.
func Run(ctx context.Context, i Invocation) int {
	command, err := execute(ctx, i)
	err = caused(ctx, err)
	code, _, _ := verdict(err)
	var told codeError
	if err == nil || errors.As(err, &told) {
		return code
	}
	if errors.Is(err, syscall.EPIPE) { // as a program ends that does not know better, and nobody is there to be told
		return exitPipe
	}
	voice := newVoice(i.Streams.Err)
	voice.say("%s", sentence(err))
	var bad *UsageError
	if code == ExitUsage && !(errors.As(err, &bad) && bad.InFile) {
		voice.say("hint: see '%s --help'", command.CommandPath())
	}
	return code
}

// execute returns the command that was called too. What completes a command line is
// attached where that is asked for, since no other run has a use for it.
func execute(ctx context.Context, i Invocation) (*cobra.Command, error) {
	root, s := grow(i)
	if completes(i.Args) {
		if err := (completer{s}).attach(root); err != nil {
			return root, err
		}
	}
	return root.ExecuteContextC(ctx)
}
