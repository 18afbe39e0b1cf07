// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// abort is the word of the command that takes a rollout back.
const abort = "abort"

// next is the command that goes on after an end that was not the goal: the one that
// mends what is broken, else the same one where the run was cut.
func (a *action) next(err error, s rollout.State) string {
	code, reason, hint := verdict(err)
	switch {
	case a.several && (reason == rollout.TooMany || reason == rollout.StableGone):
		return "" // without --canary the same command would take the others all the way
	case reason == rollout.TooMany:
		return a.asWhole(s)
	case a.request.Run.DryRun != DryRunNone:
		return ""
	case code == ExitFailed && reason == rollout.DataLoss:
		return a.again() // once the claim is gone, as it says
	case code == ExitSuperseded:
		return a.pastOthers(reason, s)[0]
	case code == ExitFailed, reason == rollout.BrokenPods, reason == rollout.StableBroken:
		if mends := a.mends(s, hint); mends != "" {
			return mends
		}
		if s.AbortedInVain() || a.wholeMends(s) || s.AbortMends() && s.Barred(abort) != "" {
			return ""
		}
	case reason == rollout.CanaryUnderWay && hint == "" && a.replacing(s):
		return a.again("--" + replaceBroken)
	}
	if reason == rollout.CanaryUnderWay && hint != "" && (code == ExitFailed || len(a.unbegun) > 0) {
		return a.command(s.Set.Namespace, strings.Fields(hint)) // the same command would be refused again
	}
	if a.goesOn(err, code) {
		return a.again()
	}
	return ""
}

// pastOthers are the commands that go on where somebody else had a hand in it, as status
// and check name them; of several, either. Where they name none, a look at the set.
func (a *action) pastOthers(reason rollout.Reason, s rollout.State) []string {
	look := []string{"status", a.request.SetName}
	switch reason {
	case rollout.SpecChanged:
		if commands := a.session.unbarred(s, a.session.nextOf(s)).next; len(commands) > 0 {
			return commands
		}
	case rollout.TakenOver:
		look = append(look, "-w")
	case rollout.SetDeleted:
		return []string{""}
	}
	return []string{a.command(s.Set.Namespace, look)}
}

// goesOn says that the same command goes on. What is refused would be again; who has
// mended it knows the command.
func (a *action) goesOn(err error, code int) bool {
	cut := code == ExitTimeout || code == ExitInterrupted || code == ExitTerminated
	return cut || code == ExitFailed || a.made > 0 || len(a.unbegun) > 0 && code != ExitRefused || unanswered(err)
}

// command is one in the namespace of a set, or in that of the run where it ended
// before the set was seen.
func (a *action) command(namespaceName string, args []string) string {
	return a.session.command(a.within(namespaceName), args)
}

// hint is the same of what the core names.
func (a *action) hint(text string, set rollout.Set) string {
	set.Namespace = a.within(set.Namespace)
	return a.session.hint(text, set)
}

// again is the command line as it was typed, with more flags and in its namespace. Where
// several sets of a file name theirs, the file says which.
func (a *action) again(more ...string) string {
	if applied, applies := a.request.Intent.(Apply); applies && applied.Placed {
		return a.session.again(more...)
	}
	return a.session.again(append(more, a.in(a.within(a.outcome.Last.Set.Namespace))...)...)
}

func (a *action) within(namespaceName string) string {
	if namespaceName == "" && a.client != nil {
		return a.client.Namespace()
	}
	return namespaceName
}

// unanswered says that a run ended because nobody answered it, or not the API: what
// it had begun goes on by the same command.
func unanswered(err error) bool {
	var blind *rollout.Unreachable
	return errors.As(err, &blind) || errors.Is(err, rollout.ErrLost) || errors.Is(err, rollout.ErrUnserved) || errors.Is(err, rollout.ErrMoved)
}

// mends is the command that helps where an ordinal is broken: it takes the template
// back, goes forward past the ordinal, or gives its claim a volume; "" where only another
// file does.
func (a *action) mends(s rollout.State, hint string) string {
	forward := s.PromoteMends()
	way, volumeless := s.Volumeless()
	switch {
	case a.ends():
		return ""
	case volumeless && way != "":
		return a.session.hint(way, s.Set) + " && " + a.again()
	case volumeless:
		return ""
	case s.AbortMends() && s.Barred(abort) != "":
		return ""
	case s.AbortMends():
		return a.command(s.Set.Namespace, []string{"abort", a.request.SetName})
	case s.Crowded() && a.room(s) != "":
		return a.room(s)
	case s.DropsUnmade(a.goal) != "":
		return a.hint(s.DropsUnmade(a.goal), s.Set)
	case a.replacing(s):
		return a.again("--" + replaceBroken)
	case forward != "":
		return a.command(s.Set.Namespace, strings.Fields(forward))
	case strings.HasPrefix(hint, "delete "):
		return a.command(s.Set.Namespace, strings.Fields(hint))
	case a.wholeMends(s) && !a.several:
		return a.wholly("--" + replaceBroken)
	case a.failedOfFile(s):
		return a.again("--" + replaceBroken)
	default:
		return ""
	}
}

// ends says that the verb takes the set away.
func (a *action) ends() bool {
	_, ends := a.request.Intent.(preparer)
	return ends
}

// replacing says that the same command with --replace-broken is the way on.
func (a *action) replacing(s rollout.State) bool {
	if a.goal == nil {
		return false
	}
	_, ok := rollout.Replacing(a.goal, s)
	return ok
}

// wholeMends says that the file's template replaces what is broken where it goes to all
// ordinals, and not as a canary.
func (a *action) wholeMends(s rollout.State) bool {
	canary, isCanary := a.goal.(rollout.Canary)
	intent, applies := a.request.Intent.(Apply)
	if !isCanary || !applies || a.replacing(s) {
		return false
	}
	asked := intent.Bundle.Asked
	_, mends := rollout.Replacing(rollout.Apply{
		Template: canary.Template, Replicas: asked.Replicas, Partition: asked.Partition, Step: canary.Step, Soak: canary.Soak, Rest: true,
	}, s)
	return mends
}

// wholly is the same command without --canary.
func (a *action) wholly(more ...string) string {
	whole := a.session
	whole.Args = without(a.Args, "--canary")
	return whole.again(more...)
}

// failedOfFile says that an ordinal has failed of the template that an apply has
// written, so that it takes a corrected file.
func (a *action) failedOfFile(s rollout.State) bool {
	applied, ok := a.request.Intent.(Apply)
	return ok && !applied.ReplaceBroken && a.goal != nil && s.Has(a.goal) && slices.ContainsFunc(s.Pods, rollout.Pod.FailsOfTemplate)
}

// fileFails says that what comes next is the same apply, of a file whose template an
// ordinal has failed of.
func (a *action) fileFails(r render.Result) bool {
	_, applies := a.request.Intent.(Apply)
	_, volumeless := r.State.Volumeless()
	failed := func(pod rollout.Pod) bool {
		return pod.FailsOfTemplate() && (pod.UID == "" || pod.Revision == r.State.Live())
	}
	again := r.Next == a.again() || r.Next == a.again("--"+replaceBroken)
	return applies && a.goal != nil && r.State.Has(a.goal) && r.ExitCode == ExitFailed && again && !volumeless && slices.ContainsFunc(r.State.Pods, failed)
}

// advice is what has to be done by hand before anything goes on; "" for nothing.
func (a *action) advice(r render.Result) string {
	_, aborts := a.goal.(rollout.Abort)
	switch {
	case r.ExitCode == ExitFailed && r.Next == "" && r.State.AbortMends():
		return r.State.Barred(abort)
	case a.goal != nil && r.State.Crowded() && a.roomAdvice(r) != "":
		return a.roomAdvice(r)
	case aborts && r.State.AbortedInVain() && slices.ContainsFunc(r.State.Pods, r.State.FailsOfTemplate):
		return a.correction(r.State)
	case a.several && a.goal != nil && a.wholeMends(r.State):
		return fmt.Sprintf("what has failed is below the canary: apply %s by itself first, in a file of its own, with --%s and without --canary", r.State.Set, replaceBroken)
	case a.fileFails(r):
		return "correct the file first: as it is, the same fails again"
	default:
		return ""
	}
}
