// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// voice is standard error, shared by all who speak to the user: while a live
// table is up, everything goes through it, so that nothing tears it.
type voice struct {
	mutex sync.Mutex
	err   io.Writer // the stream itself
	now   io.Writer // err, or the progress that is up
	style render.Style
	// events takes the notes and the warnings of -o json -w; nil without.
	events *render.Stream
	noted  map[string]bool // what was noted is not noted again
}

func newVoice(err io.Writer) *voice { return &voice{err: err, now: err, noted: map[string]bool{}} }

// Write comes from any goroutine.
func (v *voice) Write(text []byte) (int, error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.now.Write(text)
}

// through sends all that is said through w until the returned function is called.
func (v *voice) through(w io.Writer) (back func()) {
	set := func(w io.Writer) (before io.Writer) {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		before, v.now = v.now, w
		return before
	}
	before := set(w)
	return func() { set(before) }
}

// paint decides the style by the flag --color.
func (v *voice) paint(color string) error {
	style, err := render.StyleOf(v.err, color)
	if err != nil {
		return usage("%v", err)
	}
	v.style = style
	return nil
}

// note tells something worth a line, once.
func (v *voice) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	switch {
	case !v.unheard(text):
	case v.events != nil:
		v.events.Remark(rollout.NoteEvent, text)
	default:
		render.Note(v, v.style, "%s", text)
	}
}

func (v *voice) unheard(text string) bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	heard := v.noted[text]
	v.noted[text] = true
	return !heard
}

// warn tells something that will matter later.
func (v *voice) warn(format string, args ...any) {
	if v.events != nil {
		v.events.Remark(rollout.WarningEvent, fmt.Sprintf(format, args...))
		return
	}
	render.Warning(v, v.style, format, args...)
}

// say writes a line as it is, apart from what a terminal would obey.
func (v *voice) say(format string, args ...any) {
	// A standard error that is gone cannot be told about.
	_, _ = fmt.Fprintln(v, render.Escape(fmt.Sprintf(format, args...)))
}

// warnings are where the server's own go. A line of theirs is a text of the
// cluster like any other: an admission webhook wrote it.
type warnings struct{ *voice }

// Write implements io.Writer; a warning is written at once.
func (w warnings) Write(line []byte) (int, error) {
	text := strings.TrimSuffix(string(line), "\n")
	if w.events != nil {
		w.warn("%s", strings.TrimPrefix(text, "Warning: "))
	} else {
		w.say("%s", text)
	}
	return len(line), nil
}
