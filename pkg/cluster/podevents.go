// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// podEvents lists the events of some pods, and reads the nodes that hold some of them
// up. For events it is one question, however many pods there are: the server reads all
// events of the namespace for each.
func (c *Client) podEvents(ctx context.Context, pods []rollout.Pod) (map[types.UID][]rollout.PodEvent, error) {
	fields := ofPods
	if len(pods) == 1 {
		fields = "involvedObject.uid=" + string(pods[0].UID)
	}
	events, err := c.listEvents(ctx, fields)
	said := eventsOf(pods, events)
	return said, errors.Join(err, c.informed(ctx, pods, said))
}

const ofPods = "involvedObject.kind=Pod"

func (c *Client) listEvents(ctx context.Context, fields string) (events []corev1.Event, err error) {
	err = listed(sourceOf(c.core.Events(c.namespaceName), "", fields), &events)(ctx)
	return events, err
}

// eventsOf sorts events by the pods that they are about.
func eventsOf(pods []rollout.Pod, events []corev1.Event) map[types.UID][]rollout.PodEvent {
	said := map[types.UID][]rollout.PodEvent{}
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
	said   map[types.UID][]rollout.PodEvent
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
func (r *eventReader) found() map[types.UID][]rollout.PodEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said
}

// look takes a sighting, and sees to it that events are read in time. It does not wait.
func (r *eventReader) look(s rollout.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alarm != nil {
		r.alarm.Stop()
	}
	pods := stuck(s, verdicts)
	r.keep(pods)
	if len(pods) == 0 || s.Blind != "" || r.closed {
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
	said, err := r.client.podEvents(ctx, pods)
	r.mu.Lock()
	if err == nil {
		r.said = said
	}
	r.closed = r.closed || apierrors.IsForbidden(err)
	r.mu.Unlock()
	r.bell.ring()
}

// withEvents is a sighting with what the events of its held pods say, where they
// may be read.
func withEvents(ctx context.Context, g rollout.Glance, tells func(rollout.CauseID) bool, read func(context.Context, []rollout.Pod) (map[types.UID][]rollout.PodEvent, error)) (rollout.Glance, error) {
	pods := slices.DeleteFunc(stuck(rollout.Assemble(g), tells), claimPending)
	if len(pods) == 0 {
		return g, nil
	}
	err := optional(func(ctx context.Context) error {
		said, err := read(ctx, pods)
		if err == nil {
			g.PodEvents = said
		}
		return err
	})(ctx)
	return g, err
}
