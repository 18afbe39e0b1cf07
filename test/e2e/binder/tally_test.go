// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package binder

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// tally counts what the random cases came upon.
type tally map[string]int

func (sum tally) add(p *play, o outcome) {
	switch {
	case o.volumeName == "":
		sum["not bound"]++
	case len(p.choice.Volumes) > 1:
		sum["one of several"]++
	case p.choice.Reserved:
		sum["reserved"]++
	default:
		sum["the only one"]++
	}
	if p.choice.ByScheduler {
		sum["left to the scheduler"]++
	}
	for _, v := range p.stock.Volumes {
		verdict := p.stock.Judge(p.wanted(), v)
		for _, why := range verdict.Why {
			sum[string(why.ID)]++
		}
		if verdict.Serves() && verdict.Reserved && o.volumeName != "" && o.volumeName != v.Name {
			sum["reservation bypassed"]++
		}
	}
}

// cover fails a run that did not come upon everything there is.
func (sum tally) cover(t *testing.T) {
	t.Helper()
	for _, what := range []string{
		"not bound", "one of several", "reserved", "the only one", "left to the scheduler", "reservation bypassed",
		string(volume.TooSmall), string(volume.WrongModes), string(volume.WrongVolumeMode), string(volume.WrongAttributes),
		string(volume.WrongClass), string(volume.WrongLabels), string(volume.BeingDeleted),
		string(volume.Taken), string(volume.Released), string(volume.NotAsked),
	} {
		if sum[what] == 0 {
			t.Errorf("no case had: %s", what)
		}
	}
}

func (sum tally) String() string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(sum)) {
		parts = append(parts, fmt.Sprintf("%s %d", what, sum[what]))
	}
	return strings.Join(parts, ", ")
}
