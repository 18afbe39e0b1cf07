// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	// countAfter: a claim that is going to be bound mostly is by then.
	countAfter = 2 * time.Second
	// countAgain: so long until the volumes are looked at again while a pod waits.
	countAgain = 10 * time.Second
	// countPace: no two looks are closer to each other.
	countPace = time.Second
)

// clerk looks at the volumes while the claims of a pod are not bound. The pod
// says only that they are not, and a watch of all volumes of a cluster would be
// dear for the few runs that need it. Before a pod is given up, what is known of
// its claims is made sure of once more.
type clerk struct {
	client *Client
	bell   bell
	asks   chan rollout.State

	mu      sync.Mutex
	held    []types.UID                 // the pods that the last question was about
	pending map[types.UID]rollout.Cause // the last answer
	asked   time.Time                   // when the last question was put
	due     time.Time                   // when it is to be put again
	closed  bool                        // volumes may not be read
	alarm   *time.Timer                 // rings when the next question is due
}

func newClerk(c *Client, b bell) *clerk {
	return &clerk{client: c, bell: b, asks: make(chan rollout.State, 1)}
}

// found is what is known of the claims that hold pods up.
func (c *clerk) found() map[types.UID]rollout.Cause {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending
}

// look takes a sighting, and sees to it that the next question is put in time.
// It does not wait.
func (c *clerk) look(s rollout.State) {
	pods := unbound(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarm != nil {
		c.alarm.Stop()
	}
	if len(pods) == 0 || s.Blind != "" || c.closed {
		return
	}
	due := c.next(pods)
	if wait := due.Sub(s.At); wait > 0 {
		c.alarm = time.AfterFunc(wait, c.bell.ring)
		return
	}
	select {
	case c.asks <- s:
		c.asked, c.due, c.held = s.At, nextCount(s, pods), uids(pods)
	default:
	}
}

// next is when the claims of pods are to be looked at: soon, where one of them is new.
func (c *clerk) next(pods []rollout.Pod) time.Time {
	due := c.due
	for _, pod := range pods {
		if slices.Contains(c.held, pod.UID) {
			continue
		}
		if soon := later(pod.Since.Add(countAfter), c.asked.Add(countPace)); due.IsZero() || soon.Before(due) {
			due = soon
		}
	}
	return due
}

// nextCount is in a while, or just before a pod would be given up.
func nextCount(s rollout.State, pods []rollout.Pod) time.Time {
	next := s.At.Add(countAgain)
	for _, pod := range pods {
		pod.Cause.Unserved = true
		if last := s.FailurePolicy.FailsAt(pod).Add(-countPace); last.After(s.At) && last.Before(next) {
			next = last
		}
	}
	return next
}

func uids(pods []rollout.Pod) []types.UID {
	var all []types.UID
	for _, pod := range pods {
		all = append(all, pod.UID)
	}
	return all
}

// settle takes the first sighting, and waits a little for what there is to know:
// what is refused and what is only awaited must not depend on who is quicker.
func (c *clerk) settle(ctx context.Context, s rollout.State) {
	c.look(s)
	select {
	case s := <-c.asks:
		ctx, cancel := context.WithTimeout(ctx, helpWithin)
		defer cancel()
		c.count(ctx, s)
	default:
	}
}

// run puts the questions, until ctx ends.
func (c *clerk) run(ctx context.Context) {
	for {
		select {
		case s := <-c.asks:
			c.count(ctx, s)
		case <-ctx.Done():
			return
		}
	}
}

// count asks once. Without an answer, what was found before stands.
func (c *clerk) count(ctx context.Context, s rollout.State) {
	stock, err := c.client.Stock(ctx)
	c.mu.Lock()
	if err == nil {
		c.pending, c.closed = stock.Pending(s.Set, unbound(s)), stock.Volumes == nil
	}
	c.mu.Unlock()
	c.bell.ring()
}
