// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// heading is such as "promote web  rolling  2/5 on web-7d9f  partition 3".
func heading(h Header, s rollout.State) []cell {
	word := s.Word()
	parts := []cell{
		{strings.TrimSpace(h.Command + " " + h.SetName), strong},
		{string(word), toneOfWord(word)},
		{text: progress(s)},
	}
	if p := s.Set.Partition; p.Index > 0 {
		parts = append(parts, cell{text: "partition " + p.String()})
	}
	if g, ok := h.Goal.(rollout.Scale); ok && g.To != s.Set.Replicas {
		parts = append(parts, cell{text: fmt.Sprintf("to %d", g.To)})
	}
	return parts
}

// progress is such as "2/5 on web-7d9f".
func progress(s rollout.State) string {
	on := s.Live()
	if on == "" {
		on = "a revision that the controller has not made yet"
	}
	return fmt.Sprintf("%d/%d on %s", s.Updated(), s.Set.Replicas, on)
}

// clockTexts are how long a run has taken, and how long it may still take.
func clockTexts(elapsed, left time.Duration) []cell {
	parts := []cell{{"elapsed " + duration.HumanDuration(elapsed), quiet}}
	if left > 0 {
		parts = append(parts, cell{"about " + duration.HumanDuration(left) + " left", quiet})
	}
	return parts
}

// sentenceOf joins parts in one line, in at most width cells; 0 is no limit. A part that
// has no room is left out with those after it; the first alone is cut.
func sentenceOf(style Style, width int, parts []cell) string {
	const apart = "  "
	var b strings.Builder
	used := 0
	for i, part := range parts {
		text := Escape(part.text)
		if i > 0 {
			used += len(apart)
		}
		if room := width - used; width > 0 && widthOf(text) > room {
			if i > 0 {
				break
			}
			text = shorten(text, room)
		}
		if i > 0 {
			b.WriteString(apart)
		}
		b.WriteString(style.paint(part.tone, text))
		used += widthOf(text)
	}
	return b.String()
}
