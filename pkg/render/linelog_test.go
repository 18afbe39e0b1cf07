// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// film is a scene that moves, and a progress that is told of it.
type film struct {
	*scene
	progress Progress
	last     rollout.State
}

func newFilm(s *scene, p Progress) *film { return &film{scene: s, progress: p} }

// after lets time pass, then changes and reports.
func (f *film) after(d time.Duration, change func(), more ...rollout.Event) {
	f.glance.At = f.glance.At.Add(d)
	change()
	s := f.state()
	for i := range more {
		more[i].At = s.At
	}
	f.progress.Report(s, append(rollout.Diff(f.last, s), more...))
	f.last = s
}

func nothing() {}

func (f *film) phase(index int32, phase rollout.Phase) func() {
	return func() {
		pod := &f.glance.Pods[index]
		pod.Phase, pod.Since = phase, f.glance.At
		switch phase {
		case rollout.Terminating:
			pod.GraceEnds = f.glance.At.Add(30 * time.Second)
		case rollout.Pending:
			pod.UID, pod.Revision, pod.Node = types.UID(fmt.Sprintf("made-%d", index)), canaryRevision, ""
			pod.Created, pod.ReadyAt, pod.Restarts = f.glance.At, time.Time{}, 0
		case rollout.Starting:
			pod.Node = "node-9"
		case rollout.Ready:
			pod.ReadyAt, pod.Cause = f.glance.At, rollout.Cause{}
		}
	}
}

func (f *film) lowered(to int32) rollout.Event {
	partition := rollout.Partition{Index: to}
	return rollout.Event{Type: rollout.WriteEvent, Change: &rollout.Change{
		Why: "let " + f.glance.Set.PodName(to) + " go", Set: &rollout.SetPatch{Partition: &partition},
	}}
}

func awaiting(b rollout.Blocker) rollout.Event {
	return rollout.Event{Type: rollout.WaitEvent, Blockers: []rollout.Blocker{b}}
}

func (f *film) partition(to int32) func() {
	return func() { f.glance.Set.Partition = rollout.Partition{Index: to} }
}

// promotion plays a promote of web-2 that goes well and of web-1 that does not.
func (f *film) promotion() {
	f.after(0, nothing)
	f.after(time.Second, nothing, f.lowered(2))
	f.after(0, f.partition(2))
	f.after(time.Second, f.phase(2, rollout.Terminating), awaiting(rollout.Blocker{PodName: "web-2", Phase: rollout.Terminating, Message: "to be gone"}))
	f.after(5*time.Second, f.phase(2, rollout.Pending), awaiting(rollout.Blocker{PodName: "web-2", Phase: rollout.Pending, Message: "to be Available"}))
	f.after(time.Second, f.phase(2, rollout.Starting))
	f.after(3*time.Second, f.phase(2, rollout.Ready))
	f.after(time.Second, func() { f.starting(2, rollout.Cause{}, 0) })
	f.after(time.Second, f.phase(2, rollout.Ready))
	f.after(0, nothing, f.lowered(1))
	f.after(0, f.partition(1))
	f.after(time.Second, f.phase(1, rollout.Terminating), rollout.Event{Type: rollout.NoteEvent, Message: "nothing is remembered"})
	f.after(time.Second, f.phase(1, rollout.Pending))
	f.after(2*time.Second, f.phase(1, rollout.Starting), awaiting(rollout.Blocker{PodName: "web-1", Phase: rollout.Starting, Message: "to be Available"}))
	f.after(time.Second, func() { f.glance.Pods[1].Cause, f.glance.Pods[1].Since = badImage(), f.glance.At },
		awaiting(rollout.Blocker{PodName: "web-1", Phase: rollout.Starting, Message: "to be Available", Cause: badImage()}))
	for range 3 {
		f.after(14*time.Second, nothing)
	}
	f.after(time.Second, func() {
		f.glance.Pods[1].Cause, f.glance.Pods[1].Since, f.glance.Pods[1].Restarts = crashing(), f.glance.At, 3
	})
	f.after(time.Second, func() { f.glance.Pods[1].Restarts = 4 })
	f.after(time.Second, nothing, rollout.Event{Type: rollout.WarningEvent, Message: "Argo CD will take this back"})
	f.after(40*time.Second, nothing)
}

func promoting() Header {
	return Header{Command: "promote", SetName: "web", Namespace: "prod", Goal: rollout.Promote{Step: intstr.FromInt32(1)}}
}

func newProgress(t *testing.T, mode string, style Style) (Progress, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	p, err := NewProgress(mode, &b, style, promoting())
	if err != nil {
		t.Fatal(err)
	}
	return p, &b
}

func TestLines(t *testing.T) {
	p, out := newProgress(t, "lines", Style{})
	newFilm(newScene(t, 3).canary(3), p).promotion()
	p.Close()
	golden(t, "lines-promote.txt", out.String())
}

func TestLinesColored(t *testing.T) {
	p, out := newProgress(t, "lines", Style{Color: Colored})
	newFilm(newScene(t, 3).canary(3), p).promotion()
	golden(t, "lines-color.txt", out.String())
}

// A burst of equal changes is one line, and what differs keeps its own.
func TestLinesOfABurst(t *testing.T) {
	p, out := newProgress(t, "lines", Style{})
	s := newScene(t, 500)
	s.glance.Set.OrderedReady = false
	f := newFilm(s.canary(0), p)
	f.after(0, func() {
		for i := range int32(500) {
			f.phase(i, rollout.Pending)()
		}
	})
	f.after(time.Second, func() {
		for i := range int32(500) {
			f.phase(i, rollout.Starting)()
		}
		for _, i := range []int32{1, 2, 3, 4, 200, 300, 301, 302, 303, 399} {
			f.glance.Pods[i].Cause = badImage()
		}
		f.glance.Pods[77].Cause = crashing()
	})
	f.after(time.Second, func() {
		for i := range int32(500) {
			if i%7 != 0 && f.glance.Pods[i].Cause.ID == "" {
				f.phase(i, rollout.Ready)()
			}
		}
	})
	golden(t, "lines-burst.txt", out.String())
}

// A scale: pods that come and go, and one that says why it went.
func TestLinesOfAScale(t *testing.T) {
	var b bytes.Buffer
	p, err := NewProgress("lines", &b, Style{}, Header{Command: "scale", SetName: "web", Goal: rollout.Scale{To: 2, Step: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFilm(newScene(t, 3), p)
	two := int32(2)
	f.after(0, func() { f.starting(1, crashing(), time.Minute) })
	f.after(time.Second, nothing, rollout.Event{Type: rollout.WriteEvent, Change: &rollout.Change{Why: "take web-2 away", Set: &rollout.SetPatch{Replicas: &two}}})
	f.after(time.Second, func() { f.glance.Set.Replicas = two })
	f.after(time.Second, f.phase(2, rollout.Terminating))
	f.after(time.Second, func() { f.glance.Pods = f.glance.Pods[:2] })
	f.after(time.Second, func() {
		f.glance.Pods = f.glance.Pods[:1]
		f.glance.Endings = map[int32]rollout.Ending{1: {At: f.glance.At, Reason: "Evicted", Message: "low on memory"}}
	})
	nudge := rollout.Change{Why: "nothing has changed for 20s", Nudge: &rollout.Nudge{}}
	f.after(20*time.Second, nothing, rollout.Event{Type: rollout.WriteEvent, Change: &nudge})
	f.after(time.Minute, nothing)
	golden(t, "lines-scale.txt", b.String())
}

func TestNone(t *testing.T) {
	p, out := newProgress(t, "none", Style{})
	newFilm(newScene(t, 3).canary(3), p).promotion()
	fmt.Fprintln(p, "from elsewhere")
	p.Close()
	want := "note: nothing is remembered\nwarning: Argo CD will take this back\nfrom elsewhere\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestBeats(t *testing.T) {
	for mode, want := range map[string]time.Duration{"tty": time.Second, "lines": 30 * time.Second, "none": 0} {
		if p, _ := newProgress(t, mode, Style{}); p.Beat() != want {
			t.Errorf("%s beats every %s, want %s", mode, p.Beat(), want)
		}
	}
}

// No text of the cluster reaches the log as it is.
func TestLinesAreEscaped(t *testing.T) {
	p, out := newProgress(t, "lines", Style{})
	evil := rollout.Cause{ID: rollout.CrashLoop, Message: "\x1b[2J\nfaked", Log: "\u202egnp.exe"}
	f := newFilm(newScene(t, 1), p)
	f.after(0, nothing)
	f.after(time.Second, func() { f.starting(0, evil, 0) }, awaiting(rollout.Blocker{PodName: "web-0", Message: "x", Cause: evil}),
		rollout.Event{Type: rollout.NoteEvent, Message: "\x1b]0;t\x07"})
	f.after(time.Minute, nothing)
	if text := out.String(); strings.ContainsAny(text, "\x1b\u202e\x07") || strings.Contains(text, "\nfaked") {
		t.Errorf("got %q", text)
	}
}
