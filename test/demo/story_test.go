// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main

import "testing"

// What the README says to run first comes to its end.
func TestStory(t *testing.T) {
	if err := run(t.Context()); err != nil {
		t.Fatal(err)
	}
}
