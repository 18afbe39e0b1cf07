// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"time"
)

// stallClock measures how long nothing has come nearer to the goal. It stands
// still while a blocker rests by rule (a pod terminates within its grace, is
// Ready for less than minReadySeconds, soaks), once for as long as that takes and
// not again before something has come nearer, and while the API is out of
// sight; that is measured apart, since nothing is known of the set then.
type stallClock struct {
	asked   time.Duration // how long the wait since at was to be at most; 0 for no limit
	at      time.Time     // of the last tick
	rested  []string      // what has rested since at, so that the time does not count
	rests   map[string]rest
	dark    bool // the API has been out of sight since at
	best    int  // the highest score so far
	stalled time.Duration
	blind   time.Duration
}

// rest is what one ordinal may take by one rule, and has taken. A pod that becomes
// Ready and breaks again and again, or is told to be Ready hours ahead by the clock
// of its node, does not rest for longer than that.
type rest struct{ limit, used time.Duration }

// tick counts the time since the last tick. It returns what is left until the
// limit, 0 where no clock runs; *Failure or *Unreachable when there is none left.
func (c *stallClock) tick(s State, blockers []Blocker, limit time.Duration) (time.Duration, error) {
	c.count(s)
	left := c.rest(blockers)
	switch {
	case limit == 0:
		return 0, nil
	case c.blind >= limit:
		return 0, &Unreachable{Message: fmt.Sprintf("the API server has been out of sight for %s: %s", c.blind.Round(time.Second), s.Blind)}
	case s.Blind != "":
		return limit - c.blind, nil
	case c.stalled >= limit:
		blockers = silent(s.early(blockers))
		return 0, &Failure{
			Reason: Stalled, Blockers: blockers,
			Message: fmt.Sprintf("%s (no progress for %s)", Describe(s.Set, blockers), c.stalled.Round(time.Second)),
		}
	case left > 0:
		return left, nil
	default:
		return limit - c.stalled, nil
	}
}

// early gives blockers the causes that were too young to be told of: a run that
// ends tells what it has.
func (s State) early(blockers []Blocker) []Blocker {
	told := slices.Clone(blockers)
	for i, b := range told {
		pod, ok := s.pod(b.PodName)
		if !ok || b.Cause.ID != "" {
			continue
		}
		told[i].Cause = pod.Early
		if pod.Early.ID == "" && s.lacking(pod) {
			told[i].Cause = unmade()
		}
	}
	return told
}

// lacking says that the controller has had time to make a pod again, and has not.
func (s State) lacking(pod Pod) bool {
	since := newest(pod.Since, s.written())
	return pod.Phase == Absent && !since.IsZero() && !s.At.Before(since.Add(firstNudge))
}

// unmade is the cause of an ordinal that the controller alone could have made.
func unmade() Cause {
	return Cause{ID: Silent, Message: "no pod is made, and no event says why; a quota or an admission policy may deny it: the controller sends no more events after 25 that are alike", Try: "kubectl -n {ns} describe quota"}
}

// Told is a sighting with the causes that were too young to be told of while the run
// could go on: one that ends tells what it has.
func (s State) Told() State {
	s.Pods = slices.Clone(s.Pods)
	for i, pod := range s.Pods {
		s.Pods[i].Cause, s.Pods[i].Early = pod.Held(), Cause{}
	}
	return s
}

// silent says of an ordinal that the controller alone could have made, and of which
// nothing was heard, who may have kept it from that.
func silent(blockers []Blocker) []Blocker {
	for i, b := range blockers {
		if b.Phase == Absent && b.Cause.ID == "" {
			blockers[i].Cause = unmade()
		}
	}
	return blockers
}

// mostLate is how late a wait may end. One that ends later was stopped itself, by
// a signal or with its machine: nobody has looked meanwhile, and what the watches
// have to tell is still to be read.
const mostLate = 5 * time.Second

// count gives the time since the last tick to what it was then.
func (c *stallClock) count(s State) {
	passed := time.Duration(0)
	if !c.at.IsZero() {
		passed = s.At.Sub(c.at)
	}
	if c.asked > 0 && passed > c.asked+mostLate {
		passed = 0
	}
	switch {
	case c.dark:
		c.blind += passed
	case len(c.rested) == 0:
		c.stalled += passed
	}
	for _, key := range c.rested {
		c.rests[key] = rest{c.rests[key].limit, c.rests[key].used + passed}
	}
	c.at, c.dark = s.At, s.Blind != ""
	if c.dark {
		return
	}
	c.blind = 0
	switch score := score(s); {
	case c.best == 0:
		c.best = max(score, 1)
	case score > c.best:
		c.best, c.stalled, c.rests = score, 0, nil
	}
}

// rest is how much longer some blocker rests by rule, from now on; 0 where none does.
func (c *stallClock) rest(blockers []Blocker) time.Duration {
	if c.rests == nil {
		c.rests = map[string]rest{}
	}
	c.rested = nil
	longest := time.Duration(0)
	for _, b := range blockers {
		key := b.PodName + " " + b.Message
		r := c.rests[key]
		r.limit = max(r.limit, b.Rests)
		c.rests[key] = r
		if left := min(b.Rests, r.limit-r.used); left > 0 {
			c.rested, longest = append(c.rested, key), max(longest, left)
		}
	}
	return longest
}

// score grows as a set comes nearer to its spec, and only then: a pod that
// restarts, or is made anew, comes back to a score that was there before.
func score(s State) int {
	const complete = 5
	total := complete * (len(s.Pods) + 1)
	for i, pod := range s.Pods {
		if int32(i) < s.Set.Partition.Index || s.onLive(pod) {
			total += rank(pod.Phase)
		}
	}
	for _, pod := range s.Surplus {
		total -= complete - rank(Pending)
		if pod.Phase != Terminating {
			total--
		}
	}
	return total
}

func rank(p Phase) int {
	switch p {
	case Pending:
		return 1
	case Starting, Failing:
		return 2
	case Ready:
		return 3
	case Available:
		return 4
	default:
		return 0
	}
}
