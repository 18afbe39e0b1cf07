// SPDX-License-Identifier: Apache-2.0

package render

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// line is a row of three columns: one that stays, one that gives way, one that is cut.
type line struct{ name, where, note string }

func lineColumns() []column[line] {
	return []column[line]{
		{title: "NAME", least: 6, cell: func(l line) cell { return cell{text: l.name} }},
		{title: "where", gives: 1, cell: func(l line) cell { return cell{l.where, good} }},
		{title: "NOTE", least: 8, cell: func(l line) cell { return cell{l.note, bad} }},
	}
}

func TestTable(t *testing.T) {
	rows := []line{{"web-0", "", "日本語のとても長い知らせ"}, {"web-10", "node-1", "fine"}, {"web-11", "node-2", ""}}
	for _, c := range []struct {
		name  string
		width int
		rows  []line
		want  string
	}{
		{"as wide as it likes", 0, rows, `
NAME     where    NOTE
web-0             日本語のとても長い知らせ
web-10   node-1   fine
web-11   node-2`},
		{"the last column is cut first", 30, rows, `
NAME     where    NOTE
web-0             日本語の...
web-10   node-1   fine
web-11   node-2`},
		{"a column gives way", 25, rows, `
NAME     NOTE
web-0    日本語のとて...
web-10   fine
web-11`},
		{"no row", 0, nil, `
NAME   where   NOTE`},
		{"an empty column is left out", 0, []line{{"web-0", "", "ok"}}, `
NAME    NOTE
web-0   ok`},
		{"one text is one row", 0, []line{{"web-0", "a\tb", "two\nlines "}}, `
NAME    where   NOTE
web-0   a\tb    two\nlines`},
	} {
		lines, err := draw(Style{}, c.width, lineColumns(), c.rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		for _, l := range lines {
			if c.width > 0 && widthOf(l) > c.width {
				t.Errorf("%s: %q is wider than %d", c.name, l, c.width)
			}
		}
	}
}

// Colour changes nothing but colour: without it the bytes are the same.
func TestTablePainted(t *testing.T) {
	rows := []line{{"web-0", "0", "web-0 0"}, {"node", "node", "node"}, {"", "x", ""}}
	plain, err := draw(Style{}, 0, lineColumns(), rows)
	if err != nil {
		t.Fatal(err)
	}
	painted, err := draw(Style{Color: Colored}, 0, lineColumns(), rows)
	if err != nil {
		t.Fatal(err)
	}
	sgr := regexp.MustCompile(`\x1b\[[0-9]*m`)
	if diff := cmp.Diff(plain, strings.Split(sgr.ReplaceAllString(strings.Join(painted, "\n"), ""), "\n")); diff != "" {
		t.Errorf("painted differs (-plain +painted):\n%s", diff)
	}
	want := "node    " + string(good) + "node" + toneEnds + "    " + string(bad) + "node" + toneEnds
	if painted[2] != want {
		t.Errorf("got %q, want %q", painted[2], want)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"fits", 4, "fits"},
		{"does not", 7, "does..."},
		{"日本語日本語", 8, "日本..."},
		{"tiny", 3, "tin"},
		{"none", 0, ""},
	} {
		if got := shorten(c.text, c.width); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
