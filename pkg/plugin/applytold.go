// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What an apply tells of the objects of its file, beside what every acting verb
// tells of the set.

func applied(p cluster.Prospect) render.Applied {
	return render.Applied{Name: p.Object.String(), Action: p.String()}
}

// listed is what a dry run says of the objects, a line each.
func (a *applyRun) listed(prospects []cluster.Prospect) string {
	var b strings.Builder
	for _, p := range prospects {
		a.objects = append(a.objects, applied(p))
		b.WriteString(applied(p).Line(a.request.Run.DryRun.shown()) + "\n")
	}
	return b.String()
}

// changing is what the file changes of the set, in words, the most telling first.
func changing(p cluster.Prospect, asked manifest.Asked) ([]string, error) {
	now, err := rollout.LookSet(p.Live)
	if err != nil {
		return nil, err
	}
	after, err := rollout.LookSet(p.After)
	if err != nil {
		return nil, err
	}
	changes := rollout.Differences(now.Live, after.Live)
	if asked.Replicas != nil && *asked.Replicas != now.Replicas {
		changes = append(changes, fmt.Sprintf("replicas %d -> %d", now.Replicas, *asked.Replicas))
	}
	for _, field := range p.Changes {
		if field != "spec.template" {
			changes = append(changes, field)
		}
	}
	return changes, nil
}

// tellChanges says before the first write what it is for.
func (a *applyRun) tellChanges(ctx context.Context) (err error) {
	if a.changes, err = changing(a.set, a.intent.Bundle.Asked); err != nil {
		return err
	}
	if a.going, err = a.client.Going(ctx, a.set); err != nil {
		return err
	}
	for _, field := range a.going {
		a.changes = append(a.changes, field+" removed or by default")
	}
	if len(a.changes) > 0 && a.request.Run.DryRun == DryRunNone {
		a.voice.note("%s: the file changes %s", a.set.Object, rollout.Some(a.changes))
	}
	return nil
}

// changed is the same as a line of a plan.
func (a *applyRun) changed() string {
	if len(a.changes) == 0 {
		return ""
	}
	return "  changes " + render.Escape(rollout.Some(a.changes)) + "\n"
}

// mostNamed keeps a line readable.
const mostNamed = 5

// tellKept tells that the file is not all of the template.
func (a *applyRun) tellKept() {
	kept := a.set.Kept
	if len(kept) == 0 {
		return
	}
	text := manifest.ByManager(kept[:min(len(kept), mostNamed)])
	if more := len(kept) - mostNamed; more > 0 {
		text += fmt.Sprintf(", and there are %d more", more)
	}
	a.voice.note("others have put into the template what the file does not name, and it stays: %s", text)
}

// tellReplaced tells what others have written and what goes, because the file has a
// field that excludes it.
func (a *applyRun) tellReplaced(p cluster.Prospect) {
	if len(p.Replaced) > 0 {
		a.voice.note("%s: the file has another field in the place of one that others have written, which goes: %s", p.Object, manifest.ByManager(p.Replaced))
	}
}

// rest is what a dry run says of the other fields of the set.
func (a *applyRun) rest() string {
	var b strings.Builder
	steered := func(field string) bool { return field == "spec.template" }
	if changes := slices.DeleteFunc(slices.Clone(a.set.Changes), steered); len(changes) > 0 {
		fmt.Fprintf(&b, "  and, by which no ordinal moves: %s\n", render.Escape(strings.Join(changes, ", ")))
	}
	if len(a.set.Left) > 0 {
		b.WriteString("  first, what kubectl apply and this program have written becomes the file's alone; " + render.Escape(leaving(a.going)) + "\n")
	}
	return b.String()
}

// leaving names what the file does not have and kubectl apply or this program has put
// there.
func leaving(going []string) string {
	if len(going) == 0 {
		return "no value changes by that"
	}
	return "what it does not name goes, or back to its default: " + rollout.Some(going) + "; whether ordinals move by that shows only then"
}
