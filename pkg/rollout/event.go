// SPDX-License-Identifier: Apache-2.0

package rollout

import "time"

// EventType says what kind of thing happened.
type EventType string

// The types of events. The words are part of the JSON output.
const (
	OrdinalEvent EventType = "Ordinal" // an ordinal changed its phase, pod or cause
	WriteEvent   EventType = "Write"   // a request was made and stored
	WaitEvent    EventType = "Wait"    // what is awaited changed
	NoteEvent    EventType = "Note"    // something worth a line: a default, a guess
	WarningEvent EventType = "Warning" // something that will matter later
)

// Event is one thing that happened. It is flat: what does not apply is empty.
type Event struct {
	Type EventType
	At   time.Time

	// Of an ordinal.
	Ordinal  int32
	PodName  string
	Was      Phase
	Phase    Phase
	Revision string
	Replaced bool // another pod of the same name than before
	Restarts int32
	Cause    Cause

	// Of a write or a wait.
	Change   *Change
	Blockers []Blocker

	Message string
}

// Report is told every sighting that differs from the last, and what happened
// in between. It is called from the goroutine that drives, one call at a time.
type Report func(State, []Event)
