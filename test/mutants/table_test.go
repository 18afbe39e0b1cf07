// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The code goes on, and a row that matches nothing any more tries nothing.
func TestEveryMutantIsOne(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if names[m.name] {
				t.Error("two rows have this name")
			}
			names[m.name] = true
			text, err := os.ReadFile(filepath.Join("..", "..", m.file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.in(string(text)); err != nil {
				t.Error(err)
			}
			if !strings.Contains(string(page), "\n| "+m.name+" | ") {
				t.Error("docs/testing.md does not say which test minds it")
			}
		})
	}
}
