// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// foundShared is the id of a claim that somebody else has, too.
const foundShared = "claim-shared"

// inspectShared finds claims that another set makes, or a pod mounts that is not their
// ordinal: both would write to the same data, and no controller minds.
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
	var refusal *rollout.Refusal
	if err := arrival.Shared(); !errors.As(err, &refusal) {
		return nil, err
	}
	set := volume.SetOf(f.set).String()
	return []rollout.Finding{{
		ID: foundShared, Severity: rollout.FindingError, Object: set,
		Message: strings.TrimPrefix(refusal.Message, set+": "), Remedy: refusal.Hint,
	}}, nil
}

// inNamespace are the sets of the manifest that are for the namespace of the one that is
// looked at.
func (f found) inNamespace() []*appsv1.StatefulSet {
	return slices.DeleteFunc(slices.Clone(f.sets), func(set *appsv1.StatefulSet) bool {
		return set.Namespace != "" && set.Namespace != f.client.Namespace()
	})
}
