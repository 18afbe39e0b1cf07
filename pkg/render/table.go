// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"slices"
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
	// wide makes it at least so many cells, where there is room, so that a table
	// that is drawn again and again stands still.
	wide int
	// gives says in which order whole columns give way to a narrow terminal,
	// the smallest number first; 0: never.
	gives int
}

// grid is a table between its cells and its lines.
type grid struct {
	columns []measure
	rows    [][]cell
}

// measure is what the layout knows of a column.
type measure struct {
	title        string
	width        int
	least, gives int
}

const gap = 3 // spaces between columns, as kubectl has it

// draw lays a table out, in at most width cells where its columns allow that;
// 0 is no limit. A column with nothing in it is left out.
func draw[T any](style Style, width int, columns []column[T], rows []T) ([]string, error) {
	g := &grid{rows: make([][]cell, len(rows))}
	for _, c := range columns {
		cells := make([]cell, len(rows))
		for i, row := range rows {
			cells[i] = c.cell(row)
		}
		g.add(measure{c.title, max(c.wide, len(c.title)), c.least, c.gives}, cells)
	}
	if width > 0 {
		g.fit(width)
	}
	return g.lines(style)
}

// add appends a column, if there is anything in it.
func (g *grid) add(m measure, cells []cell) {
	widest := 0
	for i := range cells {
		cells[i].text = strings.TrimSpace(Escape(cells[i].text))
		widest = max(widest, widthOf(cells[i].text))
	}
	if widest == 0 && len(cells) > 0 {
		return
	}
	for i := range cells {
		g.rows[i] = append(g.rows[i], cells[i])
	}
	m.width = max(m.width, widest)
	g.columns = append(g.columns, m)
}

// fit makes rows no wider than width, if that can be: columns give way as long
// as cutting the last one is not enough; then it is cut, then the widest, again
// and again.
func (g *grid) fit(width int) {
	last := func() *measure { return &g.columns[len(g.columns)-1] }
	for g.total()-last().width+last().floor() > width && g.drop() {
	}
	if over := g.total() - width; over > 0 {
		last().width = max(last().floor(), last().width-over)
	}
	for g.total() > width && g.cutWidest() {
	}
	for c, m := range g.columns {
		g.columns[c].title = shorten(m.title, m.width)
		for _, row := range g.rows {
			row[c].text = shorten(row[c].text, m.width)
		}
	}
}

func (g *grid) total() int {
	sum := gap * (len(g.columns) - 1)
	for _, m := range g.columns {
		sum += m.width
	}
	return sum
}

// floor is the least width of a column.
func (m measure) floor() int {
	if m.least == 0 {
		return m.width
	}
	return min(m.least, m.width)
}

// drop removes the column that gives way first; false when none does.
func (g *grid) drop() bool {
	first := -1
	for c, m := range g.columns {
		if m.gives > 0 && (first < 0 || m.gives < g.columns[first].gives) {
			first = c
		}
	}
	if first < 0 {
		return false
	}
	g.columns = slices.Delete(g.columns, first, first+1)
	for i, row := range g.rows {
		g.rows[i] = slices.Delete(row, first, first+1)
	}
	return true
}

// cutWidest takes a cell off the widest column that may be cut; false when none may.
func (g *grid) cutWidest() bool {
	widest := -1
	for c, m := range g.columns {
		if m.width > m.floor() && (widest < 0 || m.width > g.columns[widest].width) {
			widest = c
		}
	}
	if widest < 0 {
		return false
	}
	g.columns[widest].width--
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
	titles := make([]string, len(g.columns))
	for c, m := range g.columns {
		titles[c] = m.title + strings.Repeat(" ", m.width-widthOf(m.title))
	}
	table.Header(titles)
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
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells, Behavior: tw.Behavior{TrimSpace: tw.Off}}))
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
