// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func hideUnlessShown(flag *pflag.Flag) { flag.Hidden = !shown[flag.Name] }

// optionsCommand lists the flags that every command takes, as kubectl options does.
func optionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List the connection flags that every command takes",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all := pflag.NewFlagSet("options", pflag.ContinueOnError)
			c.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) {
				visible := *flag
				visible.Hidden = false
				all.AddFlag(&visible)
			})
			_, err := fmt.Fprintf(c.OutOrStdout(), "These flags may be given to every command:\n\n%s", all.FlagUsages())
			return err
		},
	}
}
