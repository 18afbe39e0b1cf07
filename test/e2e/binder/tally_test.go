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

func (t tally) add(p *play, o outcome) {
	switch {
	case o.volumeName == "":
		t["not bound"]++
	case len(p.choice.Volumes) > 1:
		t["one of several"]++
	case p.choice.Reserved:
		t["reserved"]++
	default:
		t["the only one"]++
	}
	if p.choice.ByScheduler {
		t["left to the scheduler"]++
	}
	for _, v := range p.stock.Volumes {
		verdict := p.stock.Judge(p.wanted(), v)
		for _, why := range verdict.Why {
			t[string(why.ID)]++
		}
		if verdict.Serves() && verdict.Reserved && o.volumeName != "" && o.volumeName != v.Name {
			t["reservation bypassed"]++
		}
	}
}

// cover fails a run that did not come upon everything there is.
func (t tally) cover(test *testing.T) {
	test.Helper()
	for _, what := range []string{
		"not bound", "one of several", "reserved", "the only one", "left to the scheduler", "reservation bypassed",
		string(volume.TooSmall), string(volume.WrongModes), string(volume.WrongVolumeMode), string(volume.WrongAttributes),
		string(volume.WrongClass), string(volume.WrongLabels), string(volume.BeingDeleted),
		string(volume.Taken), string(volume.Released), string(volume.NotAsked),
	} {
		if t[what] == 0 {
			test.Errorf("no case had: %s", what)
		}
	}
}

func (t tally) String() string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(t)) {
		parts = append(parts, fmt.Sprintf("%s %d", what, t[what]))
	}
	return strings.Join(parts, ", ")
}
