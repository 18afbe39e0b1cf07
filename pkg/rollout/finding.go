// SPDX-License-Identifier: Apache-2.0

package rollout

// Severity of a finding.
type Severity string

// The severities. A check with an error finding exits with 3.
const (
	FindingError   Severity = "error"   // the next rollout or apply stops here
	FindingWarning Severity = "warning" // it may go otherwise than was meant
	FindingNote    Severity = "note"    // worth knowing
)

// Finding is one thing that a check has to say.
type Finding struct {
	ID       string // stable, scripts branch on it
	Severity Severity
	Object   string // what it is about, as kubectl names it
	Message  string // one sentence
	Details  []string
	Remedy   string // a command of this program without its name, or of kubectl; "" for none
}

// HasErrors says whether any finding is an error.
func HasErrors(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == FindingError {
			return true
		}
	}
	return false
}
