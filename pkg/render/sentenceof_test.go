// SPDX-License-Identifier: Apache-2.0

package render

import "testing"

// TestSentenceLeavesPartsOut: a part that does not fit is left out, and not cut.
func TestSentenceLeavesPartsOut(t *testing.T) {
	parts := []cell{{text: "promote web"}, {text: "elapsed 40s"}, {text: "about 92s left"}, {text: "x"}}
	for width, want := range map[int]string{
		0:  "promote web  elapsed 40s  about 92s left  x",
		40: "promote web  elapsed 40s  about 92s left",
		38: "promote web  elapsed 40s",
		8:  "promo...",
	} {
		if got := sentenceOf(Style{}, width, parts); got != want {
			t.Errorf("in %d cells it is %q, want %q", width, got, want)
		}
	}
}
