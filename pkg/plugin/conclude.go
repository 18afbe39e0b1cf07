// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// lastWords: what reading events and logs may take at the end.
const lastWords = 5 * time.Second

// conclude tells the result: one document, or one line and what helps. The
// error that it returns has been told, and carries the code.
func (a *action) conclude(ctx context.Context, err error) error {
	code, reason, hint := verdict(err)
	var bad *UsageError
	if errors.As(err, &bad) && a.request.Run.Output == "" {
		return err
	}
	a.explain(ctx, err)
	result := a.result(err, code, reason)
	if told := a.show(result, err, hint); told != nil {
		return told
	}
	if err == nil {
		return nil
	}
	return codeError(code)
}

// explain asks for events and logs where an ordinal has failed, also after the
// run's own context has ended.
func (a *action) explain(ctx context.Context, err error) {
	if err == nil || a.run == nil {
		return
	}
	told := a.outcome.Last.Told()
	told.PodEvents = nil // to be read once more: the run is over
	a.outcome.Last = explained(context.WithoutCancel(ctx), a.client, told)
	a.outcome.Waited = refreshed(a.outcome.Waited, a.outcome.Last)
	a.retell(err)
}

// retell gives an error the words that were found since it was made.
func (a *action) retell(err error) {
	var (
		failure *rollout.Failure
		refusal *rollout.Refusal
	)
	switch {
	case errors.As(err, &failure):
		found := refreshed(failure.Blockers, a.outcome.Last)
		failure.Message = retold(failure.Message, failure.Blockers, found)
		failure.Blockers = found
	case errors.As(err, &refusal) && refusal.Reason == rollout.BrokenPods:
		found := refreshed(refusal.Blockers, a.outcome.Last)
		refusal.Message = retold(refusal.Message, refusal.Blockers, found)
		refusal.Blockers = found
	}
}

// retold is a message with what it says of blockers as it is said now.
func retold(message string, before, now []rollout.Blocker) string {
	for i := range before {
		message = strings.Replace(message, before[i].String(), now[i].String(), 1)
	}
	return message
}

// refreshed gives blockers the causes that were found since, where their pods are
// still held.
func refreshed(blockers []rollout.Blocker, s rollout.State) []rollout.Blocker {
	blockers = slices.Clone(blockers)
	for i, b := range blockers {
		for _, pod := range s.Pods {
			if pod.Name == b.PodName && (pod.Phase == b.Phase || pod.Phase == rollout.Failing) && pod.Cause.ID != "" {
				blockers[i].Cause = pod.Cause
			}
		}
	}
	return blockers
}

// left is the last sighting, with the template and the partition that the last
// write left, also where it is from before that.
func (a *action) left() rollout.State {
	s := a.outcome.Last
	if unseen := a.outcome.Unseen; unseen != nil && unseen.Set != nil {
		after := unseen.Set.Spec(s.Set.Spec)
		s.Set.Template, s.Set.Partition, s.Set.Generation = after.Template, after.Partition, unseen.Set.Record.Gen
	}
	return s
}

// fate is what becomes of claims, as it stood before the first write.
func (a *action) fate() *render.Foresight {
	goal, ends := a.goal.(rollout.Delete)
	if !ends {
		return a.foreseen
	}
	f := render.Foresight{At: a.outcome.First.At, Lost: a.outcome.First.LostMounts(0)}
	f.Kept, f.Destroyed = goal.Fate(a.outcome.First)
	return &f
}

func (a *action) result(err error, code int, reason rollout.Reason) render.Result {
	s := a.left()
	r := render.Result{
		Command: a.request.Verb, SetName: a.request.SetName,
		ExitCode: code, Reason: string(reason), State: s, To: s.Live(),
		DryRun: a.request.Run.DryRun.shown(), Blockers: a.outcome.Waited, Foresight: a.fate(), Objects: a.objects, Changes: a.changes, Plan: a.proposed,
		Outdated: a.outcome.Unseen != nil,
	}
	if a.client != nil {
		r.Namespace = a.client.Namespace()
	}
	if stable, stableErr := a.outcome.First.Stable(); stableErr == nil {
		r.From = stable.Name
	}
	var failure *rollout.Failure
	switch {
	case errors.As(err, &failure):
		r.Blockers = failure.Blockers
	case reason == rollout.BrokenPods:
		r.Blockers = rollout.Failed(s.Awaited())
	}
	switch {
	case err != nil:
		r.Message = err.Error()
		r.Next = a.next(err, s)
		if code == ExitSuperseded && r.Next != "" {
			r.Or = a.pastOthers(reason, s)[1:]
		}
	case a.absent != "":
		r.Namespace, r.Reason, r.Message = a.client.Namespace(), string(reasonUnchanged), a.absent
	case a.planned != "":
		r.Reason, r.Message = string(reasonPlanned), strings.TrimSpace(a.planned)
	case a.writes() == 0 && a.request.Run.DryRun == DryRunNone && !a.outcome.First.Set.Deleting && !a.waited():
		r.Reason, r.Message = string(reasonUnchanged), fmt.Sprintf("unchanged, nothing to do (%d/%d on %s)", s.Updated(), s.Set.Replicas, s.Live())
		r.Next = a.onward(s)
	case a.writes() > 0 && !a.request.Run.Wait:
		r.Reason, r.Message = string(reasonWritten), "changed, and not awaited"
		if a.unwatched != nil {
			r.Message += fmt.Sprintf(" (%s)", render.Written(*a.unwatched, a.outcome.First.Set.Spec))
		}
		r.Next = a.command(a.client.Namespace(), []string{"status", a.request.SetName, "-w"})
	default:
		r.Message = a.goal.Reached(s)
		r.Next = a.onward(s)
	}
	return r
}

// onward is what goes on from where the goal leaves a set: one command line, of all
// that are to be run, in their order.
func (a *action) onward(s rollout.State) string {
	last := a.request.Intent.Next(s)
	if last == nil || s.Barred(strings.Join(last, " ")) != "" {
		return ""
	}
	var commands []string
	for _, words := range append(slices.Clone(a.before), last) {
		commands = append(commands, a.command(s.Set.Namespace, words))
	}
	return strings.Join(commands, " && ")
}

// barred says why what would go on from where the goal leaves a set is not named: it
// would be refused.
func (a *action) barred(s rollout.State) string {
	if a.request.Run.DryRun != DryRunNone {
		return ""
	}
	return s.Barred(strings.Join(a.request.Intent.Next(s), " "))
}

// writes are all that the command has made.
func (a *action) writes() int { return a.made + a.outcome.Writes }

// waited says that what the goal asks for was not there yet when the run began, though
// there was nothing left to write.
func (a *action) waited() bool {
	if a.goal == nil {
		return false
	}
	plan, err := a.goal.Plan(a.outcome.First)
	return err == nil && len(plan.Hold) > 0
}

// show writes the result where it belongs.
func (a *action) show(r render.Result, err error, hint string) error {
	if a.request.Run.Watch {
		return a.stream.Result(r)
	}
	if a.request.Run.Output != "" {
		if printErr := a.print(a.request.Run.Output, r.State.Set, r.Document()); printErr != nil {
			return printErr
		}
	}
	if err != nil {
		a.regret(r, err, hint)
		return nil
	}
	if a.request.Run.Output == "" {
		if _, printErr := fmt.Fprintln(a.Streams.Out, a.lines(r)); printErr != nil {
			return printErr
		}
	}
	if why := a.barred(r.State); why != "" && r.Next == "" {
		a.voice.say("hint: %s", why)
	}
	if r.Next != "" {
		a.voice.say("next: %s", r.Next)
	}
	return nil
}

// lines are the result for people: a plan, or kubectl's one line.
func (a *action) lines(r render.Result) string {
	if a.planned != "" {
		return strings.TrimSpace(a.planned)
	}
	return r.Line()
}

// regret tells what went wrong, each cause with its remedy, and what goes on.
func (a *action) regret(r render.Result, err error, hint string) {
	a.voice.say("%s", sentence(err))
	switch r.ExitCode {
	case ExitFailed:
		hint = ""
		r.Explain(a.voice)
	case ExitRefused:
		r.Explain(a.voice)
		told := func(b rollout.Blocker) bool { return b.Cause.Remedy(r.State.Set, b.PodName) == hint }
		if slices.ContainsFunc(r.Blockers, told) {
			hint = ""
		}
	case ExitTimeout, ExitInterrupted, ExitTerminated:
		r.ExplainAll(a.voice)
	}
	if hint != "" && a.hint(hint, r.State.Set) != r.Next {
		a.voice.say("hint: %s", a.hint(hint, r.State.Set))
	}
	if text := a.advice(r); text != "" {
		a.voice.say("hint: %s", text)
	}
	if len(a.unbegun) > 0 {
		a.voice.say("not begun: %s", strings.Join(a.unbegun, ", "))
	}
	if r.Next != "" && !r.State.At.IsZero() && !r.Outdated {
		a.voice.say("state: %s is %s, %d/%d on %s", r.State.Set, r.State.Word(), r.State.Updated(), r.State.Set.Replicas, r.To)
	}
	if r.Next != "" {
		a.tellNext(append([]string{r.Next}, r.Or...))
	}
}

// hint makes a command of this program of one that the core names without it.
func (s session) hint(text string, set rollout.Set) string {
	if strings.HasPrefix(text, "kubectl ") {
		return strings.TrimSuffix(text, set.Via) + s.connectionFlags()
	}
	return s.command(set.Namespace, strings.Fields(text))
}
