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

// Making is how often the pod of an ordinal was made since the spec was written.
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

// Remade says that a look should ask how often pods were made: some are young, and the
// controller has made them often enough, though not all of these since one write.
func (s State) Remade(creations map[string]Creation) bool {
	for _, pod := range s.Pods {
		if pod.UID != "" && s.At.Sub(pod.Created) < endsSoon && creations[pod.Name].Times >= remadeFrom {
			return true
		}
	}
	return false
}

// Makings counts the pods of each ordinal by the scheduler's event on each of them
// (pkg/scheduler/schedule_one.go), since the spec was written.
func (s State) Makings(events []corev1.Event) map[string]Making {
	since, counted := s.written().Truncate(time.Second), map[types.UID]bool{}
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

// RemadeText says of an ordinal that its pods do not last; "" where nothing tells so.
func (p Pod) RemadeText(now time.Time) string {
	if p.Made.Times < remadeFrom {
		return ""
	}
	return fmt.Sprintf("made %d times in %s", p.Made.Times, now.Sub(p.Made.First).Round(time.Second))
}
