// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// foundPartitionLeft is the id of a partition that a canary has left.
const foundPartitionLeft = "partition-left"

// inspectPartition finds the partition of a canary that somebody took back by other
// means than abort.
func inspectPartition(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if !f.live() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil || len(missing) > 0 {
		return nil, err
	}
	own, left := state.Leftover()
	if !left {
		return nil, nil
	}
	set := state.Set
	return []rollout.Finding{{
		ID: foundPartitionLeft, Severity: rollout.FindingWarning, Object: set.String(),
		Message: fmt.Sprintf("its partition %s is that of a %s which was taken back: it holds back the next rollout from the ordinals below it; the set's own is %s", set.Partition, set.Record.Op, own),
		Remedy:  "abort " + set.Name,
	}}, nil
}
