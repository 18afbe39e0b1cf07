// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Explain tells what kept a run from its goal: of each ordinal the cause, the
// server's words, the last that it wrote, and what to type.
func (r Result) Explain(w io.Writer, style Style) {
	blockers := withCause(r.Blockers)
	for _, b := range blockers[:min(len(blockers), mostTold)] {
		for _, line := range explain(style, r.State.Set, b, "") {
			fmt.Fprintln(w, line)
		}
	}
	if more := len(blockers) - mostTold; more > 0 {
		fmt.Fprintf(w, "and %s more\n", grouped(more))
	}
}

func withCause(blockers []rollout.Blocker) []rollout.Blocker {
	var known []rollout.Blocker
	for _, b := range blockers {
		if b.Cause.ID != "" {
			known = append(known, b)
		}
	}
	return known
}

func blockerOf(pod rollout.Pod) rollout.Blocker {
	return rollout.Blocker{PodName: pod.Name, Phase: pod.Phase, Cause: pod.Cause}
}

// explain is a heading and, indented, what there is to know of a cause.
func explain(style Style, set rollout.Set, b rollout.Blocker, lasting string) []string {
	who := b.PodName
	if who == "" {
		who = set.Name
	}
	lines := []string{Escape(who) + "  " + style.paint(toneOfPhase(b.Phase), string(b.Cause.ID)) + lasting}
	for _, part := range details(set, b.PodName, b.Cause) {
		lines = append(lines, "  "+part)
	}
	return lines
}

// details of a cause, a line each: the server's words, the last log line, a
// command to paste.
func details(set rollout.Set, podName string, c rollout.Cause) []string {
	var lines []string
	if c.Message != "" {
		lines = append(lines, Escape(c.Message))
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
