// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Sizes of the picture, in its own units.
const (
	cellWidth  = 8.4 // of one character at the font size below, made exact by textLength
	lineHeight = 20
	margin     = 16
)

// pictureHead begins the picture. It has its own background, so that it can be read
// on a light page and on a dark one, and follows the reader's colour scheme.
const pictureHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img">
<title>%[3]s</title>
<style>
rect { fill: #f6f8fa; stroke: #d0d7de }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.bold { font-weight: 600 } .dim { fill: #59636e }
.red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 }
@media (prefers-color-scheme: dark) {
rect { fill: #0d1117; stroke: #3d444d }
text { fill: #f0f6fc }
.dim { fill: #9198a1 }
.red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 }
}
</style>
<rect x="0.5" y="0.5" width="%[4]d" height="%[5]d" rx="6"/>
`

// writePicture paints a frame of the live table, as the tests of package render have
// it, as an SVG.
func writePicture(frameFile, pictureFile, command string) error {
	frame, err := os.ReadFile(frameFile)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	lines := append([]string{"$ " + command}, strings.Split(strings.TrimSuffix(string(frame), "\n"), "\n")...)
	if err := os.WriteFile(pictureFile, []byte(picture(lines, command)), 0o644); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

func picture(lines []string, title string) string {
	widest := 0
	for _, line := range lines {
		widest = max(widest, utf8.RuneCountInString(sgr.ReplaceAllString(line, "")))
	}
	width, height := int(float64(widest)*cellWidth)+2*margin, len(lines)*lineHeight+2*margin
	var out strings.Builder
	fmt.Fprintf(&out, pictureHead, width, height, html.EscapeString(title), width-1, height-1)
	for i, line := range lines {
		out.WriteString(textLine(line, margin+(i+1)*lineHeight-5))
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// textLine is one line of the frame, a piece for each colour, each in its own cells.
func textLine(line string, y int) string {
	var out strings.Builder
	class, column := "", 0
	for line != "" {
		text, code := line, ""
		if at := sgr.FindStringSubmatchIndex(line); at != nil {
			text, code, line = line[:at[0]], line[at[2]:at[3]], line[at[1]:]
		} else {
			line = ""
		}
		if cells := utf8.RuneCountInString(text); strings.TrimSpace(text) != "" {
			fmt.Fprintf(&out, `<text x="%.1f" y="%d" textLength="%.1f"%s xml:space="preserve">%s</text>`+"\n",
				margin+float64(column)*cellWidth, y, float64(cells)*cellWidth, class, html.EscapeString(text))
		}
		column += utf8.RuneCountInString(text)
		class = classOf(code)
	}
	return out.String()
}

// sgr is how a terminal is told a colour.
var sgr = regexp.MustCompile(`\x1b\[([0-9]*)m`)

// classOf is the style of a colour's code; "" is none.
func classOf(code string) string {
	names := map[string]string{"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow"}
	if name := names[code]; name != "" {
		return ` class="` + name + `"`
	}
	return ""
}
