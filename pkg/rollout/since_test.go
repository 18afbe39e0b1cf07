// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestSince: what was written since is told, and what made no difference is not.
func TestSince(t *testing.T) {
	left := web().State().Set
	for name, tt := range map[string]struct {
		edit func(*rollout.Set)
		want string
	}{
		"nothing":             {func(*rollout.Set) {}, ""},
		"another field":       {func(s *rollout.Set) { s.Generation++ }, ""},
		"the replicas":        {func(s *rollout.Set) { s.Generation++; s.Replicas = 3 }, "statefulset.apps/web: replicas changed from 5 to 3"},
		"made anew by others": {func(s *rollout.Set) { s.UID = "other" }, "statefulset.apps/web is another object now (uid other, it was " + string(left.UID) + ")"},
		"deleted":             {func(s *rollout.Set) { s.Deleting = true }, "statefulset.apps/web is being deleted"},
	} {
		s := web().State()
		tt.edit(&s.Set)
		if err := s.Since(left); err != nil != (tt.want != "") || err != nil && err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
