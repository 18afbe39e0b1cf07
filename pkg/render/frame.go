// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"slices"
	"time"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// view is all that a frame of the progress shows.
type view struct {
	header Header
	state  rollout.State
	waits  []rollout.Blocker
	begun  time.Time // when the run began
	pace   pace
}

// around a frame's rows: the heading, the titles, what is awaited, and the line
// that the cursor is on.
const around = 4

// frame is what the terminal shows: every line fits, and all of them together.
func (v view) frame(style Style, width, height int) []string {
	parts := append(heading(v.header, v.state), clockTexts(v.state.At.Sub(v.begun), v.pace.leftover(v.state))...)
	lines := []string{sentenceOf(style, width, parts)}
	shown, rest := choose(everyPod(v.state), max(height-around, 1))
	if len(shown) > 0 {
		table, err := draw(style, width, progressColumns(v.state), v.rows(shown))
		if err != nil {
			table = []string{Escape(err.Error())}
		}
		lines = append(lines, table...)
	}
	for _, text := range rest {
		lines = append(lines, sentenceOf(style, width, []cell{{text, quiet}}))
	}
	if len(v.waits) > 0 {
		lines = append(lines, sentenceOf(style, width, []cell{{text: waitText(v.waits)}}))
	}
	for i := range lines { // of a terminal too narrow for any table
		if widthOf(lines[i]) > width {
			lines[i] = twwidth.Truncate(lines[i], width)
		}
	}
	return clip(lines, height-1)
}

// clip keeps what says most on a terminal too low for any table: the heading, and
// the end, which has what is awaited. A frame that is higher than the terminal
// cannot be painted over.
func clip(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	most = max(most, 1)
	return append(lines[:1:1], lines[len(lines)-most+1:]...)
}

func progressColumns(s rollout.State) []column[podRow] {
	widest := 0
	for _, r := range s.Revisions {
		widest = max(widest, len(shortRevision(s.Set, r.Name)))
	}
	return []column[podRow]{
		cutTo(podColumn(), 6),
		atLeast(giving(revisionColumn(shortRevision), 3), widest),
		atLeast(phaseColumn(), len(rollout.Terminating)),
		giving(restartsColumn(), 2),
		atLeast(giving(ageColumn(), 4), 5),
		atLeast(giving(nodeColumn(), 1), len(none)),
		cutTo(noteColumn(), 16),
	}
}

func (v view) rows(pods []rollout.Pod) []podRow {
	awaited := make(map[string]*rollout.Blocker, len(v.waits))
	for i, b := range v.waits {
		awaited[b.PodName] = &v.waits[i]
	}
	rows := podRows(&v.state, pods)
	for i, row := range rows {
		if b := awaited[row.pod.Name]; b != nil && b.Phase == row.pod.Phase {
			rows[i].awaited = b
		}
	}
	return rows
}

// urgencies, the most urgent first.
const (
	urgentFailing = iota
	urgentHeld
	urgentMoving
	urgentQueued
	urgentNot
	urgencies
)

func urgency(pod rollout.Pod) int {
	switch {
	case pod.Phase == rollout.Failing:
		return urgentFailing
	case pod.Cause.ID == rollout.LowerOrdinal:
		return urgentQueued
	case pod.Cause.ID != "":
		return urgentHeld
	case pod.Phase != rollout.Available:
		return urgentMoving
	default:
		return urgentNot
	}
}

// choose takes the ordinals that have room: all of them, or those that move or
// are blocked; the rest is summed up in lines that take room too.
func choose(pods []rollout.Pod, room int) (shown []rollout.Pod, rest []string) {
	if len(pods) <= room {
		return pods, nil
	}
	room = max(room-mostSums, 1)
	var ranked [urgencies][]int
	for i, pod := range pods {
		rank := urgency(pod)
		ranked[rank] = append(ranked[rank], i)
	}
	chosen := make([]bool, len(pods))
	for _, indices := range ranked[:urgentNot] {
		for _, i := range indices[:min(len(indices), room)] {
			chosen[i] = true
			room--
		}
	}
	var others []rollout.Pod
	for i, pod := range pods {
		if chosen[i] {
			shown = append(shown, pod)
		} else {
			others = append(others, pod)
		}
	}
	return shown, sums(others)
}

// mostSums lines sum up the ordinals that are not shown.
const mostSums = 3

// sums is such as "4,950 more Available on web-5c8d", the largest first.
func sums(pods []rollout.Pod) []string {
	type kind struct {
		phase    rollout.Phase
		revision string
	}
	numbers := map[kind]int{}
	var kinds []kind
	for _, pod := range pods {
		k := kind{pod.Phase, pod.Revision}
		if numbers[k] == 0 {
			kinds = append(kinds, k)
		}
		numbers[k]++
	}
	slices.SortStableFunc(kinds, func(a, b kind) int { return numbers[b] - numbers[a] })
	var texts []string
	for i, k := range kinds {
		if i == mostSums-1 && len(kinds) > mostSums {
			left := 0
			for _, other := range kinds[i:] {
				left += numbers[other]
			}
			return append(texts, fmt.Sprintf("and %s more", grouped(left)))
		}
		text := fmt.Sprintf("and %s more %s", grouped(numbers[k]), k.phase)
		if k.revision != "" {
			text += " on " + k.revision
		}
		texts = append(texts, text)
	}
	return texts
}
