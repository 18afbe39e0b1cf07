// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func leftOut(lines int) []byte { return fmt.Appendf(nil, "%d left out\n", lines) }

// Who writes never waits for who reads: the oldest progress goes, what is no
// progress stays, and a line stands in the place of what went.
func TestBufferedWriterHoldsNobodyUp(t *testing.T) {
	t.Run("it writes at once", func(t *testing.T) {
		reader, writer := io.Pipe()
		holdsNobodyUp(t, NewBufferedWriter(writer, leftOut), reader, writer)
	})
	t.Run("it begins late", func(t *testing.T) {
		reader, writer := io.Pipe()
		b := newBufferedWriter(writer, leftOut)
		holdsNobodyUp(t, b, late{reader, b}, writer)
	})
}

// late has a buffer begin to write when somebody reads.
type late struct {
	*io.PipeReader
	buffer *BufferedWriter
}

func (l late) WriteTo(w io.Writer) (int64, error) {
	go l.buffer.run()
	return io.Copy(w, l.PipeReader)
}

func holdsNobodyUp(t *testing.T, b *BufferedWriter, reader io.Reader, writer io.Closer) {
	t.Helper()
	const lines, width = 5000, 1000
	fmt.Fprintln(b, "first")
	for range lines {
		fmt.Fprintln(b.Progress(), strings.Repeat("p", width-1))
	}
	fmt.Fprintln(b, "last")
	if !b.Busy() {
		t.Error("it says that nothing waits to be read")
	}
	read := make(chan string)
	go func() {
		var text strings.Builder
		if _, err := io.Copy(&text, reader); err != nil {
			t.Error(err)
		}
		read <- text.String()
	}()
	if err := b.Close(time.Hour); err != nil {
		t.Error(err)
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	text := <-read
	var left int
	if _, err := fmt.Sscanf(text[strings.Index(text, "\n")+1:], "%d left out", &left); err != nil {
		t.Fatalf("%v in %.100q", err, text)
	}
	if kept := strings.Count(text, "ppp\n"); kept+left != lines || kept*width > mostBuffered {
		t.Errorf("%d lines are there and %d left out, of %d", kept, left, lines)
	}
	if !strings.HasPrefix(text, "first\n") || !strings.HasSuffix(text, "last\n") {
		t.Errorf("it begins with %.20q and ends with %q", text, text[len(text)-20:])
	}
}

// A reader that takes nothing is waited for so long, and no longer.
func TestBufferedWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		b := NewBufferedWriter(writer, leftOut)
		fmt.Fprintln(b, "the result")
		began := time.Now()
		if err := b.Close(time.Minute); !errors.Is(err, ErrNotRead) || time.Since(began) != time.Minute {
			t.Errorf("it ends with %v after %s", err, time.Since(began))
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Where the stream can be made to give up, nothing goes on behind.
func TestBufferedWriterLeavesNoWriteBehind(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b := NewBufferedWriter(writer, leftOut)
	fmt.Fprint(b, strings.Repeat("x", 1<<20))
	if err := b.Close(time.Millisecond); !errors.Is(err, ErrNotRead) {
		t.Errorf("it ends with %v", err)
	}
	<-b.done
	if err := errors.Join(writer.Close(), reader.Close()); err != nil {
		t.Error(err)
	}
}

func TestBufferedWriterKeepsTheFirstError(t *testing.T) {
	reader, writer := io.Pipe()
	gone := errors.New("gone")
	if err := reader.CloseWithError(gone); err != nil {
		t.Fatal(err)
	}
	b := NewBufferedWriter(writer, leftOut)
	for range 3 {
		if _, err := fmt.Fprintln(b, "more"); err != nil {
			t.Errorf("a write fails with %v", err)
		}
	}
	if err := b.Close(time.Hour); !errors.Is(err, gone) {
		t.Errorf("it ends with %v", err)
	}
}
