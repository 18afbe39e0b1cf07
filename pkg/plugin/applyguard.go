// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What an apply refuses or warns of, because the set would not take it, or would
// move by it.

// immutable names the fields that keep the server from taking the set.
func (a *applyRun) immutable(err error) error {
	if !apierrors.IsInvalid(err) || a.set.Made() {
		return nil
	}
	live, errLive := rollout.LookSet(a.set.Live)
	asked := a.intent.Bundle.Asked
	spec, errSpec := a.intent.Bundle.Set.Spec()
	if errors.Join(errLive, errSpec) != nil {
		return nil
	}
	_, fixed, errBeside := rollout.Beside(spec, live.Whole)
	switch {
	case errBeside != nil:
		return nil
	case len(fixed) > 0:
		return &rollout.Refusal{
			Reason:  reasonImmutable,
			Message: fmt.Sprintf("%s: the file changes %s, which cannot be changed on a set that exists; leave it as it is, or delete the set, which keeps its claims, and apply the file", live, strings.Join(fixed, ", ")),
			Hint:    "delete " + live.Name,
		}
	case asked.Strategy != "" && asked.Strategy != live.Strategy:
		return moves(live, fmt.Sprintf("spec.updateStrategy.type from %s to %s", live.Strategy, asked.Strategy))
	default:
		return nil
	}
}

// named warns of a name with which the server would refuse the pods.
func (a *applyRun) named() {
	if wrong := rollout.NameTooLong(a.intent.Bundle.Set.Name); wrong != "" {
		a.voice.warn("%s: %s", a.intent.Bundle.Set, wrong)
	}
}

// governed warns where nobody makes the names of the pods; of a set that is there
// only check tells that its Service is of the wrong kind.
func (a *applyRun) governed(ctx context.Context) error {
	bundle := a.intent.Bundle
	serviceName := bundle.Asked.ServiceName
	if bundle.HasService(serviceName) {
		return a.governedBy(serviceName)
	}
	if slices.ContainsFunc(a.lacks, func(r cluster.Rule) bool { return r.Resource == "services" }) {
		return nil
	}
	wrong, err := ungoverned(ctx, a.client, serviceName)
	if wrong != "" {
		a.voice.warn("%s", wrong)
	}
	return err
}

// governedBy is for a Service of the file.
func (a *applyRun) governedBy(serviceName string) error {
	service, err := a.intent.Bundle.Governing(serviceName)
	if err != nil || service == nil || !a.set.Made() {
		return err
	}
	var set appsv1.StatefulSet
	if err := a.intent.Bundle.Set.Into(&set); err != nil {
		return err
	}
	for _, finding := range needs.Governing(&set, *service) {
		a.voice.warn("%s", finding.Message)
	}
	return nil
}

// referred warns of what a new template names and what is not there, nor comes with the
// file. Who may not look is told by check, and not here.
func (a *applyRun) referred(ctx context.Context) error {
	if !a.set.Made() && !a.templateDiffers() {
		return nil
	}
	sets, err := a.intent.Bundle.Sets()
	if err != nil {
		return err
	}
	set := sets[len(sets)-1]
	for _, r := range needs.References(set) {
		if a.comesAlong(r) || slices.ContainsFunc(sets, r.MadeBy) {
			continue
		}
		exists, err := a.client.Exists(ctx, r.Resource(), r.Name)
		switch {
		case cluster.IsForbidden(err):
		case err != nil:
			return err
		case !exists:
			a.voice.warn("%s: %s", a.set.Object, r.Missing(set).Message)
		}
	}
	return nil
}

// comesAlong says that an object is in the file too, and applied before the set.
func (a *applyRun) comesAlong(r needs.Reference) bool {
	return a.intent.WithOthers && a.intent.Bundle.Brings(manifest.Kind(r.Kind), r.Name)
}

// moves: a field of the file would move ordinals that nobody watches.
func moves(set rollout.Set, what string) error {
	return &rollout.Refusal{
		Reason:  rollout.WouldMove,
		Message: fmt.Sprintf("%s: the file changes %s, which may move every ordinal at once, and apply does not; make that change by itself, with kubectl patch", set, what),
	}
}

// sides are the set as it is and as it would be.
func (a *applyRun) sides(p cluster.Prospect) (now, after rollout.Set, err error) {
	if now, err = rollout.LookSet(p.Live); err != nil {
		return now, after, err
	}
	if after, err = rollout.LookSet(p.After); err != nil {
		return now, after, err
	}
	return now, after, after.Followed()
}

// knows says that what is live came by a write of ours, and that no other run has written
// since this one began.
func (a *applyRun) knows(now rollout.Set) bool {
	return now.WrittenByUs() && (now.Record.Run == a.mark || now.Generation == a.outcome.First.Set.Generation)
}

func (a *applyRun) templateDiffers() bool {
	now, after, err := a.sides(a.set)
	return err == nil && now.Template != after.Template
}

// unmade has the last word on a set that is to be made: to change one that is
// there by now, it would have to be followed.
func (a *applyRun) unmade(p cluster.Prospect) error {
	if p.Made() || p.Done() {
		return nil
	}
	text := fmt.Sprintf("%s was made by %s meanwhile", p.Object, rollout.Enumerate(p.Makers()))
	if p.After != nil {
		changes, err := changing(p, a.intent.Bundle.Asked)
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			text += fmt.Sprintf(", and the file would change it (%s)", rollout.Some(changes))
		}
	}
	return &rollout.Superseded{Reason: rollout.SpecChanged, Message: text + "; look at it, and run the same command again"}
}

// moveless has the last word on what is sent: no ordinal moves by it, and none that
// goes takes its claims along. Leaving out a field that was applied before removes
// it, and what webhooks do, only the server's answer shows.
func (a *applyRun) moveless(p cluster.Prospect) error {
	if p.Made() || p.Live.GetUID() != a.outcome.First.Set.UID {
		return &rollout.Superseded{Reason: rollout.SetDeleted, Message: fmt.Sprintf("%s was deleted by somebody else meanwhile", p.Object)}
	}
	now, after, err := a.sides(p)
	switch {
	case err != nil:
		return err
	case !now.Answers(after.Template) && a.knows(now):
		return now.RestRewrites()
	case !now.Answers(after.Template):
		return &rollout.Superseded{Reason: rollout.SpecChanged, Message: fmt.Sprintf("%s: its template was changed by somebody else meanwhile", now)}
	case now.Partition.Index != after.Partition.Index:
		return moves(now, fmt.Sprintf("the partition from %s to %s", now.Partition, after.Partition))
	case now.Replicas != after.Replicas:
		return moves(now, fmt.Sprintf("the replicas from %d to %d", now.Replicas, after.Replicas))
	case now.Start != after.Start || now.Strategy != after.Strategy:
		return moves(now, "the strategy or the first ordinal")
	default:
		policy := rollout.Apply{DeletesClaims: after.DeletesClaims, LosesClaimsOf: a.intent.LosesClaimsOf}
		return policy.ArmsLeaving(a.run.Observe())
	}
}
