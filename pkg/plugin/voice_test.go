// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// What a webhook warns of reaches the terminal as text.
func TestServerWarningsAreEscaped(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(warnings{newVoice(&b)}, "Warning: %s\n", "use v2\x1b[2J\u202e\u200b\nerror: forged")
	if want := `Warning: use v2\x1b[2J\u202e\u200b\nerror: forged` + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// With -o json -w nothing that is said is lost: it is among the events.
func TestVoiceOfAStream(t *testing.T) {
	var said, told strings.Builder
	v := newVoice(&said)
	v.events = render.NewStream(&told, "web")
	v.note("a default was taken")
	v.warn("somebody writes to it")
	fmt.Fprintf(warnings{v}, "Warning: %s\n", "this image is not signed")
	for i, want := range []string{
		`"type":"Note",.*"message":"a default was taken"`,
		`"type":"Warning",.*"message":"somebody writes to it"`,
		`"type":"Warning",.*"message":"this image is not signed"`,
	} {
		if line := strings.Split(told.String(), "\n")[i]; !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("%s is not %s", line, want)
		}
	}
	if said.Len() > 0 {
		t.Errorf("said %q", said.String())
	}
}

// What was done to the cluster tells the exit code, also where its reader is gone.
func TestOutputThatIsNotRead(t *testing.T) {
	for name, tt := range map[string]struct {
		output error
		ended  error
		want   int
	}{
		"all is well":                     {nil, nil, ExitOK},
		"the reader is gone":              {syscall.EPIPE, nil, ExitOK},
		"the reader is gone of a failure": {syscall.EPIPE, codeError(ExitFailed), ExitFailed},
		"the disk is full":                {syscall.ENOSPC, nil, ExitError},
		"the disk is full of a failure":   {syscall.ENOSPC, codeError(ExitFailed), ExitFailed},
	} {
		var said strings.Builder
		s := session{Invocation: Invocation{Streams: Streams{Out: broken{tt.output}, Err: &said}}, voice: newVoice(&said)}
		flush := s.buffered(nil)
		fmt.Fprintln(s.Streams.Out, "the result")
		code, _, _ := verdict(flush(tt.ended))
		if code != tt.want || (tt.output != nil) != strings.HasPrefix(said.String(), "error: output: ") {
			t.Errorf("%s: %d, said %q", name, code, said.String())
		}
	}
}

type broken struct{ err error }

func (b broken) Write(text []byte) (int, error) { return len(text), b.err }
