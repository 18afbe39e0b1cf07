// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func onScreen(t *testing.T, s *scene, width, height int) (*film, *screen) {
	t.Helper()
	screen := newScreen(t, width, height)
	fmt.Fprint(screen, "$ kubectl sts promote web\n")
	p, err := NewProgress("tty", screen, screen.style(), promoting())
	if err != nil {
		t.Fatal(err)
	}
	return newFilm(s, p), screen
}

// What is on the screen at moments of a run; each frame replaces the last.
func TestScreen(t *testing.T) {
	f, screen := onScreen(t, newScene(t, 3).canary(3), 100, 24)
	var moments []string
	at := func(name string) {
		moments = append(moments, "--- "+name+"\n"+screen.text())
	}
	f.after(0, nothing)
	at("begun")
	f.after(time.Second, nothing, f.lowered(2))
	f.after(time.Second, f.partition(2))
	f.after(time.Second, f.phase(2, rollout.Terminating), awaiting(rollout.Blocker{PodName: "web-2", Phase: rollout.Terminating, Message: "to be gone"}))
	at("terminating")
	f.after(40*time.Second, nothing)
	at("overdue")
	f.after(time.Second, f.phase(2, rollout.Pending), awaiting(rollout.Blocker{PodName: "web-2", Phase: rollout.Pending, Message: "to be Available"}))
	f.after(time.Second, f.phase(2, rollout.Starting))
	f.after(5*time.Second, f.phase(2, rollout.Ready))
	soaking := rollout.Blocker{PodName: "web-2", Phase: rollout.Available, Message: "to soak", Again: f.glance.At.Add(11 * time.Second)}
	f.after(time.Second, nothing, awaiting(soaking))
	at("soaking")
	f.after(10*time.Second, nothing, f.lowered(1), rollout.Event{Type: rollout.WarningEvent, Message: "Argo CD will take this back"})
	fmt.Fprint(f.progress, "a line of a library")
	f.after(time.Second, f.partition(1))
	f.after(time.Second, f.phase(1, rollout.Pending))
	f.after(time.Second, func() { f.phase(1, rollout.Starting)(); f.glance.Pods[1].Cause = crashing() },
		awaiting(rollout.Blocker{PodName: "web-1", Phase: rollout.Failing, Message: "to be Available", Cause: crashing()}))
	at("failing")
	f.progress.Close()
	at("closed")
	golden(t, "tty-promote.txt", strings.Join(moments, "\n"))
	if screen.hidden {
		t.Error("the cursor was not given back")
	}
}

// Nothing new, nothing written; a burst is not drawn one by one, and its end is
// not lost.
func TestScreenIsQuiet(t *testing.T) {
	f, screen := onScreen(t, newScene(t, 3).canary(3), 100, 24)
	f.after(0, nothing)
	written := screen.writes
	f.after(900*time.Millisecond, nothing)
	f.after(time.Millisecond, f.phase(2, rollout.Terminating))
	f.after(time.Millisecond, f.phase(2, rollout.Pending))
	if screen.writes != written {
		t.Errorf("%d writes for a burst", screen.writes-written)
	}
	f.progress.Close()
	if !strings.Contains(screen.text(), "Pending") {
		t.Errorf("the last sighting is not on the screen:\n%s", screen.text())
	}
	text := screen.text()
	f.after(time.Minute, nothing)
	f.progress.Close()
	fmt.Fprintln(f.progress, "after the end")
	if got := screen.text(); got != text+"after the end\n" {
		t.Errorf("after Close:\n%s", got)
	}
}

// Warnings of the server come from other goroutines, and a signal closes.
func TestProgressIsShared(t *testing.T) {
	for _, mode := range []string{"tty", "lines", "none"} {
		p, out := newProgress(t, mode, terminal(80, 24))
		f := newFilm(newScene(t, 3).canary(3), p)
		var others sync.WaitGroup
		others.Go(func() {
			for range 100 {
				fmt.Fprintln(p, "warning: elsewhere")
			}
		})
		f.promotion()
		others.Wait()
		p.Close()
		if n := strings.Count(out.String(), "warning: elsewhere"); n != 100 {
			t.Errorf("%s: %d of 100 lines came out whole", mode, n)
		}
	}
}

// A window that is resized leaves nothing of the frames before.
func TestScreenResized(t *testing.T) {
	f, screen := onScreen(t, newScene(t, 5).canary(2), 120, 30)
	f.starting(3, badImage(), time.Minute)
	f.after(0, nothing, awaiting(rollout.Blocker{PodName: "web-3", Phase: rollout.Failing, Message: "to be Available", Cause: badImage()}))
	for _, width := range []int{40, 25, 12, 200, 60} {
		screen.width = width
		f.after(time.Second, nothing)
		lines := strings.Split(screen.text(), "\n")
		for _, line := range lines[1:] {
			if widthOf(line) >= width {
				t.Errorf("in %d columns: %q", width, line)
			}
		}
		if len(lines) != 1+1+1+5+1+1 {
			t.Errorf("in %d columns there are %d lines:\n%s", width, len(lines), screen.text())
		}
	}
	golden(t, "tty-resized.txt", screen.text())
}

// A frame is never taller than the window, and shows what matters.
func TestFrameFits(t *testing.T) {
	s := newScene(t, 1000).canary(990)
	s.starting(995, badImage(), time.Minute)
	s.starting(12, rollout.Cause{}, time.Second)
	v := view{header: promoting(), state: s.state(), begun: noon().Add(-time.Hour), waits: []rollout.Blocker{{Message: "x"}}}
	for height := 1; height < 40; height++ {
		lines := v.frame(Style{}, 79, height)
		if len(lines) >= max(height, 2) {
			t.Errorf("%d lines in a window of %d", len(lines), height)
		}
		if height > 2 && lines[len(lines)-1] != "waiting for x" {
			t.Errorf("in a window of %d the end is %q", height, lines[len(lines)-1])
		}
	}
	golden(t, "tty-thousand.txt", strings.Join(v.frame(Style{}, 79, 24), "\n")+"\n")
	for i := int32(100); i < 300; i++ {
		s.starting(i, rollout.Cause{}, time.Second)
	}
	for i := int32(300); i < 310; i++ {
		s.glance.Pods[i].Revision = fmt.Sprintf("web-%d", i)
	}
	v.state = s.state()
	golden(t, "tty-many-move.txt", strings.Join(v.frame(Style{}, 79, 12), "\n")+"\n")
}

func TestFrameOfWideRunes(t *testing.T) {
	s := newScene(t, 1)
	s.starting(0, rollout.Cause{ID: rollout.CrashLoop, Message: strings.Repeat("設定ファイルがありません", 20)}, time.Second)
	for width := 1; width < 100; width++ {
		for _, line := range (view{state: s.state()}).frame(Style{}, width, 24) {
			if widthOf(line) > width {
				t.Errorf("in %d columns: %q", width, line)
			}
		}
	}
}

// With no room for all, what moves comes before what waits for its turn, and
// what a run waited for a moment ago is not said of an ordinal that went on.
func TestFrameChooses(t *testing.T) {
	s := newScene(t, 50).canary(0)
	s.glance.Pods = append(s.glance.Pods[:20], s.glance.Pods[40:]...)
	s.starting(25, rollout.Cause{}, time.Second)
	v := view{state: s.state(), begun: noon(), waits: []rollout.Blocker{
		{PodName: "web-45", Phase: rollout.Available, Message: "to soak", Again: noon().Add(time.Minute)},
	}}
	golden(t, "tty-chosen.txt", strings.Join(v.frame(Style{}, 100, 12), "\n")+"\n")
}

func TestFrameOfNothing(t *testing.T) {
	got := strings.Join(view{header: promoting(), state: newScene(t, 0).state(), begun: noon()}.frame(Style{}, 79, 24), "\n")
	if want := "promote web  settled  0/0 on web-5c8d7f6b9  elapsed 0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPace(t *testing.T) {
	count := intstr.FromString("50%")
	s := newScene(t, 4).canary(4)
	goal := rollout.Promote{Count: &count}
	var p pace
	at := func(seconds int) rollout.State {
		s.glance.At = noon().Add(time.Duration(seconds) * time.Second)
		return s.state()
	}
	check := func(seconds int, want time.Duration) {
		t.Helper()
		state := at(seconds)
		p.see(goal, state)
		if got := p.leftover(state); got != want {
			t.Errorf("after %d s: %s left, want %s", seconds, got, want)
		}
	}
	check(0, 0)
	check(10, 0)
	s.updated(3)
	check(20, 20*time.Second) // one in 20 s, one to go
	check(30, 10*time.Second)
	check(60, 0)
	s.updated(2)
	check(70, 0)
}

// An ordinal is done when it has soaked.
func TestPaceWithASoak(t *testing.T) {
	s := newScene(t, 2).canary(2)
	goal := rollout.Promote{Soak: 10 * time.Second}
	var p pace
	for _, step := range []struct {
		at      int // seconds
		becomes int32
		want    time.Duration
	}{
		{at: 0, becomes: -1},
		{at: 7, becomes: 1},
		{at: 11, becomes: -1},
		{at: 17, becomes: -1, want: 17 * time.Second},
		{at: 24, becomes: 0, want: 10 * time.Second},
		{at: 33, becomes: -1, want: time.Second},
		{at: 34, becomes: -1},
	} {
		s.glance.At = noon().Add(time.Duration(step.at) * time.Second)
		if step.becomes >= 0 {
			s.updated(step.becomes)
			pod := &s.glance.Pods[step.becomes]
			pod.ReadyAt, pod.StartedAt, pod.Created = s.glance.At, s.glance.At, s.glance.At
		}
		state := s.state()
		p.see(goal, state)
		if got := p.leftover(state); got != step.want {
			t.Errorf("after %d s: %s left, want %s", step.at, got, step.want)
		}
	}
}

func TestRemaining(t *testing.T) {
	half := intstr.FromString("50%")
	canary := newScene(t, 4).canary(3).state()
	surplus := newScene(t, 4)
	surplus.glance.Set.Replicas = 2
	for _, c := range []struct {
		goal  rollout.Goal
		state rollout.State
		want  int
	}{
		{nil, canary, 0},
		{rollout.Canary{Count: half}, canary, 1},
		{rollout.Promote{}, canary, 3},
		{rollout.Promote{Count: &half}, canary, 1},
		{rollout.Abort{}, canary, 3},
		{rollout.Scale{To: 6}, canary, 2},
		{rollout.Scale{To: 1}, canary, 3},
		{rollout.Scale{To: 2}, surplus.state(), 2},
	} {
		if got := remaining(c.goal, c.state); got != c.want {
			t.Errorf("%#v: %d remain, want %d", c.goal, got, c.want)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	v := view{header: promoting(), state: newScene(&testing.T{}, 5000).canary(2500).state(), begun: noon()}
	for b.Loop() {
		v.frame(Style{}, 120, 50)
	}
}

// pieces keeps what was written, write by write.
type pieces struct{ all []string }

func (p *pieces) Write(text []byte) (int, error) {
	p.all = append(p.all, string(text))
	return len(text), nil
}

// Whatever ends or stops the process between two writes, the cursor is to be seen.
func TestTheCursorIsHiddenWithinAFrameOnly(t *testing.T) {
	written := &pieces{}
	p, err := NewProgress("tty", written, terminal(80, 24), promoting())
	if err != nil {
		t.Fatal(err)
	}
	f := newFilm(newScene(t, 3).canary(3), p)
	f.after(0, nothing)
	f.after(time.Second, f.phase(2, rollout.Terminating), rollout.Event{Type: rollout.WarningEvent, Message: "careful"})
	fmt.Fprintln(p, "a line of a library")
	p.Close()
	hidden := 0
	for _, text := range written.all {
		if strings.Count(text, hideCursor) != strings.Count(text, showCursor) || strings.LastIndex(text, hideCursor) > strings.LastIndex(text, showCursor) {
			t.Errorf("hidden after %q", text)
		}
		hidden += strings.Count(text, hideCursor)
	}
	if hidden == 0 {
		t.Error("no frame was drawn")
	}
}

// After fg, the shell's lines stay as they are: the next frame is drawn below.
func TestScreenAfterAStop(t *testing.T) {
	screen := newScreen(t, 100, 24)
	style, again := screen.style(), make(chan os.Signal, 1)
	style.Continued = again
	p, err := NewProgress("tty", screen, style, promoting())
	if err != nil {
		t.Fatal(err)
	}
	f := newFilm(newScene(t, 3).canary(3), p)
	f.after(0, nothing)
	before := screen.text()
	fmt.Fprint(screen, "[1]+ Stopped\n$ fg\n")
	again <- os.Interrupt // whatever it is called
	f.after(time.Second, f.phase(2, rollout.Terminating))
	p.Close()
	if text := screen.text(); !strings.HasPrefix(text, before+"[1]+ Stopped\n$ fg\n\n") || !strings.Contains(text[len(before):], "Terminating") {
		t.Errorf("the screen is\n%s", text)
	}
}

// A terminal that takes nothing gets no frames that are old when they come, and
// every word that belongs above them.
func TestScreenThatIsHeld(t *testing.T) {
	reader, writer := io.Pipe()
	b := NewBufferedWriter(writer, nil)
	p, err := NewProgress("tty", b, terminal(80, 24), promoting())
	if err != nil {
		t.Fatal(err)
	}
	f := newFilm(newScene(t, 3).canary(3), p)
	f.after(0, nothing)
	for i := range 100 {
		f.after(time.Second, f.phase(2, rollout.Pending), rollout.Event{Type: rollout.NoteEvent, Message: fmt.Sprintf("note %d.", i)})
	}
	read := make(chan string)
	go func() {
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Error(err)
		}
		read <- string(text)
	}()
	p.Close()
	if err := errors.Join(b.Close(time.Hour), writer.Close()); err != nil {
		t.Error(err)
	}
	text := <-read
	if frames := strings.Count(text, hideCursor); frames != 2 || !strings.Contains(text, "note 0.") || !strings.Contains(text, "note 99.") {
		t.Errorf("%d frames, in\n%q", frames, text)
	}
}

// What is printed next takes the place of the last frame; what came before it stays.
func TestScreenIsCleared(t *testing.T) {
	f, screen := onScreen(t, newScene(t, 3).canary(3), 100, 24)
	f.after(0, nothing)
	f.after(time.Second, nothing, rollout.Event{Type: rollout.WarningEvent, Message: "Argo CD will take this back"})
	f.after(time.Second, f.phase(2, rollout.Terminating))
	Clear(f.progress)
	fmt.Fprint(screen, "the table\n")
	if got := screen.text(); got != "$ kubectl sts promote web\nwarning: Argo CD will take this back\nthe table\n" || screen.hidden {
		t.Errorf("on the screen, the cursor hidden %v:\n%s", screen.hidden, got)
	}
	f.progress.Close()
	Clear(f.progress)
	if got := screen.text(); !strings.HasSuffix(got, "\nthe table\n") {
		t.Errorf("closed again, it draws:\n%s", got)
	}
}
