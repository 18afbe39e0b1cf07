// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"fmt"
	"strings"
)

// Script plays a transcript and returns it with its outputs as they are now. It
// must be called inside a bubble of testing/synctest.
//
// A transcript is commands, a line each, then a line "----", then what they
// printed, then an empty line. Lines that begin with # are for the reader. The
// commands are those of [teller].
func Script(ctx context.Context, text string) (string, error) {
	t := &teller{ctx: ctx}
	defer t.close()
	var out strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if err := t.block(&out, block); err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// block plays one block: comments stand as they are, commands are played.
func (t *teller) block(out *strings.Builder, block string) error {
	t.printed.Reset()
	played := false
	for _, line := range strings.Split(block, "\n") {
		if line == "----" {
			break
		}
		fmt.Fprintln(out, line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		played = true
		if err := t.play(line); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	if played {
		fmt.Fprintf(out, "----\n%s", t.printed.String())
	}
	fmt.Fprintln(out)
	return nil
}
