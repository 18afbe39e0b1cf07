// SPDX-License-Identifier: Apache-2.0

package render

import (
	"io"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Stream writes events as they happen, a compact document a line, and the
// result as the last line: -o json -w. The first line that cannot be written
// is kept and told with the result.
type Stream struct {
	out io.Writer
	err error
}

// NewStream writes to out, which is standard output.
func NewStream(out io.Writer) *Stream { return &Stream{out: out} }

// Report implements Progress.
func (p *Stream) Report(s rollout.State, events []rollout.Event) {
	for _, e := range events {
		if p.err == nil {
			p.err = Compact(p.out, EventDocument(e, s))
		}
	}
}

// Result is the last line.
func (p *Stream) Result(r Result) error {
	if p.err != nil {
		return p.err
	}
	return Compact(p.out, r.Document())
}

// Write implements Progress: what is no event has no place among them.
func (p *Stream) Write(text []byte) (int, error) { return len(text), nil }

// Beat implements Progress.
func (p *Stream) Beat() time.Duration { return 0 }

// Close implements Progress.
func (p *Stream) Close() {}
