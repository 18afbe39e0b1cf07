// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Progress tells a run as it goes, on stderr. What is written to it otherwise
// (warnings of the server, log lines) comes out whole, without tearing what is
// shown; that and Close may come from any goroutine.
type Progress interface {
	io.Writer
	// Report is a rollout.Report. It is also called on every beat, without events.
	Report(s rollout.State, events []rollout.Event)
	// Beat is how often to report though nothing has happened; 0 for never.
	Beat() time.Duration
	// Close leaves the last frame where it is and gives the cursor back.
	Close()
}

// Clear closes, and takes the last frame off the screen, for what is printed in its place.
func Clear(p Progress) {
	if screen, ok := p.(*tty); ok {
		screen.clear()
	}
	p.Close()
}

// Header is what a heading needs to know of a run.
type Header struct {
	Command   string
	SetName   string
	Namespace string
	// Goal tells how far there is to go; nil where a set is only watched.
	Goal rollout.Goal
}

// NewProgress makes the progress of a mode: auto, tty, lines or none. auto is
// tty where w can be redrawn and no CI variable is set.
func NewProgress(mode string, w io.Writer, style Style, header Header) (Progress, error) {
	if mode == "auto" {
		mode = "lines"
		if style.Redraws && os.Getenv("CI") == "" {
			mode = "tty"
		}
	}
	switch mode {
	case "tty":
		return &tty{out: w, style: style, header: header}, nil
	case "lines":
		return &lineLog{out: w, lines: progressOf(w), style: style, header: header}, nil
	case "none":
		return &silent{out: w, style: style}, nil
	default:
		return nil, fmt.Errorf("--progress: %q is not one of auto, tty, lines, none", mode)
	}
}

// silent tells of nothing but what the user should know in any case.
type silent struct {
	mutex sync.Mutex
	out   io.Writer
	style Style
}

// Write implements Progress.
func (p *silent) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.out.Write(text)
}

// Report implements Progress.
func (p *silent) Report(_ rollout.State, events []rollout.Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, text := range remarks(p.style, events) {
		fmt.Fprintln(p.out, text)
	}
}

// Beat implements Progress.
func (p *silent) Beat() time.Duration { return 0 }

// Close implements Progress.
func (p *silent) Close() {}

// remarks are the notes and warnings among events.
func remarks(style Style, events []rollout.Event) []string {
	var texts []string
	for _, e := range events {
		switch e.Type {
		case rollout.NoteEvent:
			texts = append(texts, remark(style, quiet, "note", "%s", e.Message))
		case rollout.WarningEvent:
			texts = append(texts, remark(style, moving, "warning", "%s", e.Message))
		}
	}
	return texts
}
