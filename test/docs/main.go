// SPDX-License-Identifier: Apache-2.0

// Command docs writes the command reference, docs/commands, from the commands
// themselves, and docs/live.svg from a golden frame. `make verify` runs it and fails when the result differs from what
// is committed.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/plugin"
)

func main() {
	err := errors.Join(
		write(filepath.Join("docs", "commands")),
		writePicture(filepath.Join("pkg", "render", "testdata", "tty-color.txt"), filepath.Join("docs", "live.svg"), "kubectl sts promote web"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// write replaces the folder: a command that is gone leaves no page.
func write(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("command reference: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("command reference: %w", err)
	}
	root := plugin.NewRoot(plugin.Invocation{
		Name:    "kubectl sts",
		Streams: plugin.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
	})
	quiet(root)
	if err := doc.GenMarkdownTree(root, folder); err != nil {
		return err
	}
	return writeOptions(root, folder)
}

// writeOptions lists the flags that every command takes on the page of the
// command that lists them, and on no other.
func writeOptions(root *cobra.Command, folder string) error {
	options, _, err := root.Find([]string{"options"})
	if err != nil {
		return err
	}
	root.PersistentFlags().VisitAll(func(flag *pflag.Flag) { flag.Hidden = false })
	root.PersistentFlags().Lookup("cache-dir").DefValue = "$HOME/.kube/cache" // whoever's home it is
	page, err := os.Create(filepath.Join(folder, strings.ReplaceAll(options.CommandPath(), " ", "_")+".md"))
	if err != nil {
		return fmt.Errorf("command reference: %w", err)
	}
	return errors.Join(doc.GenMarkdown(options, page), page.Close())
}

// quiet leaves out the date, which would make every run a change.
func quiet(c *cobra.Command) {
	c.DisableAutoGenTag = true
	for _, child := range c.Commands() {
		quiet(child)
	}
}
