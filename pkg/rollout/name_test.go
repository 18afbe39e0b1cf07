// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestNameTooLong(t *testing.T) {
	for length, want := range map[int]string{1: "", 52: "", 53: "has 53 characters", 63: "has 63 characters, of 52 that are safe"} {
		got := rollout.NameTooLong(strings.Repeat("w", length))
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%d: %q, want %q", length, got, want)
		}
	}
}
