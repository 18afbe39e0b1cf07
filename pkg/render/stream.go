// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Stream writes events as they happen, a compact document a line, and the
// result as the last line: -o json -w. Notes and warnings are events too. The first
// line that cannot be written is kept and told with the result. It may be used from
// any goroutine.
type Stream struct {
	mutex sync.Mutex
	out   io.Writer
	about rollout.State // the last sighting; before the first one the name alone
	seen  time.Time     // when that came, by our clock
	err   error
}

// NewStream writes to out, which is standard output, of a set.
func NewStream(out io.Writer, setName string) *Stream {
	return &Stream{out: out, about: rollout.State{Set: rollout.Set{Name: setName}}}
}

// In is the namespace of the set, for what is told before it is seen.
func (p *Stream) In(namespaceName string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.about.At.IsZero() {
		p.about.Set.Namespace = namespaceName
	}
}

// Report implements Progress.
func (p *Stream) Report(s rollout.State, events []rollout.Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.about, p.seen = s, time.Now()
	for _, e := range events {
		p.put(progressOf(p.out), e)
	}
}

// Remark writes a note or a warning that is none of the rollout's own events.
func (p *Stream) Remark(kind rollout.EventType, text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.put(p.out, p.event(kind, text))
}

// event is one of now, by the server's clock where that has been seen.
func (p *Stream) event(kind rollout.EventType, text string) rollout.Event {
	at := time.Now()
	if !p.about.At.IsZero() {
		at = p.about.At.Add(time.Since(p.seen))
	}
	return rollout.Event{Type: kind, At: at, Message: text}
}

func (p *Stream) put(out io.Writer, e rollout.Event) {
	if p.err == nil {
		p.err = Compact(out, EventDocument(e, p.about))
	}
}

// Left is the event that stands for those that nobody has read in time.
func (p *Stream) Left(events int) []byte {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	text := fmt.Sprintf("%s left out here: the reader is too far behind", plural(events, "event"))
	var line bytes.Buffer
	if err := Compact(&line, EventDocument(p.event(rollout.NoteEvent, text), p.about)); err != nil {
		p.err = err
	}
	return line.Bytes()
}

// Result is the last line.
func (p *Stream) Result(r Result) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.err != nil {
		return p.err
	}
	return Compact(p.out, r.Document())
}

// Write implements Progress: a text that comes from elsewhere is a note.
func (p *Stream) Write(text []byte) (int, error) {
	p.Remark(rollout.NoteEvent, string(bytes.TrimSpace(text)))
	return len(text), nil
}

// Beat implements Progress.
func (p *Stream) Beat() time.Duration { return 0 }

// Close implements Progress.
func (p *Stream) Close() {}
