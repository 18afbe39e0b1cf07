// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Color says whether a stream gets colours.
type Color string

// The two kinds of stream.
const (
	Plain   Color = ""
	Colored Color = "colored"
)

// Style says how a stream may be written to. The zero value is a file: no
// colour, no width. It is decided once for each stream.
type Style struct {
	Color Color
	// Size of the terminal in cells, asked anew for every frame, since a window
	// may be resized; nil where the stream is none.
	Size func() (width, height int)
	// Redraws: the terminal can take back what stands on it.
	Redraws bool
	// Continued receives when the process goes on after it was stopped: others have
	// written to the terminal meanwhile. nil where that does not happen.
	Continued <-chan os.Signal
}

// StyleOf decides by the stream, the environment and the --color flag: auto,
// always or never. The flag beats NO_COLOR, which beats what the terminal can do.
func StyleOf(w io.Writer, color string) (Style, error) {
	w = unwrap(w)
	style := Style{Size: sizeOf(w)}
	style.Redraws = style.Size != nil && understandsEscapes()
	switch color {
	case "auto":
		if printers.AllowsColorOutput(w) {
			style.Color = Colored
		}
	case "always":
		style.Color = Colored
	case "never":
	default:
		return Style{}, fmt.Errorf("--color: %q is not one of auto, always, never", color)
	}
	return style, nil
}

// IsTerminal says that somebody may be there to answer.
func IsTerminal(r io.Reader) bool {
	file, ok := r.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(file.Fd()))
}

// sizeOf is nil where w is no terminal.
func sizeOf(w io.Writer) func() (width, height int) {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24 // what a terminal is taken for that does not say
		}
		return width, height
	}
}

// understandsEscapes: on Windows only the newer terminal does, and it says so.
func understandsEscapes() bool {
	return os.Getenv("TERM") != "dumb" && (runtime.GOOS != "windows" || os.Getenv("WT_SESSION") != "")
}

// width in cells; 0 where there is no limit.
func (s Style) width() int {
	if s.Size == nil {
		return 0
	}
	width, _ := s.Size()
	return width
}

// tone is what a colour says. Its value is the SGR sequence that begins it.
type tone string

const (
	calm   tone = ""
	good   tone = "\x1b[32m"
	moving tone = "\x1b[33m"
	bad    tone = "\x1b[31m"
	quiet  tone = "\x1b[2m"
	strong tone = "\x1b[1m"

	toneEnds = "\x1b[0m"
)

// paint colours text that is laid out already.
func (s Style) paint(t tone, text string) string {
	if s.Color != Colored || t == calm || text == "" {
		return text
	}
	return string(t) + text + toneEnds
}

func toneOfPhase(p rollout.Phase) tone {
	switch p {
	case rollout.Available:
		return good
	case rollout.Failing:
		return bad
	case rollout.Absent:
		return quiet
	default:
		return moving
	}
}

func toneOfWord(w rollout.Word) tone {
	switch w {
	case rollout.WordSettled:
		return good
	case rollout.WordFailing, rollout.WordOversized:
		return bad
	default:
		return moving
	}
}
