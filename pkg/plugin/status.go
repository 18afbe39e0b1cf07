// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// StatusRequest is a command line of status, checked.
type StatusRequest struct {
	SetName       string // "" for all
	Selector      string
	AllNamespaces bool
	ExitCode      bool
	Watch         bool
	Timeout       time.Duration
	FailurePolicy rollout.FailurePolicy
	Stall         time.Duration // --progress-timeout
	Soak          time.Duration // negative: what the set's template needs
	Output        string
	Progress      string
	Color         string
}

func statusCommand(name string, take taker) *cobra.Command {
	var r StatusRequest
	c := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show every ordinal: what state, what blocks, why",
		Long: `Without a name, a row a set. With one, what the set is in the middle of and a row
an ordinal: its pod, revision, phase, claims and volumes, and for an ordinal that
is held up its cause and a command that helps. An ordinal that has been on its way for
longer than --progress-timeout, by what its pod tells, is failing. With -w it ends
then too, and where nothing has come nearer for as long.

An operation that has more to write is told with what it comes to and the command that
finishes it. Nothing in the cluster tells whether a run of it is still there: it is named
as next where a run would have written again, unless it soaks.

A set without readiness probes is rolling until each of its pods has run for ten
seconds, and after a restart for as long as the run before it besides. --soak asks
for another time, such as the one that a run was told: no run leaves its own behind,
since whoever reads the status has not agreed to it.

A cause has an id, the same in text and in JSON, that stays what it is; docs/causes.md
lists all.`,
		Example: strings.ReplaceAll(`  {{name}} status
  {{name}} status web

  # until it is settled, a canary, paused or failing, or a delete rests
  {{name}} status web -w

  # in CI: 0 settled, 10 rolling, scaling or deleting, 11 canary or paused, 3 failing
  {{name}} status web --exit-code`, "{{name}}", name),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("one StatefulSet at a time, or none for all, not %q", args)
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVarP(&r.Selector, "selector", "l", "", "only sets with these labels")
	flags.BoolVarP(&r.AllNamespaces, "all-namespaces", "A", false, "the sets of all namespaces")
	flags.BoolVar(&r.ExitCode, "exit-code", false, "tell the state by the exit code: 0 settled, 10 rolling, scaling or deleting, 11 canary or paused, 3 failing")
	flags.BoolVarP(&r.Watch, "watch", "w", false, "watch until it is settled, a canary, paused or failing, or a delete rests")
	flags.DurationVar(&r.Timeout, "timeout", 0, "with -w: end after this long; 0 for never")
	addFailurePolicy(flags, &r.FailurePolicy)
	flags.DurationVar(&r.Stall, "progress-timeout", stallDefault, "an ordinal that has been on its way for this long is failing; 0 for never")
	addSoak(flags, &r.Soak, "how long each ordinal must be Ready, without a restart, before the set is settled")
	flags.StringVarP(&r.Output, "output", "o", "", "wide, json, yaml, kyaml, name, jsonpath=..., go-template=...")
	flags.StringVar(&r.Progress, "progress", "auto", "with -w: auto, tty, lines or none; -o json streams the events instead")
	addColorFlag(flags, &r.Color)
	c.RunE = func(c *cobra.Command, args []string) error {
		checked, err := r.check(args)
		if err != nil {
			return err
		}
		return take(c.Context(), checked)
	}
	return c
}

func (r StatusRequest) run(ctx context.Context, s session) error { return s.status(ctx, r) }

func (r StatusRequest) check(args []string) (StatusRequest, error) {
	if len(args) == 1 {
		setName, err := parseName(args[0])
		if err != nil {
			return r, err
		}
		r.SetName = setName
	}
	switch {
	case r.SetName != "" && (r.AllNamespaces || r.Selector != ""):
		return r, usage("a name goes with neither -A nor -l")
	case r.SetName == "" && r.Watch:
		return r, usage("-w needs the name of one StatefulSet")
	case r.Timeout < 0, r.Stall < 0, r.Soak < 0 && r.Soak != soakDefault:
		return r, usage("a duration must not be negative")
	}
	if err := checkFailurePolicy(r.FailurePolicy); err != nil {
		return r, err
	}
	if err := readable(r.Output); err != nil {
		return r, err
	}
	return r, checkTelling(r.Output, r.Progress, r.Color)
}

// status reads once, or watches until there is something to decide.
func (s session) status(ctx context.Context, r StatusRequest) error {
	if err := s.voice.paint(r.Color); err != nil {
		return err
	}
	if r.SetName == "" {
		return s.statusOfAll(ctx, r)
	}
	if r.streams() {
		return s.stream(ctx, r)
	}
	return s.statusOfOne(ctx, r)
}

func (s session) statusOfOne(ctx context.Context, r StatusRequest) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	look := s.looking(r)
	var seen watched
	if r.Watch {
		if seen, err = s.watch(ctx, client, r, look); err != nil {
			return err
		}
	}
	look.Endings = seen.endings
	state, err := client.Look(ctx, r.SetName, look)
	if err != nil {
		return err
	}
	state.Stalled = seen.stalled
	state = explained(ctx, client, state.ByOwnTimes(r.Stall))
	if err := s.printStatus(r, state); err != nil {
		return err
	}
	if r.Output == "" || r.Output == "wide" {
		s.tellWays(s.waysOn(state))
	}
	return r.code(state)
}

// looking is how status reads. Who may not read events knows that.
func (s session) looking(r StatusRequest) cluster.Options {
	o := cluster.Options{FailurePolicy: r.FailurePolicy, Unread: func(what string, err error) {
		if !cluster.IsForbidden(err) && !undialled(err) { // nothing else can be read then, which is told
			s.voice.note("%s cannot be read now, so %s: %v", what, withoutEvents, err)
		}
	}}
	if r.Soak != soakDefault {
		o.Soak = &r.Soak
	}
	return o
}

func (s session) statusOfAll(ctx context.Context, r StatusRequest) error {
	connect := s.client
	if r.AllNamespaces {
		connect = s.everywhere
	}
	client, err := connect()
	if err != nil {
		return err
	}
	states, err := client.LookAll(ctx, r.Selector, s.looking(r))
	if err != nil {
		return err
	}
	for i, state := range states {
		states[i] = state.ByOwnTimes(r.Stall)
	}
	if len(states) == 0 && (r.Output == "" || r.Output == "wide") {
		s.voice.say("No resources found%s.", in(client.Namespace()))
		return nil
	}
	if err := s.printAll(r, states); err != nil {
		return err
	}
	return r.code(states...)
}

// in is kubectl's way to name a namespace at the end of a sentence.
func in(namespaceName string) string {
	if namespaceName == "" {
		return ""
	}
	return fmt.Sprintf(" in %s namespace", namespaceName)
}

// watching is the goal of status -w: a state that stays until somebody acts.
type watching struct{}

// Op implements rollout.Goal.
func (watching) Op() string { return "status" }

// Begun implements rollout.Goal: it has no operation, whose controller it could call back.
func (watching) Begun(rollout.State) bool { return false }

// Adopts implements rollout.Goal.
func (watching) Adopts() bool { return true }

// Plan implements rollout.Goal: it writes nothing, and waits while something moves.
func (watching) Plan(s rollout.State) (rollout.Plan, error) {
	again, moves := s.Moves()
	if !moves {
		return rollout.Plan{}, nil
	}
	// What rests by rule rests here, too, though the word alone is told.
	b := rollout.Blocker{Message: string(s.Word()), Again: again}
	for _, awaited := range s.Awaited() {
		b.Rests = max(b.Rests, awaited.Rests)
	}
	return rollout.Plan{Hold: []rollout.Blocker{b}}, nil
}

// Reached implements rollout.Goal.
func (watching) Reached(s rollout.State) string { return string(s.Word()) }

// watched is what a watch has seen that a look does not show.
type watched struct {
	stalled bool // it ended because nothing came nearer
	endings map[int32]rollout.Ending
}

// watch shows the ordinals move until they stand. Somebody else's writes are
// what it is there to show, so being superseded only makes it look again.
func (s session) watch(ctx context.Context, client *cluster.Client, r StatusRequest, o cluster.Options) (seen watched, err error) {
	ctx, cancel := withTimeout(ctx, r.Timeout)
	defer cancel()
	run, err := client.Open(ctx, r.SetName, o)
	if err != nil {
		return watched{}, err
	}
	defer run.Close()
	flush := s.buffered(nil)
	defer func() { err = flush(err) }()
	progress, err := s.following(r, client.Namespace())
	if err != nil {
		return watched{}, err
	}
	defer progress.Close()
	defer s.voice.through(progress)()
	defer func() {
		if err == nil && s.inPlace(r) {
			render.Clear(progress)
		}
	}()
	for {
		outcome := rollout.Drive(ctx, run, watching{}, rollout.Options{Stall: r.Stall, Beat: progress.Beat(), Report: progress.Report})
		switch {
		case superseded(outcome.Err, rollout.SpecChanged, rollout.TakenOver, rollout.WentBack):
		case outcome.Last.Stalled:
			return watched{stalled: true, endings: run.Endings()}, nil
		default:
			return watched{endings: run.Endings()}, outcome.Err
		}
	}
}

// inPlace says that the table is printed where the last frame of a watch stands.
func (s session) inPlace(r StatusRequest) bool {
	style, err := render.StyleOf(s.Streams.Out, r.Color)
	return err == nil && style.Redraws && (r.Output == "" || r.Output == "wide")
}

// code is what --exit-code answers: the worst of the sets.
func (r StatusRequest) code(states ...rollout.State) error {
	if !r.ExitCode {
		return nil
	}
	worst := ExitOK
	for _, s := range states {
		if code := wordCode(s.Word()); severity(code) > severity(worst) {
			worst = code
		}
	}
	if worst == ExitOK {
		return nil
	}
	return codeError(worst)
}

func wordCode(w rollout.Word) int {
	switch w {
	case rollout.WordFailing, rollout.WordOversized:
		return ExitFailed
	case rollout.WordRolling, rollout.WordScaling, rollout.WordDeleting:
		return ExitRolling
	case rollout.WordCanary, rollout.WordPaused:
		return ExitCanary
	default:
		return ExitOK
	}
}

// severity orders the codes of several sets: failing, on the way, waiting for somebody.
func severity(code int) int {
	switch code {
	case ExitFailed:
		return 3
	case ExitRolling:
		return 2
	case ExitCanary:
		return 1
	default:
		return 0
	}
}

// columns of the tables.
func (r StatusRequest) columns() render.Columns {
	columns := render.Columns(0)
	if r.Output == "wide" {
		columns |= render.Wide
	}
	if r.AllNamespaces {
		columns |= render.Namespaced
	}
	return columns
}

func (s session) printStatus(r StatusRequest, state rollout.State) error {
	if r.streams() {
		return render.Compact(s.Streams.Out, render.StatusDocument(state, s.waysOn(state).document()))
	}
	if r.Output != "" && r.Output != "wide" {
		return s.print(r.Output, state.Set, render.StatusDocument(state, s.waysOn(state).document()))
	}
	style, err := render.StyleOf(s.Streams.Out, r.Color)
	if err != nil {
		return usage("%v", err)
	}
	return render.StatusOne(s.Streams.Out, style, state, r.columns())
}

func (s session) printAll(r StatusRequest, states []rollout.State) error {
	if r.Output != "" && r.Output != "wide" {
		return s.printList(r.Output, states)
	}
	style, err := render.StyleOf(s.Streams.Out, r.Color)
	if err != nil {
		return usage("%v", err)
	}
	return render.StatusMany(s.Streams.Out, style, states, r.columns())
}
