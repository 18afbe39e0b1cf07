// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// Each colour keeps its cells, and text that SVG would read is text.
func TestPicture(t *testing.T) {
	drawn := picture([]string{"$ sts", "a <b>  \x1b[32mgood\x1b[0m &c"}, "sts")
	for _, want := range []string{
		`>a &lt;b&gt;  </text>`,
		`<text x="74.8" y="51" textLength="33.6" class="green" xml:space="preserve">good</text>`,
		`<text x="108.4" y="51" textLength="25.2" xml:space="preserve"> &amp;c</text>`,
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("no %s in\n%s", want, drawn)
		}
	}
	for reader := xml.NewDecoder(strings.NewReader(drawn)); ; {
		if _, err := reader.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
