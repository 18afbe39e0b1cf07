// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// foresee finds out what a scale comes to: which claims and volumes the ordinals
// to come find or need, which claims those that go leave behind. It is worth a
// look and no more: what cannot be read is told, and the scale goes on. Only
// claims that are another's are refused.
func (a *action) foresee(ctx context.Context, goal rollout.Scale) error {
	s := a.outcome.First
	lost := s.LostMounts(goal.To)
	if goal.To == s.Set.Replicas || len(s.Set.ClaimTemplates)+len(lost) == 0 {
		return nil
	}
	if err := a.unshared(ctx, goal.To); err != nil {
		return err
	}
	a.foreseen = &render.Foresight{At: s.At, Lost: lost}
	switch leaves := slices.DeleteFunc(goal.Leaves(s), s.IsGoing); {
	case goal.To > s.Set.Replicas:
		a.foreseen.Outlook = a.outlook(ctx, goal.To)
	case s.Set.DeletesClaims:
		a.foreseen.Destroyed = leaves
	default:
		a.foreseen.Kept = leaves
	}
	a.tellForesight()
	return nil
}

// unshared refuses ordinals to come whose claims are another's.
func (a *action) unshared(ctx context.Context, replicas int32) error {
	if replicas <= a.outcome.First.Set.Replicas {
		return nil
	}
	arrival, err := a.client.Coming(ctx, a.outcome.First, replicas)
	if err != nil {
		return err
	}
	a.tellUnchecked(arrival)
	if err := arrival.Shared(); err != nil {
		return err
	}
	a.tellMounts(arrival)
	return nil
}

// tellMounts tells of the pods that mount a claim which comes, where they may.
func (a *action) tellMounts(arrival rollout.Arrival) {
	for _, found := range arrival.Mounts() {
		tell := a.voice.warn
		if found.Severity == rollout.FindingNote {
			tell = a.voice.note
		}
		tell("%s: %s", found.Object, found.Message)
	}
}

// tellUnchecked says what is not known where the other sets may not be listed.
func (a *action) tellUnchecked(arrival rollout.Arrival) {
	if len(arrival.Set.ClaimTemplates) > 0 && arrival.Others == nil {
		a.voice.note("not allowed to list statefulsets.apps: whether another set makes the same claims is not checked")
	}
}

func (a *action) outlook(ctx context.Context, replicas int32) volume.Outlook {
	stock, err := a.client.Stock(ctx)
	if err != nil {
		a.voice.note("%v, so which claims and volumes are found is not told", err)
		return volume.Outlook{}
	}
	return a.outlookIn(stock, a.outcome.First.Set, replicas)
}

// outlookIn is of a set as it is, which is to have more ordinals.
func (a *action) outlookIn(stock volume.Stock, now rollout.Set, replicas int32) volume.Outlook {
	set, err := volume.SetIn(now)
	if err != nil {
		a.voice.note("%v, so which claims are found is not told", err)
		return volume.Outlook{}
	}
	set.Replicas = now.Replicas
	if stock.Volumes != nil {
		stock = stock.With(a.brings...).Offer(nil, a.classes)
	}
	return stock.Outlook(set, replicas)
}

// foresight is what a plan says of it, a line each.
func (a *action) foresight() string {
	if a.foreseen == nil {
		return ""
	}
	var b strings.Builder
	for _, line := range a.foreseen.Lines() {
		b.WriteString("  " + render.Escape(line.Text) + "\n")
	}
	return b.String()
}

// tellForesight is for a run; a dry run has it in its plan.
func (a *action) tellForesight() {
	if unread := a.foreseen.Unread(); len(unread) > 0 {
		a.voice.note("not allowed to list %s: which claims and volumes are found is told without", strings.Join(unread, ", "))
	}
	if a.request.Run.DryRun != DryRunNone {
		return
	}
	for _, line := range a.foreseen.Lines() {
		if line.Stops {
			a.voice.warn("%s", line.Text)
		} else {
			a.voice.note("%s", line.Text)
		}
	}
}
