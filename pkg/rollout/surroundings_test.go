// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestMakesClaim(t *testing.T) {
	set := rollout.Set{Name: "web-db", ClaimTemplates: []string{"logs", "data"}}
	for claimName, want := range map[string]bool{
		"data-web-db-0": true, "logs-web-db-12": true, "data-web-db-01": false, "data-web-db--1": false,
		"data-web-db-": false, "data-web-db-x": false, "data-web-0": false, "data-web-db-4294967296": false,
		"data-web-db-x-0": false, "more-data-web-db-0": false, "data-web-db-+1": false,
	} {
		if got := set.MakesClaim(claimName); got != want {
			t.Errorf("%s: %v", claimName, got)
		}
	}
}
