// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"flag"
	"io"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// addLogFlag gives users the -v that they know from kubectl (-v=6 shows each
// request), and keeps the client library quiet without it: what it would say of
// a watch that broke would tear the live table, and State.Blind says it too.
func addLogFlag(flags *pflag.FlagSet) {
	all := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(all)
	level := all.Lookup("v")
	flags.AddGoFlag(&flag.Flag{Name: level.Name, Usage: level.Usage, DefValue: level.DefValue, Value: verbosity{level.Value}})
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	// Without this, klog sends errors to standard error all the same. It is a
	// level that klog has, so that setting it cannot fail.
	_ = all.Set("stderrthreshold", "FATAL")
}

// verbosity opens the log when a level is asked for.
type verbosity struct{ flag.Value }

// Set implements flag.Value.
func (v verbosity) Set(text string) error {
	if err := v.Value.Set(text); err != nil {
		return err
	}
	klog.LogToStderr(text != "0")
	return nil
}
