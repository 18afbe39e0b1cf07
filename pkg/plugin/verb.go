// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verb is an acting command as data: what it is called, what it may be told,
// and what of it becomes an Intent. A new verb is a file with one of these and
// a line in verbs.
type verb struct {
	use, short, long, example string
	soaks                     bool
	flags                     func(*pflag.FlagSet)
	intent                    func(*pflag.FlagSet) (Intent, error)
}

// verbs is the table of acting commands.
func verbs(streams Streams) []verb {
	return []verb{
		scaleVerb(),
		canaryVerb(streams.In),
		promoteVerb(),
		abortVerb(),
		deleteVerb(),
	}
}

// command makes a cobra command of a verb; take gets the checked request.
func (v verb) command(name string, take taker) *cobra.Command {
	shared := &sharedFlags{soak: 0}
	c := &cobra.Command{
		Use:     v.use,
		Short:   v.short,
		Long:    v.long,
		Example: strings.ReplaceAll(v.example, "{{name}}", name),
		Args:    oneName,
	}
	v.flags(c.Flags())
	shared.add(c.Flags())
	if v.soaks {
		shared.addSoak(c.Flags())
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		request, err := v.request(c.Flags(), shared, args)
		if err != nil {
			return err
		}
		return take(c.Context(), request)
	}
	return c
}

// request checks what was typed.
func (v verb) request(flags *pflag.FlagSet, shared *sharedFlags, args []string) (Request, error) {
	setName, err := parseName(args[0])
	if err != nil {
		return Request{}, err
	}
	options, err := shared.resolve()
	if err != nil {
		return Request{}, err
	}
	intent, err := v.intent(flags)
	if err != nil {
		return Request{}, err
	}
	return Request{Verb: strings.Fields(v.use)[0], SetName: setName, Intent: intent, Run: options}, nil
}

func oneName(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage("the name of a StatefulSet is missing")
	case len(args) > 1:
		return usage("one StatefulSet at a time, not %q", args)
	}
	return nil
}
