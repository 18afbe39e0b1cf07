// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Sight is a sighting in the making. Every method returns a changed copy.
type Sight struct {
	glance  rollout.Glance
	current string // names of templates
	update  string
	pods    string
	records []func(*rollout.Record)
	glances []func(*rollout.Glance)
}

// Set begins a sighting: one ordinal, Available, on template "a".
func Set(setName string) Sight {
	s := Sight{current: "a", update: "a"}
	s.glance.At = epoch()
	s.glance.FailurePolicy = rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: rollout.DefaultMaxRestarts}
	s.glance.Set = rollout.Set{
		Namespace: "default", Name: setName, UID: "set-1", Version: "100", Generation: 7, Observed: 7, OrderedReady: true,
		Spec: rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate},
	}
	return s
}

// Replicas is spec.replicas.
func (s Sight) Replicas(n int32) Sight {
	s.glance.Set.Replicas = n
	return s
}

// Start is spec.ordinals.start.
func (s Sight) Start(ordinal int32) Sight {
	s.glance.Set.Start = ordinal
	return s
}

// Partition is the partition, an index.
func (s Sight) Partition(index int32) Sight {
	s.glance.Set.Partition = rollout.Partition{Index: index}
	return s
}

// NoPartition takes the rollingUpdate block away.
func (s Sight) NoPartition() Sight {
	s.glance.Set.Partition = rollout.Partition{Nil: true}
	return s
}

// Revisions are the templates of status.currentRevision and updateRevision; the
// second is the live one.
func (s Sight) Revisions(current, update string) Sight {
	s.current, s.update = current, update
	return s
}

// Pods are one word an ordinal, ascending: the template's name and, where it is
// not Available, how far the pod is:
//
//	a   Available     a~  Ready, not for minReadySeconds    a?  Starting    a.  Pending
//	a!  Failing       a/  Terminating                       -   no pod
//
// Words beyond the replicas are surplus pods.
func (s Sight) Pods(words string) Sight {
	s.pods = words
	return s
}

// Unobserved says that the controller has not seen the newest generation.
func (s Sight) Unobserved() Sight {
	s.glance.Set.Observed = s.glance.Set.Generation - 1
	return s
}

// With changes anything else of the set.
func (s Sight) With(edits ...func(*rollout.Set)) Sight {
	for _, edit := range edits {
		edit(&s.glance.Set)
	}
	return s
}

// Glance changes anything else that was seen, when all the rest is in it.
func (s Sight) Glance(edits ...func(*rollout.Glance)) Sight {
	s.glances = append(slices.Clone(s.glances), edits...)
	return s
}

// Record puts a record on the set, as the op's last write would have left it; the
// edits make it another.
func (s Sight) Record(op string, state rollout.RecordState, edits ...func(*rollout.Record)) Sight {
	s.records = append([]func(*rollout.Record){func(r *rollout.Record) { r.Op, r.State = op, state }}, edits...)
	return s
}

// State is the sighting.
func (s Sight) State() rollout.State {
	g := s.glance
	current, update := Template{Name: s.current}, Template{Name: s.update}
	g.Set.Template, g.Set.Live = update.digest(), update.Raw()
	g.Set.Current, g.Set.Update = s.revisionName(s.current), s.revisionName(s.update)
	g.Revisions = rollout.Revisions{revisionSight(s.revisionName(s.current), 1, current)}
	if s.current != s.update {
		g.Revisions = append(g.Revisions, revisionSight(s.revisionName(s.update), 2, update))
	}
	if s.records != nil {
		g.Set.Record = s.record(g.Set)
	}
	g.Pods = append(g.Pods, s.podSights(g)...)
	for _, p := range g.Pods {
		if p.Revision == g.Set.Current {
			g.Set.CurrentReplicas++
		}
		if p.Revision == g.Set.Update {
			g.Set.UpdatedReplicas++
		}
		if p.Phase == rollout.Ready {
			g.Set.AvailableReplicas++
		}
	}
	for _, edit := range s.glances {
		edit(&g)
	}
	return rollout.Assemble(g)
}

func (s Sight) revisionName(template string) string { return s.glance.Set.Name + "-" + template }

func revisionSight(name string, number int64, t Template) rollout.Revision {
	return rollout.Revision{Name: name, Number: number, Template: t.Raw(), Digest: t.digest()}
}

func (s Sight) record(set rollout.Set) *rollout.Record {
	r := &rollout.Record{
		V: rollout.RecordVersion, UID: set.UID, Run: "0000aaaa", From: set.Current, FromDigest: Template{Name: s.current}.digest(),
		ToDigest: set.Template, Gen: set.Generation, Partition: set.Partition.Index, Replicas: set.Replicas, Start: set.Start,
		Own: &rollout.OwnPartition{}, At: epoch().Add(-time.Hour),
	}
	for _, edit := range s.records {
		edit(r)
	}
	return r
}

// podSights reads the words; with none, every ordinal is Available where the
// partition has it.
func (s Sight) podSights(g rollout.Glance) []rollout.Pod {
	words := strings.Fields(s.pods)
	for i := int32(0); s.pods == "" && i < g.Set.Replicas; i++ {
		word := s.update
		if i < g.Set.Partition.Index {
			word = s.current
		}
		words = append(words, word)
	}
	var pods []rollout.Pod
	for i, word := range words {
		if word != "-" {
			pods = append(pods, s.podSight(g.Set.Start+int32(i), word))
		}
	}
	return pods
}

func (s Sight) podSight(ordinal int32, word string) rollout.Pod {
	long := epoch().Add(-time.Hour)
	p := rollout.Pod{
		Ordinal: ordinal, Name: fmt.Sprintf("%s-%d", s.glance.Set.Name, ordinal), UID: types.UID(fmt.Sprintf("pod-%d", ordinal)), Version: "9",
		Revision: s.revisionName(strings.TrimRight(word, "~?.!/")), Phase: rollout.Ready,
		Created: long, Since: long, ReadyAt: long, StartedAt: long,
	}
	switch word[len(word)-1] {
	case '~':
		p.ReadyAt = epoch()
	case '?':
		p.Phase, p.ReadyAt = rollout.Starting, time.Time{}
	case '.':
		p.Phase, p.ReadyAt = rollout.Pending, time.Time{}
	case '!':
		p.Phase, p.ReadyAt = rollout.Starting, time.Time{}
		p.Cause = rollout.Cause{ID: rollout.ImagePull, Message: "manifest unknown"}
	case '/':
		p.Phase, p.GraceEnds = rollout.Terminating, epoch().Add(grace)
	}
	return p
}

// Revision is a ControllerRevision of a template.
func Revision(name string, number int64, templateName string) rollout.Revision {
	return revisionSight(name, number, Template{Name: templateName})
}
