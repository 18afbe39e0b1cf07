// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Check writes findings, and how many there are of each severity.
func Check(w io.Writer, style Style, set rollout.Set, findings []rollout.Finding) error {
	var lines []string
	for _, f := range findings {
		lines = append(append(lines, findingLines(style, f)...), "")
	}
	return writeLines(w, append(lines, Escape(set.String())+": "+countFindings(findings)))
}

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
	if len(findings) == 0 {
		return "nothing found"
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
