// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schedule is all that goes wrong.
type Schedule []Fault

// Fault is one thing that goes wrong, at certain requests.
type Fault struct {
	On     Kind     `json:"on"`
	Nth    int      `json:"nth"`              // of the requests of this kind, from 1
	Times  int      `json:"times,omitempty"`  // so many in a row; 0 is one
	Delay  Duration `json:"delay,omitzero"`   // before anything else
	Moment Moment   `json:"moment,omitempty"` // when it happens; "" is before
	Do     Deed     `json:"do,omitempty"`
	Code   int      `json:"code,omitempty"`       // of an answer
	Retry  int      `json:"retryAfter,omitempty"` // of an answer, in seconds
	Pieces int      `json:"pieces,omitempty"`     // of a watch that come through before it happens
	For    Duration `json:"for,omitzero"`         // how long the server is down, or a watch lives
	Signal string   `json:"signal,omitempty"`     // what is told
}

// Moment is when a fault happens to a request.
type Moment string

// The moments.
const (
	Before Moment = "before" // the server never gets the request
	Stored Moment = "stored" // the server has carried it out and the client does not know
	After  Moment = "after"  // it has, and the client has its answer
)

// Deed is what a fault does.
type Deed string

// The deeds.
const (
	Pass   Deed = ""        // nothing; for a fault that only delays
	Answer Deed = "answer"  // a status code instead of the server's answer
	HangUp Deed = "hang-up" // no answer
	Half   Deed = "half"    // half of the server's answer
	Cut    Deed = "cut"     // a watch breaks off
	End    Deed = "end"     // a watch ends in peace
	Expire Deed = "expire"  // a watch says 410, that its version is too old
	Tell   Deed = "signal"  // the proxy's owner is told, and the client gets no answer
	Down   Deed = "down"    // the server is out of reach from now on
)

// moments are when each deed can happen.
var moments = map[Deed][]Moment{
	Pass:   {Before},
	Answer: {Before, Stored},
	HangUp: {Before, Stored},
	Half:   {Before, Stored},
	Cut:    {Before},
	End:    {Before},
	Expire: {Before},
	Tell:   {Before, Stored, After},
	Down:   {Before, Stored, After},
}

// Parse reads a schedule and checks it.
func Parse(text []byte) (Schedule, error) {
	var s Schedule
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	for i, f := range s {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("schedule: fault %d: %w", i+1, err)
		}
	}
	return s, nil
}

func (f Fault) check() error {
	possible, known := moments[f.Do]
	switch {
	case !slices.Contains([]Kind{Write, DryRun, Watch, Read, Other, Any}, f.On):
		return fmt.Errorf("there is no kind %q of requests", f.On)
	case f.Nth < 1:
		return fmt.Errorf("nth is %d, and requests are counted from 1", f.Nth)
	case !known:
		return fmt.Errorf("there is no deed %q", f.Do)
	case !slices.Contains(possible, f.moment()):
		return fmt.Errorf("%q cannot happen %q", f.Do, f.moment())
	case f.Do == Answer && (f.Code < 400 || f.Code > 599):
		return fmt.Errorf("an answer of %d is no fault", f.Code)
	default:
		return nil
	}
}

// String is one line of JSON, as Parse takes it.
func (s Schedule) String() string {
	parts := make([]string, 0, len(s))
	for _, f := range s {
		parts = append(parts, f.String())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// String is the fault as JSON.
func (f Fault) String() string {
	text, err := json.Marshal(f)
	if err != nil { // a struct of strings and numbers
		return err.Error()
	}
	return string(text)
}

func (f Fault) moment() Moment {
	if f.Moment == "" {
		return Before
	}
	return f.Moment
}

// meets says that the nth request of a kind is one of the fault's.
func (f Fault) meets(nth int) bool { return nth >= f.Nth && nth < f.Nth+max(f.Times, 1) }

// Duration is a time.Duration that reads as one, "1.5s", in a file too.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}
