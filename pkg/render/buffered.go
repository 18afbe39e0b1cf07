// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// mostBuffered is what a reader may be behind before progress is left out.
const mostBuffered = 1 << 20

// ErrNotRead says that nobody took the output in time.
var ErrNotRead = errors.New("nobody reads it")

// BufferedWriter is a stream that holds nobody up: what is written to it waits for
// a goroutine that does nothing else. Where the reader stays behind, the oldest
// progress is left out, and a line says how much of it; nothing else is. A write
// does not fail, see [BufferedWriter.Close].
type BufferedWriter struct {
	out  io.Writer
	left func(lines int) []byte
	done chan struct{} // closed when the goroutine has ended
	more chan struct{} // holds a token while there is something for it to look at

	mutex   sync.Mutex
	chunks  []chunk
	size    int   // of the chunks' text
	writing bool  // a chunk is on its way
	err     error // why nothing can be written any more
	closed  bool
}

// chunk is what was written at once, or stands for lines that were left out there.
type chunk struct {
	text     []byte
	progress bool
	leftOut  int // lines; such a chunk has no text
}

// NewBufferedWriter writes to out; left makes the line that says how many lines of
// progress were left out. It is to be closed.
func NewBufferedWriter(out io.Writer, left func(lines int) []byte) *BufferedWriter {
	b := newBufferedWriter(out, left)
	go b.run()
	return b
}

func newBufferedWriter(out io.Writer, left func(lines int) []byte) *BufferedWriter {
	return &BufferedWriter{out: out, left: left, done: make(chan struct{}), more: make(chan struct{}, 1)}
}

// Write implements io.Writer.
func (b *BufferedWriter) Write(text []byte) (int, error) {
	b.add(chunk{text: bytes.Clone(text)})
	return len(text), nil
}

// Progress is the same stream for what may be left out.
func (b *BufferedWriter) Progress() io.Writer { return progressWriter{b} }

type progressWriter struct{ *BufferedWriter }

// Write implements io.Writer.
func (w progressWriter) Write(text []byte) (int, error) {
	w.add(chunk{text: bytes.Clone(text), progress: true})
	return len(text), nil
}

// Busy says that something waits to be read. Who draws over what stands there
// waits for that to be over.
func (b *BufferedWriter) Busy() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.err == nil && (b.writing || len(b.chunks) > 0)
}

// Unwrap is the stream itself.
func (b *BufferedWriter) Unwrap() io.Writer { return b.out }

func (b *BufferedWriter) add(c chunk) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.err != nil {
		return
	}
	b.chunks = append(b.chunks, c)
	b.size += len(c.text)
	for i := 0; i < len(b.chunks) && b.size > mostBuffered; {
		if b.chunks[i].progress {
			b.leaveOut(i)
		} else {
			i++
		}
	}
	b.wake()
}

// leaveOut counts the lines of a chunk in its place.
func (b *BufferedWriter) leaveOut(i int) {
	b.size -= len(b.chunks[i].text)
	lines := bytes.Count(b.chunks[i].text, []byte("\n"))
	if i == 0 || b.chunks[i-1].leftOut == 0 {
		b.chunks[i] = chunk{leftOut: lines}
		return
	}
	b.chunks[i-1].leftOut += lines
	b.chunks = slices.Delete(b.chunks, i, i+1)
}

func (b *BufferedWriter) wake() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// run writes until it is closed and nothing is left.
func (b *BufferedWriter) run() {
	defer close(b.done)
	for {
		next, found, ends := b.next()
		switch {
		case found:
			if _, err := b.out.Write(b.textOf(next)); err != nil {
				b.fail(err)
			}
		case ends:
			return
		default:
			<-b.more
		}
	}
}

func (b *BufferedWriter) textOf(c chunk) []byte {
	if c.leftOut > 0 {
		return b.left(c.leftOut)
	}
	return c.text
}

// next takes the chunk that is to be written now.
func (b *BufferedWriter) next() (next chunk, found, ends bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.writing = len(b.chunks) > 0
	if !b.writing {
		return chunk{}, false, b.closed
	}
	next, b.chunks = b.chunks[0], b.chunks[1:]
	b.size -= len(next.text)
	return next, true, false
}

func (b *BufferedWriter) fail(err error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.chunks, b.size = nil, 0
}

// Close waits for what was written, at most for limit, and says why not all of it
// came out. A write that hangs is ended, where the stream knows how to.
func (b *BufferedWriter) Close(limit time.Duration) error {
	b.mutex.Lock()
	b.closed = true
	b.wake()
	b.mutex.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-b.done:
	case <-timer.C:
		b.fail(ErrNotRead)
		if d, ok := b.out.(interface{ SetWriteDeadline(time.Time) error }); ok && d.SetWriteDeadline(time.Now()) == nil {
			<-b.done
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.err
}

// progressOf is where progress goes that is written to a stream.
func progressOf(w io.Writer) io.Writer {
	if b, ok := w.(*BufferedWriter); ok {
		return b.Progress()
	}
	return w
}

// isBusy says that what was written to a stream has not come out yet.
func isBusy(w io.Writer) bool {
	b, ok := w.(*BufferedWriter)
	return ok && b.Busy()
}

// unwrap is the stream behind a buffer.
func unwrap(w io.Writer) io.Writer {
	if b, ok := w.(*BufferedWriter); ok {
		return b.Unwrap()
	}
	return w
}
