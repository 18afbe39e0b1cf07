// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// cell is one text of a table and how it is coloured.
type cell struct {
	text string
	tone tone
}

// column is a column of a table, as data.
type column[T any] struct {
	title string
	cell  func(T) cell
	// least cells that a narrow terminal leaves of it; 0: it is never cut.
	least int
	// gives says in which order whole columns give way to a narrow terminal,
	// the smallest number first; 0: never.
	gives int
}

// grid is a table between its cells and its lines.
type grid struct {
	titles []string
	rows   [][]cell
	widths []int
	least  []int
	gives  []int
}

const gap = 3 // spaces between columns, as kubectl has it

// draw lays a table out, in at most width cells where its columns allow that;
// 0 is no limit. A column with nothing in it is left out.
func draw[T any](style Style, width int, columns []column[T], rows []T) ([]string, error) {
	g := &grid{rows: make([][]cell, len(rows))}
	for _, c := range columns {
		g.add(c.title, c.least, c.gives, len(rows), func(i int) cell { return c.cell(rows[i]) })
	}
	if width > 0 {
		g.fit(width)
	}
	return g.lines(style)
}

// add appends a column.
func (g *grid) add(title string, least, gives, rows int, at func(int) cell) {
	cells := make([]cell, rows)
	widest := 0
	for i := range cells {
		cells[i] = at(i)
		cells[i].text = strings.TrimSpace(Escape(cells[i].text))
		widest = max(widest, widthOf(cells[i].text))
	}
	if widest == 0 && rows > 0 {
		return
	}
	for i := range cells {
		g.rows[i] = append(g.rows[i], cells[i])
	}
	g.titles = append(g.titles, title)
	g.widths = append(g.widths, max(widest, len(title)))
	g.least = append(g.least, least)
	g.gives = append(g.gives, gives)
}

// fit makes rows no wider than width: the last column is cut, then columns give
// way, then the widest is cut again and again.
func (g *grid) fit(width int) {
	for g.narrowest() > width && g.drop() {
	}
	last := len(g.widths) - 1
	if over := g.total() - width; over > 0 {
		g.widths[last] = max(g.floor(last), g.widths[last]-over)
	}
	for g.total() > width && g.cutWidest() {
	}
	for _, row := range g.rows {
		for c := range row {
			row[c].text = shorten(row[c].text, g.widths[c])
		}
	}
	for c := range g.titles {
		g.titles[c] = shorten(g.titles[c], g.widths[c])
	}
}

func (g *grid) total() int {
	sum := gap * (len(g.widths) - 1)
	for _, w := range g.widths {
		sum += w
	}
	return sum
}

// narrowest is the total with only the last column cut.
func (g *grid) narrowest() int {
	last := len(g.widths) - 1
	return g.total() - g.widths[last] + g.floor(last)
}

// floor is the least width of a column.
func (g *grid) floor(c int) int {
	if g.least[c] == 0 {
		return g.widths[c]
	}
	return min(g.least[c], g.widths[c])
}

// drop removes the column that gives way first; false when none does.
func (g *grid) drop() bool {
	first := -1
	for c, rank := range g.gives {
		if rank > 0 && (first < 0 || rank < g.gives[first]) {
			first = c
		}
	}
	if first < 0 {
		return false
	}
	for i, row := range g.rows {
		g.rows[i] = append(row[:first], row[first+1:]...)
	}
	g.titles = append(g.titles[:first], g.titles[first+1:]...)
	g.widths = append(g.widths[:first], g.widths[first+1:]...)
	g.least = append(g.least[:first], g.least[first+1:]...)
	g.gives = append(g.gives[:first], g.gives[first+1:]...)
	return true
}

// cutWidest takes a cell off the widest column that may be cut; false when none may.
func (g *grid) cutWidest() bool {
	widest := -1
	for c, w := range g.widths {
		if w > g.floor(c) && (widest < 0 || w > g.widths[widest]) {
			widest = c
		}
	}
	if widest < 0 {
		return false
	}
	g.widths[widest]--
	return true
}

// cut marks where text was left out. It is ASCII, since a terminal and this
// program may differ on the width of anything else.
const cut = "..."

func widthOf(text string) int { return twwidth.Width(text) }

// shorten cuts text to width cells.
func shorten(text string, width int) string {
	switch {
	case widthOf(text) <= width:
		return text
	case width <= len(cut):
		return twwidth.Truncate(text, width)
	default:
		return twwidth.Truncate(text, width, cut)
	}
}

// lines lays the grid out, without spaces at the ends of lines.
func (g *grid) lines(style Style) ([]string, error) {
	var b strings.Builder
	table := newTable(&b)
	table.Header(g.titles)
	for _, row := range g.rows {
		texts := make([]string, len(row))
		for c := range row {
			texts[c] = row[c].text
		}
		if err := table.Append(texts); err != nil {
			return nil, fmt.Errorf("table: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
		if i > 0 {
			lines[i] = paintCells(style, lines[i], g.rows[i-1])
		}
	}
	return lines, nil
}

// newTable is a table writer that writes as kubectl does: no borders, no
// wrapping, titles as they are. It neither cuts nor escapes here: its own
// truncation cuts only titles, and it passes control sequences on.
func newTable(b *strings.Builder) *tablewriter.Table {
	cells := tw.CellConfig{
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}},
	}
	return tablewriter.NewTable(b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}))
}

// paintCells colours the cells of a line where they stand.
func paintCells(style Style, line string, row []cell) string {
	if style.Color != Colored {
		return line
	}
	var b strings.Builder
	for _, c := range row {
		at := strings.Index(line, c.text)
		if c.text == "" || at < 0 {
			continue
		}
		b.WriteString(line[:at])
		b.WriteString(style.paint(c.tone, c.text))
		line = line[at+len(c.text):]
	}
	b.WriteString(line)
	return b.String()
}
