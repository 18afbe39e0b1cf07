// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"testing"
)

func TestStyleOf(t *testing.T) {
	for color, want := range map[string]Color{"auto": Plain, "always": Colored, "never": Plain} {
		style, err := StyleOf(&bytes.Buffer{}, color)
		if err != nil || style.Color != want || style.Redraws || style.Size != nil {
			t.Errorf("StyleOf(a buffer, %q) = %+v, %v", color, style, err)
		}
	}
	if _, err := StyleOf(&bytes.Buffer{}, "pink"); err == nil {
		t.Error("an unknown word is taken")
	}
}

func TestRemarks(t *testing.T) {
	var b bytes.Buffer
	Note(&b, Style{}, "the soak is %d s", 10)
	Warning(&b, Style{Color: Colored}, "%s", "Argo\x1b[2J")
	want := "note: the soak is 10 s\n\x1b[33mwarning:\x1b[0m Argo\\x1b[2J\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestModes(t *testing.T) {
	redraws := terminal(80, 24)
	for _, c := range []struct {
		mode  string
		style Style
		ci    string
		want  string
	}{
		{"auto", redraws, "", "tty"},
		{"auto", redraws, "true", "lines"},
		{"auto", Style{}, "", "lines"},
		{"tty", Style{}, "true", "tty"},
		{"lines", redraws, "", "lines"},
		{"none", redraws, "", "none"},
		{"loud", redraws, "", ""},
	} {
		t.Setenv("CI", c.ci)
		p, err := NewProgress(c.mode, &bytes.Buffer{}, c.style, Header{})
		got := ""
		switch p.(type) {
		case *tty:
			got = "tty"
		case *lineLog:
			got = "lines"
		case *silent:
			got = "none"
		}
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("NewProgress(%q) with CI=%q is %q, %v, want %q", c.mode, c.ci, got, err, c.want)
		}
	}
}
