// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
)

// rewrite puts tables into a page, each between two comments of its letter. What
// stands around them is written by hand.
func rewrite(path string, tables map[string]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page := string(text)
	for letter, table := range tables {
		if page, err = replaceTable(page, letter, table); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(page), 0o644)
}

func replaceTable(page, letter, table string) (string, error) {
	from, to := "<!-- bench "+letter+" -->\n", "<!-- end "+letter+" -->"
	head, rest, begun := strings.Cut(page, from)
	_, tail, ended := strings.Cut(rest, to)
	if !begun || !ended {
		return "", fmt.Errorf("it has no %q followed by %q for the table of that part", strings.TrimSpace(from), to)
	}
	return head + from + table + to + tail, nil
}
