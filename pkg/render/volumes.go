// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// VolumeStanding is what `pv status` has to show.
type VolumeStanding struct {
	Set       volume.Set
	Standings []volume.Standing
	Findings  []rollout.Finding
}

// VolumeStatus writes a row a claim, and what is wrong.
func VolumeStatus(w io.Writer, style Style, s VolumeStanding, columns Columns) error {
	lines := []string{Escape(s.Set.String()) + " has no claims of its own"}
	if len(s.Standings) > 0 {
		var err error
		if lines, err = draw(style, style.width(), standingColumns(columns), s.Standings); err != nil {
			return err
		}
	}
	if told := findingsLines(style, s.Findings); len(told) > 0 {
		lines = append(append(lines, ""), told...)
	}
	return writeLines(w, lines)
}

func standingColumns(columns Columns) []column[volume.Standing] {
	all := []column[volume.Standing]{
		{title: "CLAIM", cell: func(s volume.Standing) cell { return cell{text: s.Claim.Name} }},
		{title: "STATE", cell: func(s volume.Standing) cell { return cell{string(s.State()), toneOfStanding(s)} }},
		{title: "VOLUME", cell: func(s volume.Standing) cell { return cell{text: orNone(volumeText(s))} }},
		{title: "CAPACITY", cell: ofVolume(volume.Capacity)},
		{title: "MODES", cell: ofVolume(func(v corev1.PersistentVolume) string { return volume.ModesOf(v.Spec.AccessModes).String() })},
		{title: "RECLAIM", cell: ofVolume(func(v corev1.PersistentVolume) string { return string(v.Spec.PersistentVolumeReclaimPolicy) })},
		{title: "CLASS", cell: func(s volume.Standing) cell { return cell{text: orNone(s.Class.Name)} }},
		{title: "NODE", cell: ofVolume(volume.Where)},
	}
	if columns.has(Wide) {
		all = append(all, column[volume.Standing]{title: "SOURCE", cell: ofVolume(volume.SourceText)})
	}
	return append(all, column[volume.Standing]{title: "NOTE", least: leastNote, cell: func(s volume.Standing) cell {
		return cell{text: standingNote(s)}
	}})
}

// ofVolume is about the volume that a claim has, is sure to get, or had.
func ofVolume(text func(corev1.PersistentVolume) string) func(volume.Standing) cell {
	return func(s volume.Standing) cell {
		v := s.Volume
		for _, candidate := range s.Candidates {
			if v == nil && s.Word == volume.Certain && candidate.Volume.Name == s.Choice.Volumes[0] {
				v = candidate.Volume
			}
		}
		if leftover := s.Leftover(); len(leftover) == 1 {
			v = leftover[0]
		}
		if v == nil {
			return cell{}
		}
		return cell{text: text(*v)}
	}
}

func volumeText(s volume.Standing) string {
	if s.Claim.Bound() {
		return s.Claim.Spec.VolumeName
	}
	const mostShown = 3
	names := s.Choice.Volumes
	for _, v := range s.Leftover() {
		names = append(names, v.Name)
	}
	if len(names) > mostShown {
		return strings.Join(names[:mostShown], "|") + fmt.Sprintf("|+%d", len(names)-mostShown)
	}
	return strings.Join(names, "|")
}

func standingNote(s volume.Standing) string {
	var notes []string
	switch {
	case !s.InRange && s.Claim.Live != nil:
		notes = append(notes, "kept, beyond the set's ordinals")
	case !s.InRange:
		notes = append(notes, "beyond the set's ordinals")
	case s.Claim.Live == nil:
		notes = append(notes, "no claim yet")
	}
	if s.Volume != nil && s.Volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		notes = append(notes, "its data go with the claim")
	}
	if s.Volume != nil && s.Volume.DeletionTimestamp != nil {
		notes = append(notes, "the volume is being deleted")
	}
	return strings.Join(notes, ", ")
}

func toneOfStanding(s volume.Standing) tone {
	switch s.Word {
	case volume.Bound, volume.Certain:
		return good
	case volume.Lost, volume.Unserved:
		return bad
	default:
		return moving
	}
}

// VolumePlan writes what a dry run would do, a row a volume.
func VolumePlan(w io.Writer, style Style, p volume.Plan, dryRun string) error {
	if len(p.Steps) == 0 {
		return writeLines(w, []string{Escape(p.Set.String()) + ": nothing to do" + dryRunSuffix(dryRun)})
	}
	lines, err := draw(style, style.width(), stepColumns(), p.Steps)
	if err != nil {
		return err
	}
	return writeLines(w, append(lines, fmt.Sprintf("%d of %d to be written%s", p.Writes(), len(p.Steps), dryRunSuffix(dryRun))))
}

func stepColumns() []column[volume.Step] {
	of := func(text func(corev1.PersistentVolume) string) func(volume.Step) cell {
		return func(s volume.Step) cell {
			if s.Action == volume.Skip && s.Before == nil {
				return cell{}
			}
			return cell{text: text(s.After)}
		}
	}
	return []column[volume.Step]{
		{title: "VOLUME", cell: of(func(v corev1.PersistentVolume) string { return v.Name })},
		{title: "CLAIM", cell: func(s volume.Step) cell { return cell{text: s.Claim.Name} }},
		{title: "ACTION", cell: func(s volume.Step) cell { return cell{text: infinitive(s.Action)} }},
		{title: "CAPACITY", cell: of(volume.Capacity)},
		{title: "MODES", cell: of(func(v corev1.PersistentVolume) string { return volume.ModesOf(v.Spec.AccessModes).String() })},
		{title: "RECLAIM", cell: of(reclaimText)},
		{title: "CLASS", cell: of(func(v corev1.PersistentVolume) string { return orNone(v.Spec.StorageClassName) })},
		{title: "NODE", cell: of(volume.Where)},
		{title: "SOURCE", least: leastNote, cell: of(volume.SourceText)},
		{title: "NOTE", least: leastNote, cell: func(s volume.Step) cell { return cell{text: stepNote(s)} }},
	}
}

func reclaimText(v corev1.PersistentVolume) string {
	return string(v.Spec.PersistentVolumeReclaimPolicy)
}

func stepNote(s volume.Step) string {
	if s.RetainsFirst() {
		return "its reclaim policy becomes Retain first"
	}
	return s.Why
}

// infinitive of what a step does.
func infinitive(a volume.Action) string {
	switch a {
	case volume.Create:
		return "create"
	case volume.Reserve:
		return "reserve"
	case volume.Release:
		return "release"
	case volume.Rebind:
		return "rebind"
	default:
		return "none"
	}
}
