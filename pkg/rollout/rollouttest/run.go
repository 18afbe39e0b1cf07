// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"errors"
	"testing/synctest"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// errKilled is what a run is told when the story kills its process.
var errKilled = errors.New("the process was killed")

// errGone is what a command is told that names a set which is not there.
var errGone = errors.New("statefulsets.apps \"web\" not found")

// Run is one call of rollout.Drive, or a command that was refused before it.
type Run struct {
	Ask     Ask
	Options rollout.Options
	Outcome rollout.Outcome
	Writes  []Write // those that were stored

	client  *Client
	first   Moment // what it was shown first
	pending *request
	asked   int // requests so far
	cut     Cut
	ended   bool
	stop    context.CancelFunc
}

// Cut kills a run at its request number At, counted from 1, stored or not.
type Cut struct {
	At     int
	Stored bool
}

// Write is one write that was stored.
type Write struct {
	Change rollout.Change
	Seen   Sighting
	Before Moment
	After  Moment
	Told   bool // the run got its answer
	index  int  // of After
}

// Wrap lets a test put something between a run and its goal or its cluster.
type Wrap struct {
	Goal    func(rollout.Goal) rollout.Goal
	Cluster func(rollout.Cluster) rollout.Cluster
}

// Launch types a command: it looks, opens the goal and drives it.
func (w *World) Launch(ctx context.Context, ask Ask, o rollout.Options, wrap Wrap) *Run {
	client := w.newClient(w.Patience, w.Clock)
	ctx, stop := context.WithCancel(ctx)
	r := &Run{Ask: ask, Options: o, client: client, stop: stop}
	w.runs = append(w.runs, r)
	seen := client.Observe()
	r.first = w.moment(client.seen)
	if w.set.gone {
		r.ended = true
		if r.Outcome.Err = errGone; ask.Op == "delete" { // it is what was asked for
			r.Outcome.Err = nil
		}
		return r
	}
	goal, err := ask.Open(seen)
	if err != nil {
		r.Outcome.Err, r.ended = err, true
		return r
	}
	var cluster rollout.Cluster = client
	if wrap.Goal != nil {
		goal = wrap.Goal(goal)
	}
	if wrap.Cluster != nil {
		cluster = wrap.Cluster(cluster)
	}
	go func() {
		r.Outcome = rollout.Drive(ctx, cluster, goal, o)
		r.ended = true
	}()
	return r
}

// Ended says that the run is over. It may be asked only while nothing moves.
func (r *Run) Ended() bool { return r.ended }

// take fetches the request that the run has made, if it has made one.
func (r *Run) take() {
	if r.pending != nil {
		return
	}
	select {
	case r.pending = <-r.client.requests:
		r.asked++
	default:
	}
}

// Reply is how the server answers one request.
type Reply string

// The replies.
const (
	Answered   Reply = "answered"
	LostStored Reply = "lost, stored"
	Lost       Reply = "lost, not stored"
	Broken     Reply = "server error"
)

// answer carries out the request under way and tells the run, or does not.
func (w *World) answer(r *Run, how Reply) {
	request := r.pending
	r.pending = nil
	killed := r.cut.At > 0 && r.asked >= r.cut.At
	if killed {
		how = LostStored
		if !r.cut.Stored {
			how = Lost
		}
	}
	var err error
	switch how {
	case Broken:
		err = errServer
	case Lost:
		err = rollout.ErrLost
	default:
		err = w.carryOut(r, request, how)
	}
	if how == LostStored {
		err = rollout.ErrLost
	}
	if killed {
		err = errKilled
	}
	request.answer <- answer{set: w.setOf(w.set), err: err}
}

// carryOut stores the change and keeps it for the laws.
func (w *World) carryOut(r *Run, request *request, how Reply) error {
	before := w.truth()
	err := w.store(rollout.FieldManager, w.moment(request.seen), request.change)
	if err == nil {
		r.Writes = append(r.Writes, Write{
			Change: request.change, Seen: request.seen, Before: before, After: w.truth(),
			Told: how == Answered, index: len(w.moments) - 1,
		})
	}
	return err
}

// Close ends every run that has not ended, as a kill does. A bubble must not be
// left before.
func (w *World) Close() {
	for _, r := range w.runs {
		r.stop()
		for synctest.Wait(); !r.ended; synctest.Wait() {
			r.take()
			if r.pending != nil {
				r.pending.answer <- answer{err: errKilled}
				r.pending = nil
			}
		}
	}
}
