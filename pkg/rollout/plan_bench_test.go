// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"fmt"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// BenchmarkPlan makes one plan of each verb. The time of one must grow with the
// ordinals and no faster; `make bench` compares them at 5,000.
func BenchmarkPlan(b *testing.B) {
	for _, replicas := range []int32{1000, 5000} {
		for _, verb := range rollouttest.Plans(replicas) {
			b.Run(fmt.Sprintf("%s/%d", verb.Name, replicas), func(b *testing.B) {
				for b.Loop() {
					if _, err := verb.Goal.Plan(verb.State); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
