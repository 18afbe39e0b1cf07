// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bufio"
	"context"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// agree asks on a terminal; without one nobody can have meant it.
func (s session) agree(ctx context.Context, question string) error {
	if !render.IsTerminal(s.Streams.In) {
		return &rollout.Refusal{Reason: reasonNotAgreed, Message: "there is no terminal to ask on: " + question + " Add -y to agree"}
	}
	s.voice.say("%s [y/N]", question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(s.Streams.In).ReadString('\n') // the end of input is a no
		answer <- line
	}()
	select {
	case line := <-answer:
		return agreed(line)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func agreed(line string) error {
	if slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line))) {
		return nil
	}
	return &rollout.Refusal{Reason: reasonNotAgreed, Message: "not agreed to; nothing was changed"}
}
