// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the bench, or one of the two processes that it starts of itself.
func run(ctx context.Context, args []string) error {
	if len(args) > 1 && args[0] == costMode {
		return tellCost(args[1:])
	}
	if len(args) > 1 && args[0] == loopMode {
		return runLoop(ctx, args[1])
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	letters := flags.String("part", "abcdefg", "the `letters` of the parts to run")
	sts := flags.String("sts", "bin/kubectl-sts", "the program under test")
	kubectl := flags.String("kubectl", "bin/bench/kubectl", "the kubectl beside it, built by the same toolchain")
	most := flags.Int("most", 5000, "how many ordinals the largest set has; fewer for a trial")
	page := flags.String("page", "", "the `file` whose tables are written anew")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if unknown := strings.Trim(*letters, "abcdefg"); unknown != "" {
		return fmt.Errorf("there is no part %q; the parts are a to g", unknown)
	}
	g, err := openGround(*sts, *kubectl)
	if err != nil {
		return err
	}
	g.most = int32(*most)
	tables, err := play(ctx, os.Stdout, g, *letters)
	if err == nil && *page != "" {
		err = rewrite(*page, tables)
	}
	return errors.Join(err, g.close())
}

// part is one question of the bench.
type part struct {
	letter string
	title  string
	run    func(context.Context, *ground) ([]figure, error)
}

func parts() []part {
	return []part{
		{"f", "start-up and size", startup},
		{"g", "one plan of each verb", plans},
		{"d", "requests of an acting command", requests},
		{"a", "a promote of 50 ordinals, one by one", pace},
		{"e", "from the server's event to the line", latency},
		{"b", "status against kubectl get sts,pods", glance},
		{"c", "a promote of many ordinals", crowd},
	}
}

// play runs the parts with these letters, and returns their tables by letter.
// Of a part that could not be ended it prints what there is.
func play(ctx context.Context, out io.Writer, g *ground, letters string) (map[string]string, error) {
	tables := map[string]string{}
	for _, p := range parts() {
		if !strings.Contains(letters, p.letter) {
			continue
		}
		begun := time.Now()
		fmt.Fprintf(out, "(%s) %s\n", p.letter, p.title)
		figures, err := p.run(ctx, g)
		fmt.Fprintf(out, "%s(%s took %s)\n\n", table(figures), p.letter, time.Since(begun).Round(time.Second))
		if err != nil {
			return tables, fmt.Errorf("part %s: %w", p.letter, err)
		}
		tables[p.letter] = table(figures)
	}
	return tables, nil
}
