// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"slices"
	"strings"
)

// Pasted are the words of a printed command as a shell takes them. It is an error where
// the shell would run more than one command, or put something else in the place of a word.
func Pasted(line string) ([]string, error) {
	var p pasting
	for _, r := range line {
		if err := p.take(r); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	p.end()
	switch {
	case p.quote != 0:
		return nil, fmt.Errorf("%s: a quote is not closed", line)
	case slices.Contains(p.words, "..."):
		return nil, fmt.Errorf("%s: ... is a word of the command", line)
	}
	return p.words, nil
}

// pasting is a line as far as a shell has read it.
type pasting struct {
	words []string
	word  strings.Builder
	begun bool
	quote rune // that is open; 0 for none
}

func (p *pasting) take(r rune) error {
	switch {
	case p.quote == '\'' && r != '\'', p.quote == '"' && r != '"' && !strings.ContainsRune("$`\\!", r):
		p.word.WriteRune(r)
	case p.quote != 0 && r == p.quote:
		p.quote = 0
	case p.quote == 0 && (r == '\'' || r == '"'):
		p.quote, p.begun = r, true
	case p.quote == 0 && r == ' ':
		p.end()
	case p.quote != 0, strings.ContainsRune("|&;<>()$`\\*?[]{}~#!\t\n", r):
		return fmt.Errorf("%q has a meaning of its own in a shell", r)
	default:
		p.begun = true
		p.word.WriteRune(r)
	}
	return nil
}

func (p *pasting) end() {
	if p.begun {
		p.words = append(p.words, p.word.String())
	}
	p.word.Reset()
	p.begun = false
}
