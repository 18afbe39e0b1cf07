// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"slices"
	"testing"
)

func TestPasted(t *testing.T) {
	for line, want := range map[string][]string{
		`kubectl -n shop get pod web-0 -o jsonpath='{.status}'`: {"kubectl", "-n", "shop", "get", "pod", "web-0", "-o", "jsonpath={.status}"},
		`a  "b c" ''`:            {"a", "b c", ""},
		`a 'nfs|local'`:          {"a", "nfs|local"},
		`pv create --type a|b`:   nil,
		`pv create --type nfs …`: {"pv", "create", "--type", "nfs", "…"},
		`pv create ...`:          nil,
		`get <NAME>`:             nil,
		`a && b`:                 nil,
		`a "$b"`:                 nil,
		`a 'b`:                   nil,
		`a {b,c}`:                nil,
	} {
		if got, err := Pasted(line); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
}
