// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Explain adds to the sentence of a failure what it has no room for: of each
// ordinal that failed, the last that it wrote, and what to type.
func (r Result) Explain(w io.Writer) {
	for _, b := range r.Blockers[:min(len(r.Blockers), mostTold)] {
		r.explain(w, b)
	}
}

// ExplainAll is for an end that says nothing of ordinals, such as a timeout: what
// is awaited of each, or what holds it up.
func (r Result) ExplainAll(w io.Writer) {
	for _, b := range r.Blockers[:min(len(r.Blockers), mostTold)] {
		switch b.Cause.ID {
		case "":
			fmt.Fprintf(w, "%s  %s\n", who(r.State.Set, b), Escape(waits(b)))
			r.tellEnding(w, b)
		case rollout.LowerOrdinal: // the lower one is told of
		default:
			fmt.Fprintf(w, "%s  %s\n", who(r.State.Set, b), Escape(causeText(b.Cause)))
			r.explain(w, b)
		}
	}
}

// waits is what is awaited of an ordinal, or of the set.
func waits(b rollout.Blocker) string {
	if b.PodName == "" {
		return "waits for " + b.Message
	}
	return "waits " + b.Message
}

func (r Result) explain(w io.Writer, b rollout.Blocker) {
	b.Cause.Message = "" // told already
	for _, part := range details(r.State.Set, b.PodName, b.Cause) {
		fmt.Fprintf(w, "%s  %s\n", who(r.State.Set, b), part)
	}
	r.tellEnding(w, b)
}

// tellEnding tells that the pod before ended of its own accord, where that is not the
// cause itself.
func (r Result) tellEnding(w io.Writer, b rollout.Blocker) {
	for _, pod := range r.State.Pods {
		if pod.Name == b.PodName && pod.Before != nil && pod.Before.Own && !pod.EndsAgain {
			fmt.Fprintf(w, "%s  %s\n", Escape(pod.Name), Escape(endingText(*pod.Before)))
		}
	}
}

func blockerOf(pod rollout.Pod) rollout.Blocker {
	return rollout.Blocker{PodName: pod.Name, Phase: pod.Phase, Cause: pod.Cause}
}

// who is held up: an ordinal, or the set as a whole.
func who(set rollout.Set, b rollout.Blocker) string {
	if b.PodName == "" {
		return Escape(set.Name)
	}
	return Escape(b.PodName)
}

// explain is a heading and, indented, what there is to know of a cause.
func explain(style Style, set rollout.Set, b rollout.Blocker, lasting string) []string {
	lines := []string{who(set, b) + "  " + style.paint(toneOfPhase(b.Phase), string(b.Cause.ID)) + lasting}
	for _, part := range details(set, b.PodName, b.Cause) {
		lines = append(lines, "  "+part)
	}
	return lines
}

// details of a cause, a line each: the server's words, what more there is of
// them, the last log line, a command to paste.
func details(set rollout.Set, podName string, c rollout.Cause) []string {
	var lines []string
	if c.Message != "" {
		lines = append(lines, Escape(c.Message))
	}
	if c.Details != "" {
		for line := range strings.SplitSeq(c.Details, "\n") {
			lines = append(lines, Escape(line))
		}
	}
	if log := lastLine(c.Log); log != "" {
		lines = append(lines, "log: "+Escape(log))
	}
	if remedy := c.Remedy(set, podName); remedy != "" {
		lines = append(lines, "try: "+Escape(remedy))
	}
	return lines
}

func lastLine(log string) string {
	log = strings.TrimSpace(log)
	return strings.TrimSpace(log[strings.LastIndexAny(log, "\n\r")+1:])
}
