// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
)

// Run is the program: one call, one exit code.
func Run(ctx context.Context, i Invocation) int {
	command, err := NewRoot(i)
	if err == nil {
		command, err = command.ExecuteContextC(ctx)
	}
	err = caused(ctx, err)
	code, _, _ := verdict(err)
	var told codeError
	if err == nil || errors.As(err, &told) {
		return code
	}
	voice := newVoice(i.Streams.Err)
	voice.say("%s", sentence(err))
	if code == ExitUsage {
		voice.say("hint: see '%s --help'", command.CommandPath())
	}
	return code
}
