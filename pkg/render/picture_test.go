// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// The frame that docs/live.svg shows: a promote of five ordinals in the middle of
// its second one. test/docs paints it.
func TestPicture(t *testing.T) {
	style := terminal(92, 24)
	style.Color = Colored
	p, _ := newProgress(t, "tty", style)
	f := newFilm(newScene(t, 5).canary(4), p)
	f.after(0, nothing)
	f.after(time.Second, f.partition(3), f.lowered(3))
	f.after(time.Second, f.phase(3, rollout.Terminating))
	f.after(9*time.Second, f.phase(3, rollout.Pending))
	f.after(time.Second, f.phase(3, rollout.Starting))
	f.after(11*time.Second, f.phase(3, rollout.Ready))
	f.after(10*time.Second, f.partition(2), f.lowered(2))
	f.after(time.Second, f.phase(2, rollout.Terminating))
	f.after(8*time.Second, f.phase(2, rollout.Pending))
	f.after(time.Second, f.phase(2, rollout.Starting),
		awaiting(rollout.Blocker{PodName: "web-2", Phase: rollout.Starting, Message: "to be Available"}))
	screen, ok := p.(*tty)
	if !ok {
		t.Fatalf("a terminal has a %T", p)
	}
	golden(t, "tty-color.txt", strings.Join(screen.shown, "\n")+"\n")
}
