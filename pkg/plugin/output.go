// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// readable are the formats of the commands that read.
func readable(format string) error {
	if err := checkOutput(format); err != nil {
		return usage("%v,wide", err)
	}
	return nil
}

// checkOutput refuses a format before anything is read or written.
func checkOutput(format string) error {
	if format == "" || format == "wide" || format == "name" {
		return nil
	}
	_, err := printFlags(format).ToPrinter()
	if err != nil {
		return usage("-o: %v", err)
	}
	return nil
}

func printFlags(format string) *genericclioptions.PrintFlags {
	flags := genericclioptions.NewPrintFlags("")
	flags.OutputFormat = &format
	return flags
}

// print writes one document in the format asked for.
func (s session) print(format string, set rollout.Set, document runtime.Object) error {
	if format == "name" {
		_, err := fmt.Fprintln(s.Streams.Out, set)
		return err
	}
	printer, err := printFlags(format).ToPrinter()
	if err != nil {
		return usage("-o: %v", err)
	}
	return printer.PrintObj(document, s.Streams.Out)
}

// separate comes before each document but the first.
func (s session) separate(place int, format string) error {
	if place == 0 || format != "yaml" && format != "kyaml" {
		return nil
	}
	_, err := fmt.Fprintln(s.Streams.Out, "---")
	return err
}

func (s session) printList(format string, states []rollout.State) error {
	if format != "name" {
		return s.print(format, rollout.Set{}, render.StatusListDocument(states))
	}
	for _, state := range states {
		if err := s.print(format, state.Set, nil); err != nil {
			return err
		}
	}
	return nil
}
