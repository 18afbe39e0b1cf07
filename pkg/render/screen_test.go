// SPDX-License-Identifier: Apache-2.0

package render

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// screen is as much of a terminal as a progress uses: it keeps the lines that
// were written, and breaks them anew when its width changes.
type screen struct {
	t             *testing.T
	width, height int
	lines         []string
	row, column   int // of the cursor, in lines
	hidden        bool
	writes        int
}

func newScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	return &screen{t: t, width: width, height: height, lines: []string{""}}
}

func (s *screen) style() Style {
	return Style{Size: func() (int, int) { return s.width, s.height }, Redraws: true}
}

var control = regexp.MustCompile(`^\x1b\[([?]?[0-9]*)([A-Za-z])`)

func (s *screen) Write(text []byte) (int, error) {
	s.writes++
	for rest := string(text); rest != ""; {
		if parts := control.FindStringSubmatch(rest); parts != nil {
			s.obey(parts[1], parts[2])
			rest = rest[len(parts[0]):]
			continue
		}
		s.put(rest[0])
		rest = rest[1:]
	}
	return len(text), nil
}

func (s *screen) obey(argument, command string) {
	switch command + argument {
	case "K":
		s.lines[s.row] = s.lines[s.row][:min(s.column, len(s.lines[s.row]))]
	case "J":
		s.lines[s.row] = s.lines[s.row][:min(s.column, len(s.lines[s.row]))]
		s.lines = s.lines[:s.row+1]
	case "l?25":
		s.hidden = true
	case "h?25":
		s.hidden = false
	default:
		n, err := strconv.Atoi(argument)
		if command != "A" || err != nil {
			s.t.Errorf("the terminal does not know %q %q", argument, command)
		}
		s.up(n)
	}
}

func (s *screen) put(c byte) {
	switch c {
	case '\n':
		s.row++
		s.column = 0
		if s.row == len(s.lines) {
			s.lines = append(s.lines, "")
		}
	case '\r':
		s.column = 0
	default:
		line := s.lines[s.row]
		s.lines[s.row] = line[:s.column] + string(c) + line[min(s.column+1, len(line)):]
		s.column++
	}
}

// height of a line in rows of the terminal.
func (s *screen) rows(line string) int { return max((len(line)+s.width-1)/s.width, 1) }

// up moves the cursor by rows, never above what is in sight.
func (s *screen) up(n int) {
	total, at := 0, 0
	for i, line := range s.lines {
		if i == s.row {
			at = total
		}
		total += s.rows(line)
	}
	at = max(at-n, total-s.height, 0)
	for i, line := range s.lines {
		if at < s.rows(line) {
			s.row, s.column = i, at*s.width
			return
		}
		at -= s.rows(line)
	}
}

func (s *screen) text() string { return strings.Join(s.lines, "\n") }
