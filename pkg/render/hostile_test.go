// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// hostile is what a cluster may say to a terminal: clear the screen, set the
// title, make a link, go back in the line, forge another, turn the reading
// order around, hide.
const hostile = "\x1b[2J\x1b]0;title\x07\u009b31m\x9b7m\u009d8;;link\u009c\b\r\nforged\u202e\u2066\u200b\u200d\ufeff\U000e0041\x00"

// poison ends every text in what v points to with something hostile; not the
// words of a closed list, which are of types of their own, and not raw bytes.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		poisonFields(v)
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		poisonMap(v)
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			v.SetString(v.String() + hostile)
		}
	}
}

func poisonFields(v reflect.Value) {
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			poison(v.Field(i))
		}
	}
}

// poisonMap changes the values only: a key is what others look it up by.
func poisonMap(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		poison(value)
		v.SetMapIndex(key, value)
	}
}

func poisoned[T any](object T) T {
	poison(reflect.ValueOf(&object).Elem())
	return object
}

// states in which every part of a page has something to say.
func poisonedStates(t *testing.T) []rollout.State {
	t.Helper()
	changed := func(name string) []byte { return []byte(strings.ReplaceAll(name, ":v2", `:v2\u001b[2J\u202e\nforged`)) }
	states := []rollout.State{canaryOn(t), failed(t), fromThree(t), onDelete(t)}
	for i := range states {
		states[i].Set.Live = changed(string(states[i].Set.Live))
		states[i] = poisoned(states[i])
		// These words are looked for, and the server has no others.
		states[i].Set.Strategy = strings.TrimSuffix(states[i].Set.Strategy, hostile)
	}
	return states
}

// TestNothingSteersTheTerminal: whatever a cluster has in its names, messages
// and logs, every page and every line is printable text, and nothing of it
// stands at the beginning of a line.
func TestNothingSteersTheTerminal(t *testing.T) {
	states := poisonedStates(t)
	pages := map[string]func(w io.Writer) error{
		"status of many": func(w io.Writer) error { return StatusMany(w, Style{}, states, Wide|Namespaced) },
		"volume status":  func(w io.Writer) error { return VolumeStatus(w, Style{}, poisonedStanding(), Wide) },
		"no volumes": func(w io.Writer) error {
			return VolumeStatus(w, Style{}, VolumeStanding{Set: poisoned(volume.Set{Name: "web"})}, Wide)
		},
		"volume plan": func(w io.Writer) error { return VolumePlan(w, Style{}, poisonedPlan(t), "client") },
		"no volume plan": func(w io.Writer) error {
			return VolumePlan(w, Style{}, volume.Plan{Set: poisoned(volume.Set{Name: "web"})}, "client")
		},
		"check":   func(w io.Writer) error { return Check(w, Style{}, states[0].Set, nil, poisonedStanding().Findings) },
		"applied": func(w io.Writer) error { _, err := io.WriteString(w, Applied{Name: hostile}.Line("")+"\n"); return err },
		"note":    func(w io.Writer) error { Note(w, Style{}, "%s", hostile); return nil },
		"warning": func(w io.Writer) error { Warning(w, Style{}, "%s", hostile); return nil },
		"lines":   func(w io.Writer) error { return hostileProgress(t, "lines", w, Style{}) },
	}
	for _, s := range states {
		name := string(s.Word()) + " "
		pages[name+"status"] = func(w io.Writer) error { return StatusOne(w, Style{}, s, Wide) }
		pages[name+"status, narrow"] = func(w io.Writer) error { return StatusOne(w, terminal(40, 24), s, Narrow) }
		pages[name+"result"] = func(w io.Writer) error { return hostileResult(w, s) }
		pages[name+"plan"] = func(w io.Writer) error { return hostilePlan(w, s) }
	}
	for name, page := range pages {
		var b bytes.Buffer
		if err := page(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		harmless(t, name, b.String())
	}
}

func poisonedStanding() VolumeStanding {
	s := poisoned(standing())
	for i, f := range s.Findings {
		s.Findings[i].ID = strings.TrimSuffix(f.ID, hostile) // a closed list too
	}
	return s
}

func poisonedPlan(t *testing.T) volume.Plan {
	t.Helper()
	set, stock := disks()
	plan, err := volume.PlanRelease(set, stock, set.Known(stock), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan.Steps = append(plan.Steps, volume.Step{Action: volume.Skip, Claim: volume.Claim{Name: "data-web-7"}, Why: "bound"})
	plan.Steps[0].After.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "kubernetes.io/hostname", Operator: "In", Values: []string{"node-1"}}},
	}}}}
	return poisoned(plan)
}

func hostileResult(w io.Writer, s rollout.State) error {
	r := Result{SetName: s.Set.Name, Message: hostile, State: s}
	for _, pod := range s.Pods {
		r.Blockers = append(r.Blockers, blockerOf(pod))
	}
	_, err := io.WriteString(w, r.Line()+"\n")
	r.Explain(w)
	return err
}

func hostilePlan(w io.Writer, s rollout.State) error {
	plan := rollout.Plan{
		Hold:  []rollout.Blocker{{PodName: "web-0", Message: "to be Available", Cause: badImage()}},
		Steps: []rollout.Step{{Change: rollout.Change{Pod: &rollout.Removal{PodName: "web-2"}, Why: "it blocks"}, Until: "it is gone"}},
	}
	_, err := io.WriteString(w, PlanText("promote", "client", poisoned(plan), s))
	return err
}

// hostileProgress is told of each state and of every type of event.
func hostileProgress(t *testing.T, mode string, w io.Writer, style Style) error {
	t.Helper()
	p, err := NewProgress(mode, w, style, poisoned(promoting()))
	if err != nil {
		return err
	}
	var last rollout.State
	for i, s := range poisonedStates(t) {
		s.At = s.At.Add(time.Duration(i) * time.Minute)
		wait := awaiting(rollout.Blocker{PodName: "web-1", Phase: rollout.Failing, Message: "to be Available", Cause: crashing()})
		note := rollout.Event{Type: rollout.NoteEvent, Message: "said"}
		warning := rollout.Event{Type: rollout.WarningEvent, Message: "said"}
		write := rollout.Event{Type: rollout.WriteEvent, Change: &rollout.Change{Why: "so", Pod: &rollout.Removal{PodName: "web-1"}}}
		p.Report(s, append(rollout.Diff(last, s), poisoned([]rollout.Event{wait, note, warning, write})...))
		last = s
	}
	p.Close()
	return nil
}

// harmless: lines of printable text, which show that there was something.
func harmless(t *testing.T, name, text string) {
	t.Helper()
	steers := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "forged") || strings.ToValidUTF8(line, "\x00") != line || strings.ContainsFunc(line, steers) {
			t.Errorf("%s: %q", name, line)
		}
	}
	if !strings.Contains(text, `\x1b`) {
		t.Errorf("%s: nothing hostile has come so far:\n%s", name, text)
	}
}

// The live table moves the cursor itself, by a handful of sequences.
func TestNothingSteersTheTable(t *testing.T) {
	var b bytes.Buffer
	if err := hostileProgress(t, "tty", &b, terminal(200, 50)); err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`\x1b\[(\?25[lh]|[0-9]*A|K|J)|\r`)
	harmless(t, "table", own.ReplaceAllString(b.String(), ""))
}
