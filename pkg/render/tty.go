// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	beat = time.Second
	// soonest: a burst of sightings is not drawn one by one.
	soonest = 50 * time.Millisecond

	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	toLineEnd  = "\x1b[K" // erase from the cursor
	toEnd      = "\x1b[J" // likewise, the lines below too
)

// tty tells a run to a person: a table that is drawn over itself. There is no
// alternate screen, so that what came before stays, and the last frame does too.
// The cursor is hidden within a frame only, so that whatever ends or stops the
// process leaves it to be seen.
type tty struct {
	mutex  sync.Mutex
	out    io.Writer
	style  Style
	header Header

	view  view
	shown []string  // the frame on the screen
	width int       // of the terminal when it was drawn
	drawn time.Time // when it was
	owed  string    // text for above the frame, while the terminal takes nothing
	life  ttyLife
}

type ttyLife int

const (
	ttyIdle ttyLife = iota // nothing drawn yet
	ttyLive
	ttyClosed
)

// Beat implements Progress.
func (p *tty) Beat() time.Duration { return beat }

// Report implements Progress.
func (p *tty) Report(s rollout.State, events []rollout.Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.life == ttyClosed {
		return
	}
	p.see(s, events)
	if told := remarks(p.style, events); len(told) > 0 {
		p.above(whole(strings.Join(told, "\n")))
	} else if passed := s.At.Sub(p.drawn); passed < 0 || passed >= soonest {
		p.refresh()
	}
}

func (p *tty) see(s rollout.State, events []rollout.Event) {
	if p.view.begun.IsZero() {
		p.view.begun, p.view.header = s.At, p.header
	}
	p.view.state = s
	p.view.pace.see(p.header.Goal, s)
	for _, e := range events {
		switch e.Type {
		case rollout.WriteEvent:
			p.view.waits = nil
		case rollout.WaitEvent:
			p.view.waits = e.Blockers
		}
	}
}

// refresh draws, unless the last frame still waits to be read: this one would be
// old when its turn comes.
func (p *tty) refresh() {
	if !isBusy(p.out) {
		p.draw()
	}
}

// draw brings the screen up to date, in one write, if there is anything new.
func (p *tty) draw() {
	if p.continued() {
		p.owed, p.shown = "\n"+p.owed, nil
	}
	width, height := p.size()
	// A line as wide as the terminal would leave the cursor in doubt about where it is.
	frame := p.view.frame(p.style, width-1, height)
	p.drawn = p.view.state.At
	if p.owed == "" && p.width == width && slices.Equal(frame, p.shown) {
		return
	}
	p.life = ttyLive
	var b strings.Builder
	b.WriteString(hideCursor + p.home(width) + p.owed)
	p.owed = ""
	for _, line := range frame {
		b.WriteString(line + toLineEnd + "\n")
	}
	b.WriteString(toEnd + showCursor)
	fmt.Fprint(p.out, b.String())
	p.shown, p.width = frame, width
}

// continued says that the process was stopped since the last frame: the cursor is
// wherever others have left it.
func (p *tty) continued() bool {
	select {
	case <-p.style.Continued:
		return true
	default:
		return false
	}
}

// home brings the cursor to the first line of the frame that is shown. A
// terminal that became narrower has broken its lines.
func (p *tty) home(width int) string {
	rows := 0
	for _, line := range p.shown {
		rows += max((widthOf(line)+width-1)/width, 1)
	}
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", rows)
}

func (p *tty) size() (width, height int) {
	if p.style.Size == nil { // asked for without a terminal
		return 80, 24
	}
	width, height = p.style.Size()
	return max(width, 2), height
}

// above puts text for good where the frame stands, and the frame below it.
func (p *tty) above(text string) {
	p.owed += text
	p.refresh()
}

// Write implements Progress.
func (p *tty) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.life != ttyLive {
		return p.out.Write(text)
	}
	p.above(whole(string(text)))
	return len(text), nil
}

// whole lines, each of which covers what stood there.
func whole(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", toLineEnd+"\n") + toLineEnd + "\n"
}

// clear ends without a frame: what stood above it stays.
func (p *tty) clear() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.life != ttyLive || p.continued() {
		return
	}
	width, _ := p.size()
	fmt.Fprint(p.out, hideCursor+p.home(width)+p.owed+toEnd+showCursor)
	p.owed, p.life = "", ttyClosed
}

// Close implements Progress. Nothing is awaited any more, and the last frame says so.
func (p *tty) Close() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case p.life == ttyLive:
		p.view.waits, p.view.pace = nil, pace{}
		p.draw()
	case p.owed != "":
		fmt.Fprint(p.out, p.owed)
		p.owed = ""
	}
	p.life = ttyClosed
}
