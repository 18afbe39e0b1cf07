// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"strings"
)

// String is the truth of one moment in a line: generation seen/made, the
// template, the partition, the revisions, and every pod.
func (m Moment) String() string {
	var b strings.Builder
	s := m.set
	fmt.Fprintf(&b, "gen %d/%d %s partition %s replicas %d %s>%s", s.status.observed, s.generation, s.template.Name,
		s.partition, s.replicas, strings.TrimPrefix(s.status.current, setName+"-"), strings.TrimPrefix(s.status.update, setName+"-"))
	if record := parse(s.record); record != nil {
		fmt.Fprintf(&b, " [%s %s by %s]", record.Op, record.State, record.Run)
	}
	if s.gone {
		b.WriteString(" GONE")
	}
	for _, c := range m.claims {
		fmt.Fprintf(&b, " (%d:%s)", c.ordinal, strings.Join(c.owners, ","))
	}
	for _, p := range m.pods {
		fmt.Fprintf(&b, " %d:%s:%s", p.ordinal, strings.TrimPrefix(p.revision, setName+"-"), p.stage)
		if p.leaving() {
			b.WriteString(":leaving")
		}
	}
	return b.String()
}

// History is all that happened, a line a moment, with the writes of the runs.
// It is what a failed law test prints.
func (w *World) History() string {
	writes := map[int]string{}
	for _, r := range w.runs {
		for _, write := range r.Writes {
			writes[write.index] = fmt.Sprintf("   <- %s by %s, who saw set %d pods %d", write.Change, r.Options.Run, write.Seen.set, write.Seen.pods)
		}
	}
	var b strings.Builder
	for i, m := range w.moments {
		fmt.Fprintf(&b, "%4d %9.3fs %s%s\n", i, m.at.Sub(epoch()).Seconds(), m, writes[i])
	}
	for _, r := range w.runs {
		fmt.Fprintf(&b, "%s (%s): %s after %d writes: %v\n", r.Ask, r.Options.Run, Kind(r.Outcome.Err), len(r.Writes), r.Outcome.Err)
	}
	return b.String()
}
