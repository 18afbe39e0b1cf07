// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// sentence says what happened to an ordinal. was is the revision that it was on
// before; "" where that is not known.
func sentence(e rollout.Event, was string, s rollout.State) string {
	text := phaseText(e, was, s) + replacedBy(e, s)
	switch {
	case e.Cause.ID != "":
		text += ": " + causeText(e.Cause)
	case e.Was == e.Phase && e.Restarts > 0:
		text += ", " + times(e.Restarts)
	}
	return text
}

func phaseText(e rollout.Event, was string, s rollout.State) string {
	switch {
	case e.Phase == rollout.Absent && e.Was != rollout.Absent:
		return "gone" + endingOf(e, s)
	case e.Phase == rollout.Available && was != "" && was != e.Revision:
		return fmt.Sprintf("Available on %s (was %s)", e.Revision, was)
	case e.Phase == rollout.Available:
		return "Available on " + e.Revision
	case e.Phase == rollout.Starting && !e.Replaced && (e.Was == rollout.Ready || e.Was == rollout.Available):
		return "Starting" + nodeOf(e, s) + ", no longer Ready"
	case e.Phase == rollout.Starting:
		return "Starting" + nodeOf(e, s)
	default:
		return string(e.Phase)
	}
}

// endingOf is how the pod ended that is gone, where that was no mere deletion.
func endingOf(e rollout.Event, s rollout.State) string {
	pod, ok := podOf(s, e.Ordinal)
	if !ok || pod.Before == nil || pod.Before.Reason == "" || pod.EndsAgain { // which its cause tells
		return ""
	}
	return ": " + pod.Before.Told()
}

// replacedBy says of a pod whose predecessor was not seen to be gone how that ended.
func replacedBy(e rollout.Event, s rollout.State) string {
	pod, ok := podOf(s, e.Ordinal)
	if !e.Replaced || !ok || pod.Before == nil || !pod.Before.Own {
		return ""
	}
	return ", " + endingText(*pod.Before)
}

func nodeOf(e rollout.Event, s rollout.State) string {
	pod, ok := podOf(s, e.Ordinal)
	if !ok || pod.Node == "" {
		return ""
	}
	return " on " + pod.Node
}

// podOf finds an in-range ordinal.
func podOf(s rollout.State, ordinal int32) (rollout.Pod, bool) {
	at := int64(ordinal) - int64(s.Set.Start)
	if at < 0 || at >= int64(len(s.Pods)) {
		return rollout.Pod{}, false
	}
	return s.Pods[at], true
}

func times(restarts int32) string {
	if restarts == 1 {
		return "restarted once"
	}
	return fmt.Sprintf("restarted %d times", restarts)
}

// happening is one change of an ordinal, or the same change of many.
type happening struct {
	events []rollout.Event
}

// groupFrom: so many equal changes in one sighting become one line.
const groupFrom = 5

// happenings puts equal changes together, in the order in which the first of
// each came.
func happenings(events []rollout.Event) []happening {
	type likeness struct {
		was, phase rollout.Phase
		revision   string
		cause      rollout.CauseID
		restarted  bool
	}
	at := map[likeness]int{}
	var all []happening
	for _, e := range events {
		if e.Type != rollout.OrdinalEvent {
			continue
		}
		like := likeness{e.Was, e.Phase, e.Revision, e.Cause.ID, e.Was == e.Phase}
		i, known := at[like]
		if !known {
			i = len(all)
			at[like] = i
			all = append(all, happening{})
		}
		all[i].events = append(all[i].events, e)
	}
	return all
}

// who is such as "web-4", or "500 ordinals".
func (h happening) isMany() bool { return len(h.events) >= groupFrom }

// span names ordinals as --ordinals takes them: "0-3,7".
func span(events []rollout.Event) string {
	var parts []string
	for i := 0; i < len(events); {
		end := i
		for end+1 < len(events) && events[end+1].Ordinal == events[end].Ordinal+1 {
			end++
		}
		part := fmt.Sprint(events[i].Ordinal)
		if end > i {
			part += fmt.Sprintf("-%d", events[end].Ordinal)
		}
		parts = append(parts, part)
		i = end + 1
	}
	if len(parts) > mostSpans {
		parts = append(parts[:mostSpans], "...")
	}
	return strings.Join(parts, ",")
}

const mostSpans = 8
