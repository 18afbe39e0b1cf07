// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		`plain "text" \n -> ok`:        `plain "text" \n -> ok`,
		"日本 é 🚀":                       "日本 é 🚀",
		"\x1b[31mred\x1b[0m":           `\x1b[31mred\x1b[0m`,
		"\x1b]0;title\x07":             `\x1b]0;title\x07`,
		"\u009b31m 8-bit CSI":          `\x9b31m 8-bit CSI`,
		"\x9b31m raw byte":             `\x9b31m raw byte`,
		"\u009d0;title\u009c":          `\x9d0;title\x9c`,
		"100%\rdone":                   `100%\rdone`,
		"one\ntwo\tthree\v\f":          `one\ntwo\tthree\x0b\x0c`,
		"null \x00 bell \a del \x7f":   `null \x00 bell \x07 del \x7f`,
		"\x7f":                         `\x7f`,
		"backspace \b":                 `backspace \x08`,
		"\u202aa\u202bb\u202cc\u202dd": `\u202aa\u202bb\u202cc\u202dd`,
		"\u202eexe.txt":                `\u202eexe.txt`,
		"\u2066a\u2067b\u2068c\u2069":  `\u2066a\u2067b\u2068c\u2069`,
		"\u200ea\u200fb\u061c":         `\u200ea\u200fb\u061c`,
		"ze\u200bro\u200c\u200d\ufeff": `ze\u200bro\u200c\u200d\ufeff`,
		"no-break\u00a0space":          `no-break\xa0space`,
		"line\u2028par\u2029":          `line\u2028par\u2029`,
		"tag \U000e0041":               `tag \U000e0041`,
		"not UTF-8: \xff\xfe":          `not UTF-8: \xff\xfe`,
		"the replacement char \ufffd":  "the replacement char \ufffd",
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// Whatever a cluster says, no byte of it steers the terminal.
func FuzzEscape(f *testing.F) {
	f.Add("\x1b[2J\u202e\r\n\x9b")
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		if strings.IndexFunc(got, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) >= 0 {
			t.Errorf("Escape(%q) = %q", text, got)
		}
		if Escape(got) != got {
			t.Errorf("escaping %q again changes it", got)
		}
	})
}
