// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"errors"
	"fmt"
)

// decide says what to do next, by a goal that is still about what is there.
func (d *driver) decide(s State) Decision {
	decision := Decide(d.goal, s, d.lease)
	if decision.Err == nil {
		return decision
	}
	if err := d.anew(s, decision.Err); err != nil {
		return Decision{Err: d.lease.admit(err)}
	}
	return Decide(d.goal, s, d.lease)
}

// anew takes the set as it is by now, where somebody has written before this run
// has, and the goal is one that puts an end to whatever was written: an abort that
// comes between two writes of the promote it is to stop must not lose to it.
func (d *driver) anew(s State, err error) error {
	var superseded *Superseded
	switch {
	case d.lease.Wrote || d.options.Anew == nil || !errors.As(err, &superseded):
		return err
	case s.Set.UID == "" || s.Set.UID != d.lease.UID || s.Set.Deleting:
		return err
	}
	goal, err := d.options.Anew(s)
	if err != nil {
		return err
	}
	lease := LeaseOf(goal, s, d.options.Run)
	lease.Replicas, lease.Noted = d.options.Replicas, d.lease.Noted
	d.goal, d.lease = goal, lease
	return nil
}

// mostRepeats: so often may a run write the very same before that is called a
// fight. It has no end by itself: each write is progress, and is undone.
const mostRepeats = 10

// repeats counts what is written to the set, and ends a fight with somebody who
// undoes it. Of pods and claims there are many, each of which goes for the same
// reason, once.
func (d *driver) repeats(s State, change Change) error {
	if change.Set == nil {
		return nil
	}
	if d.times == nil {
		d.times = map[string]int{}
	}
	d.times[change.Why]++
	if d.times[change.Why] < mostRepeats {
		return nil
	}
	return &Superseded{
		Reason:  SpecChanged,
		Message: fmt.Sprintf("%s: %q was written %d times by this run, and as often somebody else has undone it%s", s.Set, change.Why, mostRepeats, s.by("replicas")),
	}
}
