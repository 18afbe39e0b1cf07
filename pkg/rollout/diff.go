// SPDX-License-Identifier: Apache-2.0

package rollout

// Diff is what happened between two sightings, ascending by ordinal. A first
// sighting differs from nothing.
func Diff(before, after State) []Event {
	if before.At.IsZero() {
		return nil
	}
	known := make(map[int32]Pod, len(before.Pods)+len(before.Surplus))
	for _, pods := range [][]Pod{before.Pods, before.Surplus} {
		for _, pod := range pods {
			known[pod.Ordinal] = pod
		}
	}
	var events []Event
	for _, pods := range [][]Pod{after.Pods, after.Surplus} {
		for _, pod := range pods {
			if e, ok := changed(known[pod.Ordinal], pod, after); ok {
				events = append(events, e)
			}
			delete(known, pod.Ordinal)
		}
	}
	return append(events, left(known, before, after)...)
}

// changed compares two sightings of one ordinal.
func changed(was, is Pod, s State) (Event, bool) {
	if was.UID == is.UID && was.Phase == is.Phase && was.Restarts == is.Restarts && !was.Cause.comes(is.Cause) {
		return Event{}, false
	}
	if is.Phase == Absent && is.Cause.ID == "" && (was.Phase == "" || was.Phase == Absent) {
		return Event{}, false // its pod is on its way
	}
	return Event{
		Type: OrdinalEvent, At: s.At, Ordinal: is.Ordinal, PodName: is.Name,
		Was: was.Phase, Phase: is.Phase, Revision: is.Revision, Cause: is.Cause, Restarts: is.Restarts,
		Replaced: was.UID != "" && is.UID != "" && was.UID != is.UID,
	}, true
}

// comes says that a cause is news: another one, or more is known of it.
func (c Cause) comes(now Cause) bool {
	return c.ID != now.ID || c.Details == "" && now.Details != ""
}

// left are the ordinals that are no more: they were surplus, or in a range that shrank.
func left(known map[int32]Pod, before, after State) []Event {
	var events []Event
	for _, pods := range [][]Pod{before.Pods, before.Surplus} {
		for _, pod := range pods {
			if _, gone := known[pod.Ordinal]; gone && pod.Phase != Absent {
				events = append(events, Event{
					Type: OrdinalEvent, At: after.At, Ordinal: pod.Ordinal, PodName: pod.Name,
					Was: pod.Phase, Phase: Absent, Revision: pod.Revision,
				})
			}
		}
	}
	return events
}
