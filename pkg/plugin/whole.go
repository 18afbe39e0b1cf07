// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// A set of one ordinal has no canary. What was asked for can be written as a whole, and
// a promote watches it, whoever has written it.

// wholly is an intent that names another command for a set of one ordinal.
type wholly interface {
	// asCommands are the commands that write the template to all of the set, without the flags
	// that lead to its cluster.
	asCommands(s session, state rollout.State) []string
}

// asWhole is the command line for a set of one ordinal; "" where there is none.
func (a *action) asWhole(s rollout.State) string {
	intent, ok := a.request.Intent.(wholly)
	if !ok || s.Set.Replicas != 1 {
		return ""
	}
	return strings.Join(intent.asCommands(a.session, s), " && ")
}

func (i Canary) asCommands(s session, state rollout.State) []string {
	set := state.Set
	if i.Words != "" {
		return []string{s.command(set.Namespace, []string{"apply", i.Words})}
	}
	var commands []string
	kubectl := func(format string, args ...any) {
		commands = append(commands, fmt.Sprintf("kubectl -n %s ", set.Namespace)+fmt.Sprintf(format, args...)+s.connectionFlags())
	}
	if len(i.Images) > 0 {
		kubectl("set image %s %s", set, quotedAll(i.Images))
	}
	for _, env := range i.Env {
		container, assignment, _ := strings.Cut(env, ":")
		key, _, _ := strings.Cut(assignment, "=")
		kubectl("set env %s -c %s %s=%s", set, quoted(container), key, fromShell(key)) // the value is not shown
	}
	if i.Patch != "" {
		kubectl("patch %s -p %s", set, shownPatch(i.Patch))
	}
	if revision, err := state.Revisions.Resolve(i.Revision); err == nil && i.Revision != "" {
		kubectl("rollout undo %s --to-revision=%d", set, revision.Number)
	}
	return append(commands, s.command(set.Namespace, []string{"promote", set.Name}))
}

func (i Apply) asCommands(s session, state rollout.State) []string {
	if i.Canary == "" {
		return nil
	}
	s.Args = without(s.Args, "--canary")
	if i.Placed {
		return []string{s.again()}
	}
	return []string{s.again(s.in(state.Set.Namespace)...)}
}

// without leaves a flag and its value out of a command line.
func without(args []string, flag string) []string {
	kept := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, flag+"=") })
	if at := slices.Index(kept, flag); at >= 0 {
		kept = slices.Delete(kept, at, min(at+2, len(kept)))
	}
	return kept
}

// fromShell is a value that is not shown, as a variable of the shell, without which the
// command is not run.
func fromShell(name string) string { return `"${` + name + `:?}"` }

func shownPatch(patch string) string {
	if shown := withoutEnv(patch); shown != omitted {
		return quoted(shown)
	}
	return fromShell("PATCH")
}

func quotedAll(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = quoted(word)
	}
	return strings.Join(all, " ")
}
