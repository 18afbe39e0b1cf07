// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// The ids of what the next rollout is refused for.
const (
	foundFailed   = "ordinal-failed"
	foundOnDelete = "on-delete"
)

// inspectFailed finds the ordinals that have failed, for which a canary and a scale of the
// set are refused.
func inspectFailed(ctx context.Context, s session, f found) ([]rollout.Finding, error) {
	if !f.live() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil || len(missing) > 0 {
		return nil, err // which is told of what is under way
	}
	return s.failed(state), nil
}

func (s session) failed(state rollout.State) []rollout.Finding {
	var findings []rollout.Finding
	for _, b := range rollout.Failed(state.Awaited()) {
		finding := rollout.Finding{
			ID: foundFailed, Severity: rollout.FindingError, Object: "pod/" + b.PodName,
			Message: strings.TrimPrefix(b.String(), b.PodName+" ") + "; as long as it has, a canary and a scale are refused",
		}
		if remedy := b.Cause.Remedy(state.Set, b.PodName); remedy != "" {
			finding.Remedy = s.hint(remedy, state.Set)
		}
		findings = append(findings, finding)
	}
	return findings
}

// inspectOnDelete tells which commands the strategy of a set rules out.
func inspectOnDelete(_ context.Context, _ session, f found) ([]rollout.Finding, error) {
	if f.set.Spec.UpdateStrategy.Type != appsv1.OnDeleteStatefulSetStrategyType {
		return nil, nil
	}
	return []rollout.Finding{{
		ID: foundOnDelete, Severity: rollout.FindingNote, Object: volume.SetOf(f.set).String(),
		Message: "its update strategy is OnDelete, which has no partition: canary, promote and an apply of another template are refused",
		Details: []string{"write a template with kubectl (set image, apply), then delete the outdated pods one by one", "status, scale, abort and delete work as with RollingUpdate"},
	}}, nil
}

// kept makes errors of claims that are being deleted and that a pod keeps: whatever would
// let that pod go is refused.
func (f found) kept(ctx context.Context, findings []rollout.Finding) ([]rollout.Finding, error) {
	goes := func(f rollout.Finding) bool { return f.ID == volume.FoundTerminating }
	if !f.live() || !slices.ContainsFunc(findings, goes) {
		return findings, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil || len(missing) > 0 {
		return findings, err
	}
	return keptBy(state, findings), nil
}

func keptBy(state rollout.State, findings []rollout.Finding) []rollout.Finding {
	for i, finding := range findings {
		podName := state.Keeper(strings.TrimPrefix(finding.Object, "persistentvolumeclaim/"))
		if finding.ID != volume.FoundTerminating || podName == "" {
			continue
		}
		findings[i].Severity = rollout.FindingError
		findings[i].Message = fmt.Sprintf("it is being deleted and only lives on because %s uses it: whatever lets that pod go is refused", podName)
		findings[i].Details = state.Set.PastGoing(podName)
	}
	return findings
}
