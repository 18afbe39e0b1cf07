// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"context"
	"errors"
	"time"
)

// Cluster is what a run needs of the world. Observe never waits: it reads
// caches that watches keep.
type Cluster interface {
	Observe() State
	// Changed receives when something may differ from the last Observe. Bursts coalesce.
	Changed() <-chan struct{}
	// Apply makes the one request of a change, if the set (or the pod) is still
	// as the sighting has it. Its answers: the set as the write left it (as it
	// was, after a removal); ErrMoved where the precondition did not hold and
	// nothing was written; ErrLost where no answer came, so that it may have
	// been; ErrUnserved where it was not looked at; *Refusal where it would not be safe; else the server's own error.
	Apply(context.Context, State, Change) (Set, error)
}

// What Apply answers where nothing is wrong with the change itself.
var (
	// ErrMoved: look again, the sighting was old.
	ErrMoved = errors.New("the object has changed since it was read")
	// ErrLost: the request may or may not have been carried out.
	ErrLost = errors.New("no answer came")
	// ErrUnserved: nothing was written, and the same request may be served later.
	ErrUnserved = errors.New("the server did not serve the request")
)

// Options of a run.
type Options struct {
	Run      string        // 8 hex digits, marks this run's records
	Stall    time.Duration // the progress timeout; 0 for none
	Beat     time.Duration // how often to report though nothing has changed; 0 for never
	Replicas Replicas
	Report   Report
	// Ground is the sighting that the goal was made of: what has changed since
	// supersedes the run. The zero value is the first sighting of the run.
	Ground State
	// Grace is how long what has failed before the run may go on to fail; 0 for not at all.
	Grace time.Duration
	// Writes ends the run when so many requests were stored; 0 for never.
	Writes int
	// Anew is the goal as it is to be after somebody has written before this run
	// did; nil where such a write supersedes it.
	Anew func(State) (Goal, error)
	// Version is what the caller's own last write of the set left, its
	// resourceVersion: nothing is decided on a sighting from before it.
	Version string
	// Stored does what belongs to a write, once an answer or a sighting has shown
	// that it was stored and before anything else is decided; nil for nothing. It
	// returns the resourceVersion of the set that it left, "" where it wrote none.
	Stored func(context.Context, Change) (string, error)
}

const (
	// mostFailures: so often in a row may a write find the set moved, or its answer be lost.
	mostFailures = 10
	// retryAfter: a lost request is tried again no sooner than this.
	retryAfter = time.Second
	// lastRequest: what a request that is under way gets when the run is interrupted.
	lastRequest = 5 * time.Second
)

// Outcome is how a run ended.
type Outcome struct {
	First  State     // the first sighting
	Last   State     // the last one
	Writes int       // requests that were stored
	Waited []Blocker // what the last decision waited for
	// Unseen is a write that was stored last and that Last does not show: what it
	// has set off is under way, and Last is history; nil where Last shows it.
	Unseen    *Change
	Destroyed []string // the names of the claims that this run has deleted
	Err       error    // nil: the goal is reached. *Refusal, *Failure, *Superseded, *Unreachable, ctx's, or the server's
}

// Drive looks, tells what changed, decides and acts, until the goal is reached
// or cannot be. One goroutine does all of it.
func Drive(ctx context.Context, c Cluster, g Goal, o Options) Outcome {
	d := &driver{cluster: c, goal: g, options: o}
	first := o.Ground
	if first.At.IsZero() {
		first = c.Observe()
	}
	d.lease = LeaseOf(g, first, o.Run)
	d.lease.Replicas = o.Replicas
	d.lease.left(o.Version)
	d.outcome.First = first
	d.outcome.Err = d.run(ctx)
	d.outcome.Waited = d.last.early(d.outcome.Waited)
	var failure *Failure
	if errors.As(d.outcome.Err, &failure) && failure.Reason == Stalled {
		d.outcome.Last = d.last.afterStall(failure.Blockers, d.clock.stalled)
	}
	if d.outcome.Err != nil && d.lease.UID == d.last.Set.UID && d.lease.unseen(d.last) && !d.last.Set.Deleting {
		d.outcome.Unseen = d.written
	}
	return d.outcome
}

// driver is one run.
type driver struct {
	cluster  Cluster
	goal     Goal
	options  Options
	lease    Lease
	clock    stallClock
	courtesy courtesy
	nudges   nudges
	began    time.Time
	failures int             // requests in a row that were not stored, or whose answer was lost
	lost     *Change         // the last one whose answer was lost; nil where its fate is known
	written  *Change         // the last one that was stored
	owed     *Change         // that one, until Stored has been called for it
	times    map[string]int  // how often each was written, by its reason
	removed  map[string]int  // how often each pod was removed, by its name
	rewrote  error           // admission has changed the template with a write whose answer was lost
	overdue  map[string]bool // pods that had made no progress for the progress timeout before the first write
	last     State
	waiting  string // what was last said to be awaited
	outcome  Outcome
}

func (d *driver) run(ctx context.Context) error {
	for {
		s := d.look(ctx)
		if err := d.follow(ctx, s); err != nil {
			return err
		}
		if d.rewrote != nil {
			return d.rewrote
		}
		decision := d.decision(s)
		switch {
		case decision.Err != nil:
			return decision.Err
		case decision.Done, d.enough():
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case decision.Act != nil:
			if err := d.act(ctx, s, *decision.Act); err != nil || d.enough() {
				return err
			}
		default:
			if err := d.wait(ctx, s, decision); err != nil {
				return err
			}
		}
	}
}

// decision is what comes next, and notes what it waits for.
func (d *driver) decision(s State) Decision {
	decision := d.decide(s)
	if mending, ok := d.mends(s, decision.Err); ok {
		decision = mending
	}
	d.outcome.Waited = decision.Wait
	return decision
}

// enough says that all the writes are made that were asked for.
func (d *driver) enough() bool {
	return d.options.Writes > 0 && d.outcome.Writes >= d.options.Writes
}

// look takes a sighting and tells what happened since the last. With ctx the
// watches end too, which says nothing of the API server.
func (d *driver) look(ctx context.Context) State {
	s := d.cluster.Observe()
	if ctx.Err() != nil {
		s.Blind = d.last.Blind
	}
	if d.began.IsZero() {
		d.began, d.lease.Began = s.At, s.At
	}
	d.lease.saw(s.Set)
	s = d.lease.Reprieve(d.goal, s)
	d.find(s)
	if !Repairs(d.goal.Op()) {
		s = d.byOwnTimes(s)
	}
	d.tell(s, Diff(d.last, s))
	d.last, d.outcome.Last = s, s
	return s
}

func (d *driver) tell(s State, events []Event) {
	if d.options.Report != nil {
		d.options.Report(s, events)
	}
}

// act makes one request, or lets the controller go first. A write starts the
// stall clock anew.
func (d *driver) act(ctx context.Context, s State, change Change) error {
	if left := d.courtesy.left(s, change); left > 0 {
		d.sleep(ctx, left)
		return nil
	}
	d.courtesy = courtesy{}
	if err := d.removesAgain(s, change); err != nil {
		return err
	}
	inFlight, cancel := outlive(ctx, lastRequest)
	defer cancel()
	set, err := d.cluster.Apply(inFlight, s, change)
	switch {
	case errors.Is(err, ErrMoved), errors.Is(err, ErrLost), errors.Is(err, ErrUnserved):
		if errors.Is(err, ErrLost) {
			d.lease.Wrote, d.lost = true, &change
			if change.End != nil {
				d.lease.Ending = EndAsked
			}
		}
		return d.again(ctx, s, err)
	case err != nil:
		return d.lease.admit(err)
	}
	rewrote := rewritten(d.goal, s.Set, change, set)
	d.stored(s, change, set)
	if rewrote != nil {
		return rewrote
	}
	if err := d.repeats(s, change); err != nil {
		return err
	}
	return d.follow(ctx, s)
}

// follow does what belongs to the last write that was stored, by a sighting of
// all that is watched.
func (d *driver) follow(ctx context.Context, s State) error {
	change := d.owed
	if change == nil || d.options.Stored == nil || s.Blind != "" || ctx.Err() != nil || d.unnoted(s, *change) {
		return nil
	}
	d.owed = nil
	version, err := d.options.Stored(ctx, *change)
	d.lease.left(version)
	return err
}

// unnoted says that a template was stored otherwise than the dry run has said, and that the
// record does not say so yet: after a further generation nothing would. Who makes one write
// alone does not come to say it.
func (d *driver) unnoted(s State, change Change) bool {
	if change.Set == nil || change.Set.Template == nil || d.options.Writes > 0 {
		return false
	}
	_, due := s.notes(d.lease)
	return due || d.lease.unseen(s) && d.lease.Spec.Template != change.Set.Template.Digest
}

func (d *driver) stored(s State, change Change, set Set) {
	d.lease.Wrote = true
	if change.Set != nil {
		d.lease.Generation, d.lease.Spec, d.lease.Version = set.Generation, set.Spec, set.Version
		d.lease.Record = &change.Set.Record
	}
	switch {
	case change.Pod != nil:
		d.lease.Removed = change.Pod.UID
		d.removals(change.Pod.PodName)
	case change.Claim != nil:
		d.lease.Claim = change.Claim
	case change.End != nil:
		d.lease.Ending = EndStored
	}
	d.wrote(s, change)
}

// find sees that a request was stored whose answer was lost.
func (d *driver) find(s State) {
	if d.lost != nil && d.lost.storedIn(s) {
		if s.Set.WrittenByUs() {
			d.rewrote = rewritten(d.goal, d.last.Set, *d.lost, s.Set)
		}
		d.wrote(s, *d.lost)
	}
}

func (d *driver) wrote(s State, change Change) {
	d.outcome.Writes++
	d.failures, d.lost, d.written = 0, nil, &change
	if d.owed == nil || change.Set == nil || change.Set.writesSpec() {
		d.owed = &change
	}
	if change.Claim != nil && change.Claim.Frees == nil {
		d.outcome.Destroyed = append(d.outcome.Destroyed, change.Claim.ClaimName)
	}
	d.clock = stallClock{}
	d.tell(s, []Event{{Type: WriteEvent, At: s.At, Change: &change, Message: change.Why}})
}

// again makes nothing up: after a request that found the object moved, or whose
// answer was lost, it looks again, not at once, since the watch that is behind
// may be so by more than one event. If the lost one was stored, its record
// carries our run, and the lease takes it for ours; if not, the same decision
// comes again, with the same precondition.
func (d *driver) again(ctx context.Context, s State, err error) error {
	d.failures++
	if d.failures > mostFailures {
		return err
	}
	pause := Decision{Wait: []Blocker{{Message: "a newer sighting, since " + err.Error()}}, Again: s.At.Add(retryAfter)}
	for now := s; now.At.Before(pause.Again) && d.lease.check(now) == nil && ctx.Err() == nil; now = d.look(ctx) {
		if late := d.wait(ctx, now, pause); late != nil {
			return err // it is the server that does not take the request, and no ordinal that does not move
		}
	}
	return nil
}

// wait ends when something changed, when the clock may change the decision, or
// when it has lasted too long.
func (d *driver) wait(ctx context.Context, s State, decision Decision) error {
	d.announce(s, decision.Wait)
	left, err := d.clock.tick(s, decision.Wait, d.options.Stall)
	if err != nil {
		return err
	}
	if d.lease.unseen(s) { // what stood before our write is no measure of what comes after it
		d.clock.best = 0
	}
	if rest, due := d.nudges.left(s, decision.Wait, d.clock.stalled); due && d.begun(s) {
		if rest == 0 {
			return d.nudge(ctx, s, decision.Wait)
		}
		left = sooner(left, rest)
	}
	if !decision.Again.IsZero() {
		left = sooner(left, max(decision.Again.Sub(s.At), time.Millisecond))
	}
	d.clock.asked = sooner(left, d.options.Beat)
	d.sleep(ctx, d.clock.asked)
	return nil
}

// begun says that what is awaited was set off by this run, or by one which it goes
// on with.
func (d *driver) begun(s State) bool {
	return !d.lease.unseen(s) && (d.lease.Wrote || d.goal.Begun(s))
}

// announce tells what is awaited when that has changed.
func (d *driver) announce(s State, blockers []Blocker) {
	message := Describe(s.Set, blockers)
	if message == d.waiting {
		return
	}
	d.waiting = message
	d.tell(s, []Event{{Type: WaitEvent, At: s.At, Blockers: blockers, Message: message}})
}

// sleep ends on a change, on the clock where limit is not 0, or with ctx.
func (d *driver) sleep(ctx context.Context, limit time.Duration) {
	var ring <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		ring = timer.C
	}
	select {
	case <-d.cluster.Changed():
	case <-ring:
	case <-ctx.Done():
	}
}

// sooner is the smaller of two limits, where 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// outlive gives a request that is under way when ctx ends some time to finish:
// an answer that is not awaited leaves the user in doubt.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}
