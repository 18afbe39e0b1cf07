// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// sighting is the live set as the inspections of a check see it: read once, by the first
// that asks, so that all speak of the same moment.
type sighting struct {
	read    bool
	state   rollout.State
	missing []cluster.Rule
	err     error
}

// state is the sighting of the set that is there, or the permissions that are missing
// for it.
func (f found) state(ctx context.Context) (rollout.State, []cluster.Rule, error) {
	seen := f.sight
	if !seen.read {
		seen.read = true
		seen.missing, seen.err = f.client.Missing(ctx, looksAtPods())
		if seen.err == nil && len(seen.missing) == 0 {
			seen.state, seen.err = f.client.Look(ctx, f.set.Name, cluster.Options{FailurePolicy: defaultFailurePolicy()})
			seen.state = seen.state.ByOwnTimes(stallDefault)
		}
	}
	return seen.state, seen.missing, seen.err
}

func looksAtPods() []cluster.Rule {
	return []cluster.Rule{
		{Verb: "list", Resource: "pods"},
		{Verb: "list", Group: "apps", Resource: "controllerrevisions"},
	}
}
