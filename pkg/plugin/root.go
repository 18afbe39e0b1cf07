// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// Called is how a user calls the program, and what is asked of it: kubectl finds a
// plugin by its file name, so that the same file may be installed under another one,
// and asks what completes a command line by a second name.
func Called(argv []string) (name string, args []string) {
	base := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	if name, ok := strings.CutPrefix(base, "kubectl_complete-"); ok {
		return "kubectl " + strings.ReplaceAll(name, "_", "-"), append([]string{cobra.ShellCompRequestCmd}, argv[1:]...)
	}
	if name, ok := strings.CutPrefix(base, "kubectl-"); ok {
		return "kubectl " + strings.ReplaceAll(name, "_", "-"), argv[1:]
	}
	return base, argv[1:]
}

// Invocation is one call of the program.
type Invocation struct {
	Name    string // as the user calls it, see Called
	Args    []string
	Build   Build
	Streams Streams
}

// NewRoot is the whole command tree.
func NewRoot(i Invocation) *cobra.Command {
	root, _ := grow(i)
	return root
}

// grow makes the tree, and the session that its commands run in.
func grow(i Invocation) (*cobra.Command, session) {
	connection := genericclioptions.NewConfigFlags(true)
	s := session{Invocation: i, voice: newVoice(i.Streams.Err), connection: connection}
	root := newRoot(i, connection, func(ctx context.Context, a asked) error { return a.run(ctx, s) })
	s.flags = root.PersistentFlags()
	return root, s
}

// newRoot lets a test take the requests instead of having them run.
func newRoot(i Invocation, connection *genericclioptions.ConfigFlags, take taker) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-sts",
		Short: "Operate StatefulSets: scale, canary, promote, abort, apply, delete, volumes",
		Long: `Operate StatefulSets from the client alone: ordered scale, partitioned canary,
promote and abort, apply and delete one ordinal at a time, and a volume for every
ordinal. It drives the API directly and watches the pods through every ordinal's
transition, so that you know for each ordinal what happened, what blocks, why, and
what to do.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: i.Name},
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,

		Version:           i.Build.Version,
		Args:              noSuchCommand,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(i.Streams.Out)
	root.SetErr(i.Streams.Err)
	root.SetArgs(i.Args)
	root.SetIn(i.Streams.In)
	root.SetFlagErrorFunc(badFlag)

	connection.AddFlags(root.PersistentFlags())
	addLogFlag(root.PersistentFlags())
	root.PersistentFlags().String("kuberc", "", "of kubectl itself, which passes it on; nothing comes of it here")
	root.PersistentFlags().VisitAll(hideUnlessShown)

	for _, v := range verbs(i.Streams) {
		root.AddCommand(v.command(i.Name, take))
	}
	root.AddCommand(others(i, take)...)
	root.SetHelpCommand(helpCommand())
	return root
}

// helpCommand is `help scale`, for who is used to it; --help is what is told of.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command", Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noSuchCommand(c.Root(), args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// others is the table of the commands that are no acting verbs.
func others(i Invocation, take taker) []*cobra.Command {
	return []*cobra.Command{
		statusCommand(i.Name, take),
		applyCommand(i, take),
		pvCommand(i, take),
		checkCommand(i, take),
		optionsCommand(),
		versionCommand(i.Build, i.Streams),
	}
}

// noSuchCommand: cobra would answer an unknown command with exit code 1.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage("unknown command %q for %q%s", args[0], c.CommandPath(), hint)
}

// badFlag: cobra parses the flags of a group before it knows that the command
// does not exist, and then blames the flag.
func badFlag(c *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	switch args := c.Flags().Args(); {
	case c.HasSubCommands() && len(args) > 0:
		return noSuchCommand(c, args)
	case errors.As(err, &value) && strings.HasPrefix(value.GetFlag().Value.Type(), "int"):
		return usage("--%s %q is not a whole number, or one too large", value.GetFlag().Name, value.GetValue())
	default:
		return usage("%v%s", err, nearest(c, err))
	}
}

// shown are the connection flags that --help lists; `options` lists them all.
var shown = map[string]bool{"namespace": true, "context": true, "kubeconfig": true, "help": true}
