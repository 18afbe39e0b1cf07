// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	// longEnough: whatever a run waits for, it has come or stalled by then.
	longEnough = 12 * time.Hour
	// oftenEnough bounds a story in which something moves all the time.
	oftenEnough = 40_000
)

// Play types a command and lets the world go on until it has ended. A run that
// never ends is stopped, and stays not ended for law 6.
func (w *World) Play(ctx context.Context, ask Ask, cut Cut, wrap Wrap) *Run {
	r := w.Launch(ctx, ask, w.options(), wrap)
	r.cut = cut
	w.Until(r)
	return r
}

// PlayStory begins a story and types its command, and the rival's while that is
// under way. It returns the command's run.
func (w *World) PlayStory(ctx context.Context, s Story, cut Cut, wrap Wrap) *Run {
	w.Begin(ctx, s)
	if s.Rival.Op == "" {
		return w.Play(ctx, s.Ask, cut, wrap)
	}
	r := w.Launch(ctx, s.Ask, w.options(), wrap)
	for range w.dice.Pick("head start", 60) {
		w.Step()
	}
	w.Until(r, w.Launch(ctx, s.Rival, w.options(), Wrap{}))
	return r
}

func (w *World) options() rollout.Options {
	return rollout.Options{Run: fmt.Sprintf("%08x", len(w.runs)+1), Stall: 10 * time.Minute}
}

// Until moves the world until every one of the runs has ended, or for so long
// that one never will.
func (w *World) Until(runs ...*Run) {
	deadline, steps := w.Clock.Now().Add(longEnough), w.steps+oftenEnough
	for w.Clock.Now().Before(deadline) && w.steps < steps {
		w.settle()
		ended := true
		for _, r := range runs {
			ended = ended && r.ended
		}
		if ended {
			return
		}
		w.Step()
	}
}

// Go lets the world go on for so long.
func (w *World) Go(d time.Duration) {
	for end := w.Clock.Now().Add(d); w.Clock.Now().Before(end); {
		w.Step()
	}
}
