// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// teller plays the commands of a transcript, in a world in which every second
// the controller does all that it can, every kubelet takes one step, every
// watch brings everything and every request is answered. The commands:
//
//	set replicas=5 partition=2|none start=3 min-ready=10s max-unavailable=2 history=0 policy=parallel strategy=OnDelete bytes=null-stamp webhook=stamps when-deleted=Delete when-scaled=Delete forgotten=2
//	fate b=unpulled
//	canary image=b count=2 step=1 soak=10s    also promote, scale replicas=3, abort, delete claims=delete;
//	                                          for=20s: only so long; cut=2: killed when its second write is stored
//	plan canary ...                           what it would do
//	wait [20s]                                for the command that is under way
//	step 20                                   seconds without a command
//	edit image=c partition=2 replicas=3       somebody else's write of the spec
//	strip                                     somebody else takes the record away
//	break web-4                               the pod stops being ready
//	evict web-4                               the node throws the pod out
//	blind 30s                                 the watches of the command under way go down
//	kill                                      the process of the command under way dies
//	status                                    what can be seen
type teller struct {
	ctx     context.Context
	world   *World
	runs    []*typed
	waiting string // a wait of this second; only one that lasts is told
	printed strings.Builder
}

// typed is a command that somebody has typed.
type typed struct {
	*Run

	goal rollout.Goal
	told bool // that it has ended
}

// last is the command that was typed last.
func (t *teller) last() *typed { return t.runs[len(t.runs)-1] }

func (t *teller) close() {
	if t.world != nil {
		t.world.Close()
	}
}

// play is one command.
func (t *teller) play(line string) error {
	words := strings.Fields(line)
	if t.world == nil && words[0] != "set" {
		return errors.New("a transcript begins with set")
	}
	args := arguments(words[1:])
	switch words[0] {
	case "set":
		return t.set(args)
	case "fate":
		t.world.fates = fates(args)
	case "canary", "promote", "scale", "abort", "delete":
		return t.command(words[0], args)
	case "plan":
		return t.plan(words[1], args)
	case "wait":
		return t.wait(args.first())
	case "step":
		return t.step(args.first())
	case "edit":
		return t.edit(args)
	case "strip":
		t.world.annotate("")
	case "break", "evict":
		return t.harm(words[0], words[1])
	case "blind":
		return t.blind(args.first())
	case "kill":
		t.world.settle()
		t.world.Close()
		t.last().told = true
	case "status":
		t.status()
	default:
		return errors.New("no such command")
	}
	return nil
}

// args are the words after a command: name=value, or a bare word under "".
type args map[string]string

func arguments(words []string) args {
	a := args{}
	for _, word := range words {
		name, value, named := strings.Cut(word, "=")
		if !named {
			name, value = "", word
		}
		a[name] = value
	}
	return a
}

func (a args) first() string { return a[""] }

// number of an argument, or what it is by default.
func (a args) number(name string, otherwise int) (int, error) {
	if a[name] == "" {
		return otherwise, nil
	}
	return strconv.Atoi(a[name])
}

// length of an argument, 0 by default.
func (a args) length(name string) (time.Duration, error) {
	if a[name] == "" {
		return 0, nil
	}
	return time.ParseDuration(a[name])
}

func (t *teller) set(a args) error {
	t.close()
	start := Start{Strategy: a["strategy"], Parallel: a["policy"] == "parallel", Bytes: Bytes(a["bytes"]), Stamps: a["webhook"] == "stamps"}
	start.Retention = rollout.Retention{WhenDeleted: a["when-deleted"], WhenScaled: a["when-scaled"]}
	start.Claims = start.Retention != rollout.Retention{}
	var errs []error
	for _, n := range []struct {
		name      string
		otherwise int
		into      func(int)
	}{
		{"replicas", 1, func(n int) { start.Replicas = int32(n) }},
		{"start", 0, func(n int) { start.Ordinals = int32(n) }},
		{"max-unavailable", 1, func(n int) { start.MaxUnavailable = n }},
		{"forgotten", 0, func(n int) { start.Forgotten = n }},
		{"history", 10, func(n int) { start.HistoryLimit = n }},
	} {
		number, err := a.number(n.name, n.otherwise)
		n.into(number)
		errs = append(errs, err)
	}
	var err error
	start.MinReady, err = a.length("min-ready")
	errs = append(errs, err)
	start.Partition, err = partition(a["partition"])
	t.world = NewWorld(start, nil)
	return errors.Join(append(errs, err)...)
}

func partition(text string) (rollout.Partition, error) {
	switch text {
	case "":
		return rollout.Partition{}, nil
	case "none":
		return rollout.Partition{Nil: true}, nil
	default:
		n, err := strconv.Atoi(text)
		return rollout.Partition{Index: int32(n)}, err
	}
}

func fates(a args) map[string]Fate {
	fates := map[string]Fate{}
	for name, fate := range a {
		fates[name] = Fate(fate)
	}
	return fates
}

func ask(op string, a args) (Ask, error) {
	to, err := a.number("replicas", 0)
	if err != nil {
		return Ask{}, err
	}
	step := a["step"]
	if step == "" {
		step = "1"
	}
	soak, err := a.length("soak")
	return Ask{Op: op, To: int32(to), Template: a["image"], Count: a["count"], Step: step, Revision: a["revision"], Claims: a["claims"], Soak: soak}, err
}

// command types a command and goes on with it as long as the line says.
func (t *teller) command(op string, a args) error {
	ask, err := ask(op, a)
	if err != nil {
		return err
	}
	at, err := a.number("cut", 0)
	if err != nil {
		return err
	}
	run := &typed{}
	t.runs = append(t.runs, run)
	o := t.world.options()
	o.Report = func(_ rollout.State, events []rollout.Event) {
		if run == t.last() {
			t.report(events)
		}
	}
	keep := func(g rollout.Goal) rollout.Goal {
		run.goal = g
		return g
	}
	run.Run = t.world.Launch(t.ctx, ask, o, Wrap{Goal: keep})
	run.cut = Cut{At: at, Stored: true}
	return t.wait(a["for"])
}

// wait lets the command under way go on until it ends, or for so long.
func (t *teller) wait(limit string) error {
	longest := longEnough
	if limit != "" {
		var err error
		if longest, err = time.ParseDuration(limit); err != nil {
			return err
		}
	}
	for end := t.world.Clock.Now().Add(longest); t.world.Clock.Now().Before(end); t.world.second() {
		t.world.settle()
		if !t.last().ended {
			t.printf("%s", t.waiting)
		}
		t.waiting = ""
		if t.ends(); t.last().told {
			return nil
		}
	}
	return nil
}

// ends tells of the commands that have ended meanwhile.
func (t *teller) ends() {
	for _, run := range t.runs {
		if run.told || !run.ended {
			continue
		}
		run.told = true
		if run == t.last() {
			t.end(run, "")
			continue
		}
		t.end(run, "the first "+run.Ask.Op+": ")
	}
}

func (t *teller) end(run *typed, whose string) {
	err := run.Outcome.Err
	switch {
	case err == nil && run.goal == nil:
		t.line("done", "%snothing to do", whose)
	case err == nil:
		t.line("done", "%s%s", whose, run.goal.Reached(run.Outcome.Last))
	case errors.Is(err, errKilled):
		t.line("killed", "%s", whose)
	default:
		kind, _, _ := strings.Cut(Kind(err), ":")
		t.line(kind, "%s%s", whose, err)
	}
}

// second is one second of an orderly world: in its middle everybody moves, and
// runs are served before and after.
func (w *World) second() {
	const half = 500 * time.Millisecond
	w.serve()
	w.pass(half)
	w.settle()
	w.tick()
	w.serve()
	w.pass(half)
}

// serve brings every event and answers every request, until there are no more.
func (w *World) serve() {
	for w.settle(); ; w.settle() {
		busy := false
		for _, r := range w.runs {
			if r.pending != nil {
				w.answer(r, Answered)
				synctest.Wait()
				busy = true
			}
			if c := r.client; !r.ended && c.blind == "" && c.behind() {
				c.catchUp()
				busy = true
			}
			synctest.Wait()
		}
		if !busy {
			return
		}
	}
}

func (t *teller) step(seconds string) error {
	n, err := strconv.Atoi(seconds)
	for range n {
		t.world.second()
	}
	return err
}

func (t *teller) edit(a args) error {
	at, err := partition(a["partition"])
	if err != nil {
		return err
	}
	replicas, err := a.number("replicas", int(t.world.set.replicas))
	t.world.settle()
	t.world.edit("kubectl-edit", func(s *set) {
		s.replicas = int32(replicas)
		if a["image"] != "" {
			s.template = Template{Name: a["image"]}
		}
		if a["partition"] != "" {
			s.partition = at
		}
	})
	return err
}

func (t *teller) harm(how, name string) error {
	p, ok := t.world.podNamed(name)
	if !ok {
		return errors.New("no such pod")
	}
	t.world.settle()
	if how == "evict" {
		t.world.evict(p)
		return nil
	}
	t.world.breakPod(p)
	return nil
}

func (t *teller) blind(length string) error {
	d, err := time.ParseDuration(length)
	if err != nil {
		return err
	}
	c := t.last().client
	c.blind = "the watch of pods is down"
	c.ring()
	err = t.wait(length)
	if t.last().told || d <= 0 {
		return err
	}
	c.blind = ""
	c.ring()
	return err
}

func (t *teller) plan(op string, a args) error {
	ask, err := ask(op, a)
	if err != nil {
		return err
	}
	t.world.settle()
	s := t.world.newClient(t.world.Patience, t.world.Clock).Observe()
	goal, err := ask.Open(s)
	if err != nil {
		t.printf("%s: %s\n", Kind(err), err)
		return nil
	}
	decision := rollout.Decide(goal, s, rollout.LeaseOf(goal, s, "00000000"))
	plan, err := goal.Plan(s)
	switch {
	case decision.Err != nil:
		t.printf("%s: %s\n", Kind(decision.Err), decision.Err)
	case err == nil && len(plan.Steps) == 0:
		t.printf("nothing to do\n")
	case err == nil:
		t.printf("%s", plan)
	}
	return nil
}

// report prints events as they come.
func (t *teller) report(events []rollout.Event) {
	for _, e := range events {
		switch e.Type {
		case rollout.WaitEvent:
			t.waiting = t.timed("wait", "%s", strings.TrimPrefix(e.Message, "statefulset.apps/web: "))
		case rollout.WriteEvent:
			t.line("write", "%s: %s", e.Change, e.Change.Why)
		case rollout.OrdinalEvent:
			t.line(e.PodName, "%s", ordinal(e))
		default:
			t.line(strings.ToLower(string(e.Type)), "%s", strings.TrimPrefix(e.Message, "statefulset.apps/web: "))
		}
	}
}

func ordinal(e rollout.Event) string {
	text := string(e.Phase)
	if e.Was != "" && e.Was != e.Phase {
		text = fmt.Sprintf("%s -> %s", e.Was, e.Phase)
	}
	if e.Revision != "" && e.Phase != rollout.Absent {
		text += " on " + strings.TrimPrefix(e.Revision, setName+"-")
	}
	if e.Cause.ID != "" {
		text += fmt.Sprintf(", %s: %s", e.Cause.ID, e.Cause.Message)
	}
	return text
}

// line prints a line with the time since the story began.
func (t *teller) line(head, format string, values ...any) {
	t.printf("%s", t.timed(head, format, values...))
}

func (t *teller) timed(head, format string, values ...any) string {
	since := t.world.Clock.Now().Sub(epoch()).Truncate(time.Second)
	text := fmt.Sprintf("%8s  %-7s %s", "+"+since.String(), head, fmt.Sprintf(format, values...))
	return strings.TrimRight(text, " ") + "\n"
}

// printf prints with the names of templates in place of their digests.
func (t *teller) printf(format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	t.world.looking.Lock()
	defer t.world.looking.Unlock()
	for template, digest := range t.world.digests {
		text = strings.ReplaceAll(text, digest[:8], template.Name)
	}
	t.printed.WriteString(text)
}

// status prints the set in a line and every pod in another.
func (t *teller) status() {
	t.world.settle()
	s := t.world.newClient(t.world.Patience, t.world.Clock).Observe()
	t.printf("%s: partition %s, own %s, current %s, update %s", s.Word(), s.Set.Partition, s.Own(), s.Set.Current, s.Set.Update)
	if r := s.Set.Record; r != nil {
		t.printf(", record %s %s", r.Op, r.State)
	}
	t.printf("\n")
	for _, pods := range [][]rollout.Pod{s.Pods, s.Surplus} {
		for _, p := range pods {
			t.printf("  %s %s", p.Name, p.Phase)
			if p.Revision != "" {
				t.printf(" on %s", strings.TrimPrefix(p.Revision, setName+"-"))
			}
			if p.Cause.ID != "" {
				t.printf(", %s: %s", p.Cause.ID, p.Cause.Message)
			}
			t.printf("\n")
		}
	}
}
