// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// inspectBeside finds that the pods of the live set keep those of the manifest's template
// from their nodes.
func inspectBeside(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if f.live() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case len(missing) > 0:
		return unseenBeside(f, missing), nil
	}
	standing := standingOf(state)
	if len(needs.KeptApart(f.set, f.client.Namespace(), standing)) == 0 {
		return nil, nil
	}
	if missing, err = f.client.Missing(ctx, []cluster.Rule{{Verb: "list", Resource: "nodes", Wide: true}}); err != nil || len(missing) > 0 {
		return nil, err // inspectNodes has told it
	}
	nodes, err := f.client.AllNodes(ctx)
	if err != nil {
		return nil, err
	}
	return needs.Beside(f.set, f.client.Namespace(), nodes, standing, state.Set.Replicas), nil
}

// unseenBeside is told where the manifest keeps its pods apart; else there is hardly
// anything to find.
func unseenBeside(f found, missing []cluster.Rule) []rollout.Finding {
	if !needs.KeepsApart(f.set) {
		return nil
	}
	return []rollout.Finding{unseen("the pods of the live set, beside which those of this template may not be", forbidden(f.client.Namespace(), missing))}
}

func standingOf(s rollout.State) []needs.Standing {
	var standing []needs.Standing
	for i, pod := range s.Pods {
		if pod.Node != "" && pod.Phase != rollout.Terminating {
			standing = append(standing, needs.Standing{Index: int32(i), PodName: pod.Name, NodeName: pod.Node, Apart: s.Apartness(pod)})
		}
	}
	return standing
}
