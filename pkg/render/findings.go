// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Check writes findings, and how many there are of each severity; where there is none,
// what was looked at.
func Check(w io.Writer, style Style, set rollout.Set, looked []string, findings []rollout.Finding) error {
	lines := findingsLines(style, findings)
	if len(findings) == 0 {
		return writeLines(w, []string{Escape(set.String() + ": nothing found in " + strings.Join(looked, ", "))})
	}
	return writeLines(w, append(lines, "", Escape(set.String())+": "+countFindings(findings)))
}

// findingsLines are findings with a line between them. What one command ends has that
// command, and what there is to know of all of them, once: with the last.
func findingsLines(style Style, findings []rollout.Finding) []string {
	var lines []string
	last := map[cause]int{}
	for i, f := range findings {
		last[causeOf(f)] = i
	}
	for i, f := range findings {
		if i > 0 && (f.Remedy == "" || causeOf(findings[i-1]) != causeOf(f)) {
			lines = append(lines, "")
		}
		if end := last[causeOf(f)]; f.Remedy != "" && end > i {
			repeated := func(detail string) bool { return slices.Contains(findings[end].Details, detail) }
			f.Remedy, f.Details = "", slices.DeleteFunc(slices.Clone(f.Details), repeated)
		}
		lines = append(lines, findingLines(style, f)...)
	}
	return lines
}

// cause is what one command ends; findings without a command have none in common.
type cause struct{ id, remedy string }

func causeOf(f rollout.Finding) cause { return cause{f.ID, f.Remedy} }

// findingLines are a heading and, indented, what there is to know.
func findingLines(style Style, f rollout.Finding) []string {
	lines := []string{style.paint(toneOfSeverity(f.Severity), string(f.Severity)) + " " + f.ID + "  " + Escape(f.Object+": "+f.Message)}
	for _, detail := range f.Details {
		lines = append(lines, "  "+Escape(detail))
	}
	if f.Remedy != "" {
		lines = append(lines, "  try: "+Escape(f.Remedy))
	}
	return lines
}

func countFindings(findings []rollout.Finding) string {
	counts := map[rollout.Severity]int{}
	for _, f := range findings {
		counts[f.Severity]++
	}
	return fmt.Sprintf("%s, %s, %s", plural(counts[rollout.FindingError], "error"),
		plural(counts[rollout.FindingWarning], "warning"), plural(counts[rollout.FindingNote], "note"))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func toneOfSeverity(s rollout.Severity) tone {
	switch s {
	case rollout.FindingError:
		return bad
	case rollout.FindingWarning:
		return moving
	default:
		return quiet
	}
}
