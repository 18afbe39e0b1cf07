// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestReplaceTable(t *testing.T) {
	page := "before\n<!-- bench a -->\nold\n<!-- end a -->\nbetween\n<!-- bench b -->\nkept\n<!-- end b -->\n"
	want := "before\n<!-- bench a -->\nnew\n<!-- end a -->\nbetween\n<!-- bench b -->\nkept\n<!-- end b -->\n"
	got, err := replaceTable(page, "a", "new\n")
	if err != nil || got != want {
		t.Errorf("got %q and %v, not %q", got, err, want)
	}
	if _, err := replaceTable(page, "c", "new\n"); err == nil {
		t.Error("a part that has no place in the page was taken")
	}
}
