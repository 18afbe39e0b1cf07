// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Client is one run's view of the world: a [rollout.Cluster] whose three
// watches have each come as far as they have.
type Client struct {
	model    *Model
	patience time.Duration
	clock    Clock // which goes on between two moments

	set, pods, revisions int // the moments that the watches have brought
	blind                string
	slots                map[int32]rollout.Pod
	endings              map[int32]rollout.Ending
	signal               chan struct{}
	requests             chan *request
	seen                 Sighting // the last that was given out
}

// Sighting is the truth behind what a run was shown.
type Sighting struct {
	At                   time.Time
	Blind                string
	set, pods, revisions int
}

// request is one write under way.
type request struct {
	change rollout.Change
	seen   Sighting
	answer chan answer
}

type answer struct {
	set rollout.Set
	err error
}

// newClient opens a view that has seen all there is.
func (m *Model) newClient(patience time.Duration, clock Clock) *Client {
	c := &Client{
		model: m, patience: patience, clock: clock,
		slots: map[int32]rollout.Pod{}, endings: map[int32]rollout.Ending{},
		signal: make(chan struct{}, 1), requests: make(chan *request),
	}
	newest := len(m.moments) - 1
	c.set, c.pods, c.revisions = newest, newest, newest
	for _, p := range m.moments[newest].pods {
		c.slots[p.ordinal] = p.seen(setName)
	}
	return c
}

// catchUp brings everything that has happened.
func (c *Client) catchUp() {
	newest := len(c.model.moments) - 1
	c.model.looking.Lock()
	c.set, c.revisions = newest, newest
	c.model.looking.Unlock()
	c.bringPods(newest)
}

// behind says that a watch has something left to bring.
func (c *Client) behind() bool {
	return min(c.set, c.pods, c.revisions) < len(c.model.moments)-1
}

// lag is how old the oldest event is that a watch has not brought.
func (c *Client) lag(now time.Time) time.Duration {
	if !c.behind() {
		return 0
	}
	return now.Sub(c.model.moments[min(c.set, c.pods, c.revisions)+1].at)
}

// Each of the three ways to bring something ends with the bell, since the run
// goes on from there.

func (c *Client) bringSet(to int) { c.bring(func() { c.set = to }) }

func (c *Client) bringRevisions(to int) { c.bring(func() { c.revisions = to }) }

func (c *Client) bring(what func()) {
	c.model.looking.Lock()
	what()
	c.model.looking.Unlock()
	c.ring()
}

// bringPods takes the watch of the pods on, event by event, as a handler would:
// it keeps since when a cause holds, and how pods ended.
func (c *Client) bringPods(to int) {
	c.bring(func() {
		for c.pods < to {
			before := c.model.moments[c.pods].pods
			c.pods++
			c.follow(before, c.model.moments[c.pods].pods)
		}
	})
}

func (c *Client) follow(before, after []*pod) {
	slots := make(map[int32]rollout.Pod, len(after))
	for _, p := range after {
		slots[p.ordinal] = p.seen(setName).Follow(c.slots[p.ordinal], c.model.now)
	}
	for _, p := range before {
		if string(slots[p.ordinal].UID) != p.uid {
			c.endings[p.ordinal] = c.ended(p)
		}
	}
	c.slots = slots
}

// ended is how a pod ended, after the one before it.
func (c *Client) ended(p *pod) rollout.Ending {
	return rollout.Ended(p.object(setName), c.model.now).After(c.endings[p.ordinal])
}

// ring says that something may differ.
func (c *Client) ring() {
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// Changed implements rollout.Cluster.
func (c *Client) Changed() <-chan struct{} { return c.signal }

// Observe implements rollout.Cluster.
func (c *Client) Observe() rollout.State {
	c.model.looking.Lock()
	defer c.model.looking.Unlock()
	c.seen = Sighting{At: c.clock.Now(), Blind: c.blind, set: c.set, pods: c.pods, revisions: c.revisions}
	return c.model.sight(c.seen, c)
}

// Apply implements rollout.Cluster. The request waits until the world answers.
func (c *Client) Apply(ctx context.Context, _ rollout.State, change rollout.Change) (rollout.Set, error) {
	r := &request{change: change, seen: c.seen, answer: make(chan answer, 1)}
	select {
	case c.requests <- r:
	case <-ctx.Done():
		return rollout.Set{}, rollout.ErrLost
	}
	select {
	case a := <-r.answer:
		return a.set, a.err
	case <-ctx.Done():
		return rollout.Set{}, rollout.ErrLost
	}
}

// moment is what a sighting shows, in the moment's own terms: the set of one
// time with the pods of another.
func (m *Model) moment(s Sighting) Moment {
	return Moment{
		at: s.At, set: m.moments[s.set].set, pods: m.moments[s.pods].pods, claims: m.moments[s.pods].claims,
		revisions: m.moments[s.revisions].revisions, denials: m.moments[s.pods].denials,
	}
}

// sight makes package rollout's State of what the watches have brought.
func (m *Model) sight(s Sighting, c *Client) rollout.State {
	shown := m.moment(s)
	g := rollout.Glance{
		At: s.At, Blind: s.Blind, Set: m.setOf(shown.set), FailurePolicy: rollout.FailurePolicy{Patience: c.patience, MaxRestarts: rollout.DefaultMaxRestarts},
		Revisions: m.revisionsOf(shown.revisions), Denials: denialsOf(shown.denials), Endings: maps.Clone(c.endings),
	}
	for _, p := range c.slots {
		g.Pods = append(g.Pods, p)
	}
	for _, one := range shown.claims {
		g.Claims = append(g.Claims, one.seen())
	}
	return rollout.Assemble(g)
}

// setOf is what a sighting shows of the set; worked out once a version.
func (m *Model) setOf(s set) rollout.Set {
	if look, ok := m.looks[s.version]; ok {
		return look
	}
	look := rollout.Set{
		Spec: rollout.Spec{
			Template: m.digest(s.template), Partition: s.partition, Replicas: s.replicas,
			Strategy: s.strategy, Start: s.start,
		},
		Namespace: "default", Name: setName, UID: types.UID(s.uid), Version: fmt.Sprint(s.version),
		Generation: s.generation, Observed: s.status.observed, Annotated: s.record != "",
		OrderedReady: !s.parallel, MinReadySeconds: int32(s.minReady / time.Second),
		Current: s.status.current, Update: s.status.update,
		CurrentReplicas: int32(s.status.currentReplicas), UpdatedReplicas: int32(s.status.updatedReplicas),
		AvailableReplicas: int32(s.status.availableReplicas), Live: s.template.Raw(),
		Record: parse(s.record), Nudged: s.nudged.Truncate(time.Second), Retention: s.retention, Counted: int32(s.status.replicas),
	}
	if s.claims {
		look.ClaimTemplates = []string{claimTemplate}
	}
	if s.gone {
		look.UID = ""
	}
	for _, field := range []string{"template", "partition", "replicas", "strategy", "start"} {
		look.Writers = append(look.Writers, rollout.Writer{Field: field, Manager: s.writer})
	}
	m.looks[s.version] = look
	return look
}

func (m *Model) revisionsOf(revisions []revision) rollout.Revisions {
	out := make(rollout.Revisions, 0, len(revisions))
	for _, r := range revisions {
		look, ok := m.revisionLooks[r]
		if !ok {
			look = rollout.Revision{
				Name: r.name, Number: r.number, Template: r.template.Raw(), Digest: m.digest(r.template), Record: parse(r.record),
			}
			m.revisionLooks[r] = look
		}
		out = append(out, look)
	}
	return out
}

// parse reads a record as a sighting does: what cannot be read is not there.
func parse(text string) *rollout.Record {
	record, err := rollout.ParseRecord(text)
	if err != nil {
		return nil
	}
	return record
}

func denialsOf(denials map[int32]denial) []rollout.Denial {
	var out []rollout.Denial
	for ordinal, d := range denials {
		event := &corev1.Event{
			Reason: "FailedCreate", Count: d.count, FirstTimestamp: metav1.NewTime(d.first), LastTimestamp: metav1.NewTime(d.at),
			Message: fmt.Sprintf("Create Pod %[1]s in StatefulSet web failed error: pods %[1]q is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3", podName(ordinal)),
		}
		if look, ok := rollout.LookDenial(event); ok {
			out = append(out, look)
		}
	}
	return out
}
