// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"strings"
	"testing"
)

// What a webhook warns of reaches the terminal as text.
func TestServerWarningsAreEscaped(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(warnings{newVoice(&b)}, "Warning: %s\n", "use v2\x1b[2J\u202e\u200b\nerror: forged")
	if want := `Warning: use v2\x1b[2J\u202e\u200b\nerror: forged` + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
