// SPDX-License-Identifier: Apache-2.0

package program

import (
	"github.com/spf13/pflag"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the login plugins that the released kubectl has
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func kubectl(args []string) int {
	pflag.CommandLine = without(pflag.CommandLine, "version")
	// As in cmd/kubectl/kubectl.go: the verbosity counts already while the
	// command is being built. GlogSetter only refuses what is no number, and
	// the command line parser says so better.
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(args))
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
	return 0
}

// without leaves a flag out that packages of other components registered for
// every command, and that the released kubectl does not know.
func without(flags *pflag.FlagSet, name string) *pflag.FlagSet {
	fewer := pflag.NewFlagSet(name, pflag.ExitOnError)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != name {
			fewer.AddFlag(f)
		}
	})
	return fewer
}
