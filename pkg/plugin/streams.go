// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// Streams are where a command reads and writes: Out the result, Err progress,
// warnings and hints.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// Continued receives when the process goes on after it was stopped; nil for never.
	Continued <-chan os.Signal
}

// lastOutput: what a reader gets to take what a run has said at its end. Who stops
// reading holds up neither the rollout nor the end.
const lastOutput = 5 * time.Second

// buffered gives a run streams that hold nobody up. The returned function waits for
// what was said, and makes of the run's own error how it is told.
func (s *session) buffered(left func(lines int) []byte) (flush func(error) error) {
	out := render.NewBufferedWriter(s.Streams.Out, left)
	err := render.NewBufferedWriter(s.Streams.Err, func(lines int) []byte {
		return fmt.Appendf(nil, "note: %d lines left out here: the reader is too far behind\n", lines)
	})
	s.Streams.Out, s.Streams.Err = out, err
	back := s.voice.through(err)
	return func(ended error) error {
		unsaid := out.Close(lastOutput)
		if unsaid != nil {
			s.voice.say("error: output: %v", unsaid)
		}
		back()
		// Where standard error is gone, nobody can be told.
		_ = err.Close(lastOutput)
		if unsaid != nil && ended == nil && !isReaderGone(unsaid) {
			return codeError(ExitError)
		}
		return ended
	}
}

// isReaderGone says that whoever was to read has had enough. What was done to the
// cluster is done, and the exit code tells of that.
func isReaderGone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, render.ErrNotRead)
}
