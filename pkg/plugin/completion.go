// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// completionPatience: who has pressed a key waits no longer than this, and gets
// nothing where the cluster is slower.
const completionPatience = 2 * time.Second

// completer is what a shell may put in the place of the word that is being typed.
// kubectl asks a program named kubectl_complete-sts for that
// (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go); this one answers under
// that name too. What cannot be found out is not offered, without a word.
type completer struct{ session }

// offers lists words, some with a tab and what they mean.
type offers func(ctx context.Context, client *cluster.Client) ([]string, error)

// completes says that a shell asks, and nobody runs anything.
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// attach gives the commands of a tree, and their flags, what to offer.
func (c completer) attach(command *cobra.Command) error {
	for _, sub := range command.Commands() {
		if err := c.attach(sub); err != nil {
			return err
		}
	}
	command.ValidArgsFunction = cobra.NoFileCompletions
	if strings.Contains(command.Use, "NAME") {
		command.ValidArgsFunction = c.sets
	}
	var problem error
	command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if complete := c.flag(flag); complete != nil && problem == nil {
			problem = command.RegisterFlagCompletionFunc(flag.Name, complete)
		}
	})
	return problem
}

// flag is what is offered for the value of a flag; nil where a shell knows best.
func (c completer) flag(flag *pflag.Flag) cobra.CompletionFunc {
	if words := wordsOf(flag); words != nil {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	switch flag.Name {
	case "context":
		return c.contexts
	case "namespace":
		return c.ask(func(ctx context.Context, client *cluster.Client) ([]string, error) {
			return client.NamespaceNames(ctx)
		})
	case "volume", "volumes":
		return listed(c.ask(func(ctx context.Context, client *cluster.Client) ([]string, error) {
			return client.VolumeNames(ctx)
		}))
	case "image":
		return unfinished(c.ofSet(containerNames("=")))
	case "env":
		return unfinished(c.ofSet(containerNames(":")))
	case "revision":
		return c.ofSet(revisionNames)
	case "ordinal":
		return c.ofSet(ordinals)
	case "claim-template":
		return c.ofSet(func(s rollout.State) []string { return s.Set.ClaimTemplates })
	case "confirm-data-loss":
		return c.ofSet(func(s rollout.State) []string { return []string{s.Set.Name} })
	case "kubeconfig", "filename", "kustomize", "template", "save", "cache-dir", "certificate-authority", "client-certificate", "client-key":
		return nil
	default:
		return cobra.NoFileCompletions
	}
}

// sets are for the one argument of a command.
func (c completer) sets(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	kind, _, slashed := strings.Cut(typed, "/")
	return c.ask(func(ctx context.Context, client *cluster.Client) ([]string, error) {
		setNames, err := client.SetNames(ctx)
		for i := range setNames {
			if slashed {
				setNames[i] = kind + "/" + setNames[i]
			}
		}
		return setNames, err
	})(command, args, typed)
}

// ask offers what the cluster has.
func (c completer) ask(what offers) cobra.CompletionFunc {
	return func(command *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(command.Context(), completionPatience)
		defer cancel()
		client, err := c.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		words, err := what(ctx, client)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return fitting(words, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// ofSet offers what the set on the command line has.
func (c completer) ofSet(what func(rollout.State) []string) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.ask(func(ctx context.Context, client *cluster.Client) ([]string, error) {
			setName, err := parseName(args[0])
			if err != nil {
				return nil, err
			}
			state, err := client.Look(ctx, setName, cluster.Options{})
			if err != nil {
				return nil, err
			}
			return what(state), nil
		})(command, args, typed)
	}
}

// unfinished words have more to come behind them.
func unfinished(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		words, directive := complete(command, args, typed)
		return words, directive | cobra.ShellCompDirectiveNoSpace
	}
}

// listed is for one of several values, behind the commas and the key of the others.
func listed(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexAny(typed, ",=")+1]
		words, directive := complete(command, args, typed[len(before):])
		for i := range words {
			words[i] = before + words[i]
		}
		return words, directive
	}
}

// contexts are those of the kubeconfig.
func (c completer) contexts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	config, err := c.connection.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return fitting(slices.Sorted(maps.Keys(config.Contexts)), typed), cobra.ShellCompDirectiveNoFileComp
}

func fitting(words []string, typed string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !strings.HasPrefix(word, typed) })
}
