// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// inspectShared finds claims that another set makes, or a pod mounts that is not their
// ordinal: both may write to the same data, and no controller minds.
func inspectShared(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if len(f.set.Spec.VolumeClaimTemplates) == 0 {
		return nil, nil
	}
	missing, err := f.client.Missing(ctx, []cluster.Rule{
		{Verb: "list", Group: "apps", Resource: "statefulsets"},
		{Verb: "list", Resource: "pods"},
		{Verb: "list", Resource: "persistentvolumeclaims"},
	})
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("whether somebody else has its claims", forbidden(f.client.Namespace(), missing))}, nil
	}
	arrival, err := f.client.Shares(ctx, f.set, f.inNamespace())
	if err != nil {
		return nil, err
	}
	return arrival.Shares(), nil
}

// inNamespace are the sets of the manifest that are for the namespace of the one that is
// looked at.
func (f found) inNamespace() []*appsv1.StatefulSet {
	return slices.DeleteFunc(slices.Clone(f.sets), func(set *appsv1.StatefulSet) bool {
		return set.Namespace != "" && set.Namespace != f.client.Namespace()
	})
}
