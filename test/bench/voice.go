// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// voice is a command that is listened to line by line.
type voice struct {
	command *exec.Cmd
	reader  *os.File
	lines   chan line
}

// line is what it said, and when that came.
type line struct {
	text string
	at   time.Time
}

func (p *plot) voice(ctx context.Context, args ...string) (*voice, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	v := &voice{command: exec.CommandContext(ctx, p.program(args[0]), args[1:]...), reader: reader, lines: make(chan line, 100)}
	v.command.Env, v.command.Stdout, v.command.Stderr = p.environment(), writer, writer
	if err := errors.Join(v.command.Start(), writer.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	go v.listen()
	return v, nil
}

func (v *voice) listen() {
	defer close(v.lines)
	scanner := bufio.NewScanner(v.reader)
	for scanner.Scan() {
		v.lines <- line{scanner.Text(), time.Now()}
	}
}

// says waits for a line with these words.
func (v *voice) says(words string) (time.Time, error) {
	var said []string
	for l := range v.lines {
		if strings.Contains(l.text, words) {
			return l.at, nil
		}
		said = append(said, l.text)
	}
	return time.Time{}, fmt.Errorf("%s never said %q, but %q", strings.Join(v.command.Args, " "), words, said)
}

// end waits until it has ended, with whatever code.
func (v *voice) end() error {
	for range v.lines {
		continue
	}
	err := v.command.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		err = nil
	}
	return errors.Join(err, v.reader.Close())
}
