// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// StatusMany writes a row a set.
func StatusMany(w io.Writer, style Style, sets []rollout.State, columns Columns) error {
	rows := make([]setRow, len(sets))
	for i, s := range sets {
		rows[i] = setRow{state: s, word: s.Word(), counts: tally(s)}
	}
	lines, err := draw(style, style.width(), setColumns(columns), rows)
	if err != nil {
		return err
	}
	return writeLines(w, lines)
}

// setRow is a set as a table sees it.
type setRow struct {
	state  rollout.State
	word   rollout.Word
	counts counts
}

func (r setRow) of(n int32) cell { return cell{text: fmt.Sprintf("%d/%d", n, r.state.Set.Replicas)} }

func setColumns(columns Columns) []column[setRow] {
	all := []column[setRow]{
		{title: "NAME", cell: func(r setRow) cell { return cell{text: r.state.Set.Name} }},
		{title: "STATE", cell: func(r setRow) cell { return cell{string(r.word), toneOfWord(r.word)} }},
		{title: "UPDATED", cell: func(r setRow) cell { return r.of(r.state.Updated()) }},
		{title: "READY", cell: func(r setRow) cell { return r.of(r.counts.ready) }},
		{title: "AVAILABLE", cell: func(r setRow) cell { return r.of(r.counts.available) }},
		{title: "PARTITION", cell: func(r setRow) cell { return cell{text: partitionOf(r.state.Set)} }},
		{title: "REVISION", cell: func(r setRow) cell { return cell{text: orNone(r.state.Live())} }},
	}
	if columns.has(Namespaced) {
		namespace := column[setRow]{title: "NAMESPACE", cell: func(r setRow) cell { return cell{text: r.state.Set.Namespace} }}
		all = append([]column[setRow]{namespace}, all...)
	}
	if columns.has(Wide) {
		all = append(all,
			column[setRow]{title: "STABLE", cell: func(r setRow) cell { return cell{text: orNone(stableName(r.state))} }},
			column[setRow]{title: "STRATEGY", cell: func(r setRow) cell { return cell{text: r.state.Set.Strategy} }},
			column[setRow]{title: "POLICY", cell: func(r setRow) cell { return cell{text: policyOf(r.state.Set)} }})
	}
	all = append(all, column[setRow]{title: "AGE", cell: func(r setRow) cell { return cell{text: age(r.state.Set.Created, r.state.At)} }})
	return append(all, column[setRow]{title: "NOTE", least: leastNote, cell: worst})
}

func partitionOf(set rollout.Set) string {
	if set.Strategy != rollout.RollingUpdate {
		return none
	}
	return set.Partition.String()
}

// worst is the cause of the ordinal that is worst off: the first that has
// failed, else the first that anything but a lower ordinal holds.
func worst(r setRow) cell {
	var held *rollout.Pod
	for i, pod := range r.state.Pods {
		switch {
		case pod.Phase == rollout.Failing:
			return cell{pod.Name + " " + causeText(pod.Cause), bad}
		case held == nil && pod.Cause.ID != "" && pod.Cause.ID != rollout.LowerOrdinal:
			held = &r.state.Pods[i]
		}
	}
	switch {
	case held != nil:
		return cell{text: held.Name + " " + causeText(held.Cause)}
	case r.state.Blind != "":
		return cell{text: r.state.Blind}
	default:
		return cell{}
	}
}
