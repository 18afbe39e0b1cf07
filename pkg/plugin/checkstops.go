// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// inspectStops finds claims that the template names and with which a new pod would never
// start.
func inspectStops(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if !needs.NamesClaims(f.set) {
		return nil, nil
	}
	missing, err := f.client.Missing(ctx, []cluster.Rule{{Verb: "list", Resource: "persistentvolumeclaims"}})
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("whether a claim that its template names is Lost or being deleted", forbidden(f.client.Namespace(), missing))}, nil
	}
	return f.client.Stops(ctx, f.set)
}
