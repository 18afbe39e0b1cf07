// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// atMostNear flags are named in the place of one that there is not.
const atMostNear = 3

// nearest names the flags that an unknown one may have been meant for. Cobra knows which
// names are near of commands alone, so each flag is one here.
func nearest(c *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	typed := unknown.GetSpecifiedName()
	if group, _, _ := strings.Cut(unknown.GetSpecifiedShortnames(), "="); len(group) > 1 {
		typed = group // a name with one dash
	}
	if len(typed) < 2 {
		return ""
	}
	names := &cobra.Command{SuggestionsMinimumDistance: min((len(typed)+1)/3, 2)}
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		if len(flag.Name) > 1 {
			names.AddCommand(&cobra.Command{Use: flag.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	near := names.SuggestionsFor(typed)
	begun := slices.DeleteFunc(slices.Clone(near), func(name string) bool { return !strings.HasPrefix(name, typed) })
	if len(begun) > 0 {
		near = begun
	}
	if len(near) == 0 {
		return ""
	}
	return "; did you mean --" + strings.Join(near[:min(len(near), atMostNear)], " or --") + "?"
}
