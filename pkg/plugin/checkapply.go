// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// refusedNow finds that an apply of a set that is there would be refused as things are
// now: by its own goal, of what the server's dry run makes of the manifest.
func (s session) refusedNow(ctx context.Context, f found, p cluster.Prospect) ([]rollout.Finding, error) {
	if p.Made() {
		return nil, nil
	}
	state, missing, err := f.state(ctx)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("whether an apply of "+p.Object.String()+" would be refused now", forbidden(f.client.Namespace(), missing))}, nil
	}
	asked, err := p.Object.Asked()
	if err != nil {
		return nil, err
	}
	intent := Apply{Bundle: manifest.Bundle{Set: p.Object, Asked: asked}, Step: "1"}
	request := Request{Verb: "apply", SetName: p.Object.Name, Intent: intent, Run: RunOptions{Soak: soakDefault, Stall: stallDefault, FailurePolicy: defaultFailurePolicy()}}
	a := &applyRun{action: action{session: s, request: request, client: f.client}, intent: intent, set: p}
	a.outcome.First = state
	return notApplied(p.Object, a.refused())
}

// refused is why a run would not write.
func (a *applyRun) refused() error {
	for _, hand := range a.outcome.First.Hands(a.request.Verb) {
		if err := a.keptFrom(hand); err != nil {
			return err
		}
	}
	after, err := a.becomes()
	if err != nil {
		return err
	}
	if a.goal, err = a.intent.whole(after, a.opening()); err != nil {
		return err
	}
	_, err = a.decided()
	return err
}

// notApplied is the finding of a refusal, or of a set that somebody else has changed; a
// run that fails on what it finds goes on with it, and is not refused.
func notApplied(o manifest.Object, err error) ([]rollout.Finding, error) {
	var (
		refusal    *rollout.Refusal
		superseded *rollout.Superseded
		failure    *rollout.Failure
	)
	finding := rollout.Finding{ID: foundNotApplied, Severity: rollout.FindingError, Object: o.String()}
	switch {
	case errors.As(err, &refusal):
		finding.Message, finding.Remedy = refusal.Message, refusal.Hint
	case errors.As(err, &superseded):
		finding.Message = superseded.Message
	case errors.As(err, &failure):
		return nil, nil
	default:
		return nil, err
	}
	finding.Message = strings.TrimPrefix(finding.Message, o.String()+": ")
	return []rollout.Finding{finding}, nil
}
