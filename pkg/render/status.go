// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Columns says how much of a table is shown.
type Columns uint8

// What may be added to a table; combine them with |.
const (
	Narrow     Columns = 0
	Wide       Columns = 1 << iota // -o wide
	Namespaced                     // -A
)

func (c Columns) has(what Columns) bool { return c&what != 0 }

// StatusOne writes the status of one set: what it is, a row an ordinal, and what
// blocks those that are blocked.
func StatusOne(w io.Writer, style Style, s rollout.State, columns Columns) error {
	lines := append([]string{Summary(style, s)}, header(s)...)
	pods := everyPod(s)
	if len(pods) > 0 {
		table, err := draw(style, style.width(), statusColumns(columns), statusRows(&s, pods))
		if err != nil {
			return err
		}
		lines = append(append(lines, ""), table...)
	}
	lines = append(lines, blocked(style, s, pods)...)
	return writeLines(w, lines)
}

func writeLines(w io.Writer, lines []string) error {
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

func podRows(s *rollout.State, pods []rollout.Pod) []podRow {
	rows := make([]podRow, len(pods))
	for i, pod := range pods {
		rows[i] = podRow{state: s, pod: pod}
	}
	return rows
}

func statusColumns(columns Columns) []column[podRow] {
	if columns.has(Wide) {
		return []column[podRow]{
			podColumn(), revisionColumn(fullRevision), phaseColumn(), restartsColumn(), ageColumn(), nodeColumn(),
			claimsColumn(), uidColumn(), sinceColumn(), noteColumn(),
		}
	}
	return []column[podRow]{
		podColumn(), revisionColumn(shortRevision), phaseColumn(), restartsColumn(), ageColumn(), nodeColumn(),
		claimsColumn(), noteColumn(),
	}
}

// statusRows are rows that leave to the lines beneath the table what these tell in full.
func statusRows(s *rollout.State, pods []rollout.Pod) []podRow {
	rows := podRows(s, pods)
	for i := range rows {
		rows[i].status = true
	}
	for _, i := range told(pods) {
		rows[i].told = true
	}
	return rows
}

// Summary is a set in one line: "web  canary  2/5 on web-7d9f  (stable web-5c8d)".
func Summary(style Style, s rollout.State) string {
	parts := heading(Header{SetName: s.Set.Name}, s)[:3]
	if stable := stableName(s); stable != "" && len(differences(s)) > 0 {
		parts = append(parts, cell{text: "(stable " + stable + ")"})
	}
	return sentenceOf(style, 0, parts)
}

// header is what there is to say of the set, a line each.
func header(s rollout.State) []string {
	var lines []string
	add := func(label string, texts ...string) {
		for _, text := range texts {
			if text != "" {
				lines = append(lines, fmt.Sprintf("%-10s %s", label, Escape(text)))
				label = ""
			}
		}
	}
	add("strategy", strategyText(s))
	add("changes", atMost(differences(s), mostDifferences)...)
	add("service", serviceText(s))
	add("finalizers", strings.Join(s.Set.Finalizers, ", "))
	add("record", recordText(s))
	add("changed", s.ForeignChange())
	add("left", leftText(s))
	for _, h := range s.Hands("") {
		if h.Meaning != "" {
			add("others", h.Name+": "+h.Meaning)
		}
	}
	for _, b := range s.Around.Budgets {
		add("budget", fmt.Sprintf("%s allows %d to be disrupted", b.Name, b.Allowed))
	}
	for _, stray := range s.Strays {
		add("in the way", stray.PodName+": "+stray.Why)
	}
	if s.Blind != "" {
		add("not seen", s.Blind)
	}
	return lines
}

const mostDifferences = 8

// atMost keeps a list readable.
func atMost(texts []string, n int) []string {
	if len(texts) <= n {
		return texts
	}
	return append(slices.Clone(texts[:n]), fmt.Sprintf("and %s more", grouped(len(texts)-n)))
}

func strategyText(s rollout.State) string {
	parts := []string{s.Set.Strategy}
	if s.Set.Strategy == rollout.RollingUpdate {
		parts = append(parts, partitionText(s))
	}
	parts = append(parts, policyOf(s.Set))
	if s.Set.MinReadySeconds > 0 {
		parts = append(parts, fmt.Sprintf("minReadySeconds %d", s.Set.MinReadySeconds))
	}
	if s.Set.Start > 0 {
		parts = append(parts, fmt.Sprintf("ordinals from %d", s.Set.Start))
	}
	if waiting := s.Outdated(); s.Set.Strategy == rollout.OnDelete && waiting > 0 {
		parts = append(parts, s.WaitToBeDeleted())
	}
	return strings.Join(parts, ", ")
}

func serviceText(s rollout.State) string {
	if s.Around.Ungoverned {
		return s.Set.ServiceName + " is not there: the pods have no names in DNS"
	}
	return s.Set.ServiceName
}

func partitionText(s rollout.State) string {
	text := "partition " + s.Set.Partition.String()
	if own := s.Own(); own != s.Set.Partition {
		text += " (own " + own.String()
		if s.OwnIsGuess() {
			text += ", a guess"
		}
		text += ")"
	}
	return text
}

func recordText(s rollout.State) string {
	r := recordStatus(s)
	if r == nil {
		return ""
	}
	text := fmt.Sprintf("%s, %s for %s", r.Op, r.State, age(r.At.Time, s.At))
	if to := s.Set.Record.Target(); to != "" {
		text += ", " + to
	}
	if r.From != "" { // a set whose first revision is not made yet comes from none
		text += ", from " + r.From
	}
	if by, ok := s.Reverted(); ok {
		text += fmt.Sprintf("; %s reverted", r.Op)
		if by.Manager != "" {
			text += fmt.Sprintf(" by %s at %s", by.Manager, by.At.UTC().Format(time.RFC3339))
		}
	}
	return text
}

// leftText says what a canary that was taken back has left.
func leftText(s rollout.State) string {
	own, left := s.Leftover()
	if !left {
		return ""
	}
	return fmt.Sprintf("partition %s of the %s that was taken back: it holds back the next rollout; abort puts the set's own back (%s)", s.Set.Partition, s.Set.Record.Op, own)
}

// blocked tells of each ordinal that something holds: the cause in full, the
// last that it wrote, and what to type.
func blocked(style Style, s rollout.State, pods []rollout.Pod) []string {
	var lines []string
	for _, i := range told(pods) {
		pod, lasting := pods[i], ""
		if !pod.Since.IsZero() {
			lasting = " for " + age(pod.Since, s.At)
		}
		lines = append(append(lines, ""), explain(style, s.Set, blockerOf(pod), lasting)...)
	}
	return lines
}

// told are the ordinals with a cause of their own, by their place in pods; not
// those that only wait for a lower one, and not the many more of a large set,
// whose line in the table must do.
func told(pods []rollout.Pod) []int {
	var places []int
	for i, pod := range pods {
		if pod.Cause.ID != "" && pod.Cause.ID != rollout.LowerOrdinal && len(places) < mostTold {
			places = append(places, i)
		}
	}
	return places
}

const mostTold = 10
