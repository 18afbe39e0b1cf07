// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	// readAfter: who is held for so long is not just coming up. What its events say
	// is there when its cause is told.
	readAfter = 4 * time.Second
	// readAgain: so long until they are read a second time, then twice as long each time.
	readAgain = 5 * time.Second
	// readRarely: and never longer.
	readRarely = time.Minute
	// readPace: no two lists are closer to each other.
	readPace = time.Second
)

// eventsByPod is what is said of pods, by their uids; nil where nothing was read.
type eventsByPod map[types.UID][]rollout.PodEvent

// podReader reads something of pods that are held.
type podReader func(context.Context, []rollout.Pod) (eventsByPod, error)

// and is what two readers have read, each by itself: what one of them may not read
// says nothing of the other.
func (s eventsByPod) and(more eventsByPod) eventsByPod {
	if s == nil {
		return more
	}
	both := maps.Clone(s)
	for uid, events := range more {
		both[uid] = slices.Concat(both[uid], events)
	}
	return both
}

// podEvents lists the events of some pods. It is one question, however many pods there
// are: the server reads all events of the namespace for each.
func (c *Client) podEvents(ctx context.Context, pods []rollout.Pod) (eventsByPod, error) {
	fields := ofPods
	if len(pods) == 1 {
		fields = "involvedObject.uid=" + string(pods[0].UID)
	}
	events, err := c.listEvents(ctx, fields)
	if err != nil {
		return nil, err
	}
	return eventsOf(pods, events), nil
}

const ofPods = "involvedObject.kind=Pod"

func (c *Client) listEvents(ctx context.Context, fields string) (events []corev1.Event, err error) {
	if err = listed(sourceOf(c.core.Events(c.namespaceName), "", fields), &events)(ctx); err != nil {
		return nil, fmt.Errorf("events of pods: %w", err)
	}
	return events, nil
}

// eventsOf sorts events by the pods that they are about.
func eventsOf(pods []rollout.Pod, events []corev1.Event) eventsByPod {
	said := eventsByPod{}
	for _, pod := range pods {
		said[pod.UID] = nil // read, and nothing there
	}
	for _, e := range events {
		if _, asked := said[e.InvolvedObject.UID]; asked {
			said[e.InvolvedObject.UID] = append(said[e.InvolvedObject.UID], rollout.LookPodEvent(&e))
		}
	}
	return said
}

// stuck are the in-range pods that are held, the lowest ordinals first, and no more
// than are worth a word.
func stuck(s rollout.State, tells func(rollout.CauseID) bool) []rollout.Pod {
	var pods []rollout.Pod
	for _, pod := range s.Pods {
		comes := pod.Phase == rollout.Pending || pod.Phase == rollout.Starting || pod.Phase == rollout.Failing
		if comes && pod.UID != "" && tells(pod.Held().ID) && len(pods) < explainAtMost {
			pods = append(pods, pod)
		}
	}
	return pods
}

// anyCause: events have words for most.
func anyCause(id rollout.CauseID) bool { return id != "" }

// verdicts are the causes that events make, or on which a verdict depends by them.
func verdicts(id rollout.CauseID) bool {
	switch id {
	case rollout.Creating, rollout.VolumeMount, rollout.Sandbox, rollout.Unschedulable, rollout.VolumeAffinity, rollout.NodeMaintenance:
		return true
	default:
		return false
	}
}

// eventReader reads the events of pods that are held for some time, while the run
// lasts. No watch brings them: a watch of one pod's events cannot be made one of
// another's, and one of all pods' would bring those of the whole namespace.
type eventReader struct {
	client *Client
	bell   bell
	asks   chan []rollout.Pod

	mu     sync.Mutex
	said   eventsByPod        // by events
	states eventsByPod        // of nodes
	turns  map[types.UID]turn // of the pods that are held
	asked  time.Time
	closed bool // events may not be read
	alarm  *time.Timer
}

// turn is when the events of a pod are to be read.
type turn struct {
	due   time.Time
	pause time.Duration // until the one after it
}

func newEventReader(c *Client, b bell) *eventReader {
	return &eventReader{client: c, bell: b, asks: make(chan []rollout.Pod, 1), turns: map[types.UID]turn{}}
}

// found is what was read last.
func (r *eventReader) found() eventsByPod {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.and(r.states)
}

// look takes a sighting, and sees to it that events are read in time. It does not wait.
func (r *eventReader) look(s rollout.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alarm != nil {
		r.alarm.Stop()
	}
	pods := stuck(s, verdicts)
	if r.closed {
		pods = slices.DeleteFunc(pods, func(pod rollout.Pod) bool { return !pod.Held().AsksForNodes() })
	}
	r.keep(pods)
	if len(pods) == 0 || s.Blind != "" {
		return
	}
	if wait := later(r.next(), r.asked.Add(readPace)).Sub(s.At); wait > 0 {
		r.alarm = time.AfterFunc(wait, r.bell.ring)
		return
	}
	select {
	case r.asks <- pods:
		r.asked = s.At
		for _, pod := range pods {
			r.turns[pod.UID] = r.turns[pod.UID].after(s, pod)
		}
	default:
	}
}

// keep has a turn for each of the pods, and for no other.
func (r *eventReader) keep(pods []rollout.Pod) {
	before := r.turns
	r.turns = make(map[types.UID]turn, len(pods))
	for _, pod := range pods {
		t, known := before[pod.UID]
		if !known {
			t = turn{due: pod.Since.Add(readAfter), pause: readAgain}
		}
		r.turns[pod.UID] = t
	}
}

func (r *eventReader) next() time.Time {
	var first time.Time
	for _, t := range r.turns {
		if first.IsZero() || t.due.Before(first) {
			first = t.due
		}
	}
	return first
}

// after is the turn that comes next: in a while, or just before the pod would have failed.
func (t turn) after(s rollout.State, pod rollout.Pod) turn {
	next := turn{due: s.At.Add(t.pause), pause: min(2*t.pause, readRarely)}
	pod.Cause = pod.Held()
	if last := s.FailurePolicy.FailsAt(pod).Add(-readPace); last.After(s.At) && last.Before(next.due) {
		next.due = last
	}
	return next
}

// settle takes the first sighting, and waits for what there is to know.
func (r *eventReader) settle(ctx context.Context, s rollout.State) {
	r.look(s)
	select {
	case pods := <-r.asks:
		r.read(ctx, pods)
	default:
	}
}

// run reads, until ctx ends.
func (r *eventReader) run(ctx context.Context) {
	for {
		select {
		case pods := <-r.asks:
			r.read(ctx, pods)
		case <-ctx.Done():
			return
		}
	}
}

// read asks once. Without an answer, what was read before stands.
func (r *eventReader) read(ctx context.Context, pods []rollout.Pod) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if !closed {
		said, err := r.client.podEvents(ctx, pods)
		r.mu.Lock()
		if err == nil {
			r.said = said
		}
		r.closed = IsForbidden(err)
		r.mu.Unlock()
	}
	if states, err := r.client.nodeStates(ctx, pods); err == nil {
		r.mu.Lock()
		r.states = states
		r.mu.Unlock()
	}
	r.bell.ring()
}

// withEvents is a sighting with what the events of its held pods say, and what their
// nodes are in, each where it may be read.
func (c *Client) withEvents(ctx context.Context, g rollout.Glance, tells func(rollout.CauseID) bool, events podReader) (rollout.Glance, error) {
	pods := slices.DeleteFunc(stuck(rollout.Assemble(g), tells), claimPending)
	if len(pods) == 0 {
		return g, nil
	}
	var told eventsByPod
	for _, read := range []podReader{events, c.nodeStates} {
		err := optional(func(ctx context.Context) error {
			said, err := read(ctx, pods)
			told = told.and(said)
			return err
		})(ctx)
		if err != nil {
			return g, err
		}
	}
	g.PodEvents = told
	return g, nil
}
