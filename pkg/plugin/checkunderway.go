// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// foundUnderWay is the id of a set that is between two states.
const foundUnderWay = "rollout-under-way"

// inspectUnderWay finds that something is under way, which a next rollout would meet.
func inspectUnderWay(ctx context.Context, s session, f found) ([]rollout.Finding, error) {
	if !f.live() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		what := "whether anything is under way, and what earlier rollouts have left"
		return []rollout.Finding{unseen(what, forbidden(f.client.Namespace(), missing))}, nil
	}
	return s.underWay(state), nil
}

// underWay is the finding of a set that is not settled: what is under way, how far it is,
// what it waits for, and how it goes on.
func (s session) underWay(state rollout.State) []rollout.Finding {
	text, is := state.UnderWay()
	if !is {
		return nil
	}
	finding := rollout.Finding{ID: foundUnderWay, Severity: rollout.FindingWarning, Object: state.Set.String(), Message: text}
	for _, b := range state.Awaited() {
		if len(finding.Details) < mostNamed {
			finding.Details = append(finding.Details, b.String())
		}
	}
	w := s.waysOn(state)
	for _, text := range []string{w.note, w.hint} {
		if text != "" {
			finding.Details = append(finding.Details, text)
		}
	}
	for i, command := range w.next {
		if i == 0 {
			finding.Remedy = command
			continue
		}
		finding.Details = append(finding.Details, "another way: "+command)
	}
	return []rollout.Finding{finding}
}
