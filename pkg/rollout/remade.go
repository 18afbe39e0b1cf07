// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// remadeFrom: a rollout makes one pod of an ordinal, and that may go once by chance. So
// many since one write of the spec do not last.
const remadeFrom = 3

// Creation is one of the controller's SuccessfulCreate events, all of one pod's name.
type Creation struct {
	At    time.Time // of the newest; whole seconds
	Times int32     // over all rollouts, for as long as the event lives
}

// Making is how often the pod of an ordinal was made since it is asked for as it is.
type Making struct {
	Times int32
	First time.Time
}

// lived is how long the pods before one lasted, on average.
func (m Making) lived(created time.Time) time.Duration {
	if m.Times < remadeFrom {
		return 0
	}
	return min(max(created.Sub(m.First)/time.Duration(m.Times-1), 0), endsSoon)
}

// proof is how long an ordinal must stand before it counts: for the soak and, where its
// pods do not last, for well over the time that these have lasted. That is a mean, of
// times in whole seconds.
func (p Pod) proof(soak time.Duration) time.Duration {
	if lived := p.Made.lived(p.Created); lived > 0 {
		return soak + 2*lived + quietFor
	}
	return soak
}

// proves is what an ordinal has still to do, in words.
func (p Pod) proves() string {
	lived := p.Made.lived(p.Created)
	if lived == 0 {
		return "to soak"
	}
	return fmt.Sprintf("to outlive the pods before it, which lasted for about %s", lived.Round(time.Second))
}

// Remade says that it should be asked how often pods were made: some are young, or the
// next one is about to come, and the controller has made them often enough, though not all
// of these for what is asked for now.
func (s State) Remade(creations map[string]Creation) bool {
	for _, pod := range s.Pods {
		creation := creations[pod.Name]
		if s.At.Sub(newest(pod.Created, creation.At)) < endsSoon && creation.Times >= remadeFrom {
			return true
		}
	}
	return false
}

// Makings counts the pods of each ordinal by the scheduler's event on each of them
// (pkg/scheduler/schedule_one.go), since they are asked for as they are.
func (s State) Makings(events []corev1.Event) map[string]Making {
	since, counted := s.askedSince().Truncate(time.Second), map[types.UID]bool{}
	makings := map[string]Making{}
	for _, event := range events {
		at, uid := LookPodEvent(&event).First, event.InvolvedObject.UID
		if event.Reason != "Scheduled" || at.Before(since) || counted[uid] {
			continue
		}
		counted[uid] = true
		m := makings[event.InvolvedObject.Name]
		makings[event.InvolvedObject.Name] = Making{Times: m.Times + 1, First: earlier(m.First, at)}
	}
	return makings
}

// askedSince is since when the ordinals are asked for as they are. What is written of the
// partition alone makes none of them another, and is no reason to forget how they have done:
// the record tells when that was, beside the writes of others.
func (s State) askedSince() time.Time {
	r := s.record()
	if r == nil || r.Since.IsZero() || r.ToDigest != s.Set.Template || r.Replicas != s.Set.Replicas {
		return s.written()
	}
	since := r.Since
	for _, w := range s.Set.Writers {
		if !IsOurs(w.Manager) {
			since = newest(since, w.At)
		}
	}
	return since
}

// RemadeText says of an ordinal that its pods do not last; "" where nothing tells so.
func (p Pod) RemadeText(now time.Time) string {
	if p.Made.Times < remadeFrom {
		return ""
	}
	return fmt.Sprintf("made %d times in %s", p.Made.Times, now.Sub(p.Made.First).Round(time.Second))
}
