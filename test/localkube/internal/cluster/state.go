// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// A Life says what a cluster's processes live as long as.
type Life string

// The two lives.
const (
	UntilDown  Life = "until-down"  // they go on until `down` ends them
	UntilOwner Life = "until-owner" // they end with the process that has the owner lock
)

// State is what a cluster's directory remembers of it.
type State struct {
	Nodes int   `json:"nodes"`
	Life  Life  `json:"life"`
	Ports Ports `json:"ports"`
}

// ErrNone is returned for a directory that holds no cluster.
var ErrNone = errors.New("no cluster")

func (d Dir) load() (State, error) {
	text, err := os.ReadFile(d.state())
	if errors.Is(err, os.ErrNotExist) {
		return State{}, fmt.Errorf("%w in %s: start one with `localkube up`", ErrNone, d)
	}
	if err != nil {
		return State{}, fmt.Errorf("cluster state: %w", err)
	}
	var state State
	if err := json.Unmarshal(text, &state); err != nil {
		return State{}, fmt.Errorf("cluster state %s is damaged, remove the directory: %w", d.state(), err)
	}
	return state, nil
}

// save writes a new file and renames it, so that nobody reads half of it.
func (d Dir) save(state State) error {
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("cluster state: %w", err)
	}
	fresh := d.state() + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("cluster state: %w", err)
	}
	return os.Rename(fresh, d.state())
}
