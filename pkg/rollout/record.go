// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// RecordKey is the annotation that carries the record on the set. The
// controller copies it onto every ControllerRevision that it makes afterwards
// (pkg/controller/history/controller_history.go: NewControllerRevision).
const RecordKey = "kubectl-sts/rollout"

// RecordVersion is the only version of the record that this package reads.
const RecordVersion = 1

// RecordState says whether the operation is still under way.
type RecordState string

// The states of a record. Only Open and Paused hold others to the spec.
const (
	Open     RecordState = "open"
	Promoted RecordState = "promoted"
	Aborted  RecordState = "aborted"
	Paused   RecordState = "paused"
	Done     RecordState = "done"
)

// Record is what a sighting cannot show, written by the very request that makes
// it true: where the set came from, and what it was left as.
type Record struct {
	V          int               `json:"v"`
	UID        types.UID         `json:"uid"` // of the set
	Op         string            `json:"op"`
	State      RecordState       `json:"state"`
	Run        string            `json:"run"`  // 8 hex digits, one a process
	From       string            `json:"from"` // the stable ControllerRevision's name
	FromDigest string            `json:"fromDigest"`
	ToDigest   string            `json:"toDigest"`
	Asked      string            `json:"asked,omitempty"` // the dry run's answer, where the server stored another template than that
	Gen        int64             `json:"gen"`             // the generation that the write with this record makes
	Partition  int32             `json:"partition"`
	Replicas   int32             `json:"replicas"`
	Start      int32             `json:"start,omitempty"`
	Strategy   string            `json:"strategy,omitempty"` // "" is RollingUpdate
	Own        *OwnPartition     `json:"own"`                // null: there was no rollingUpdate block
	Args       map[string]string `json:"args,omitempty"`
	At         time.Time         `json:"at"`
	Since      time.Time         `json:"since,omitzero"` // when the template or the replicas were last written
}

// OwnPartition is the partition that stood there when the set was last settled.
type OwnPartition struct {
	Partition int32 `json:"partition"`
}

// ParseRecord reads the annotation. Anything that is not a record of a known
// version is an error: the caller goes on as if there were none, and says so.
func ParseRecord(text string) (*Record, error) {
	var r Record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("annotation %q: %w", RecordKey, err)
	}
	if r.V != RecordVersion {
		return nil, fmt.Errorf("annotation %q: version %d is not known, %d is", RecordKey, r.V, RecordVersion)
	}
	if r.Partition < 0 || r.Replicas < 0 || r.Start < 0 || r.Own != nil && r.Own.Partition < 0 {
		return nil, fmt.Errorf("annotation %q: no server takes a negative partition, start or number of replicas", RecordKey)
	}
	return &r, nil
}

// String is the annotation's value, one line of JSON.
func (r Record) String() string {
	line, err := json.Marshal(r)
	if err != nil { // a struct of strings and numbers: only a year beyond 9999 gets here
		return ""
	}
	return string(line)
}

// holds says that the operation is under way, so that a foreign write matters.
func (r *Record) holds() bool { return r != nil && (r.State == Open || r.State == Paused) }

// own is the partition to put back.
func (r *Record) own() Partition {
	if r.Own == nil {
		return Partition{Nil: true}
	}
	return Partition{Index: r.Own.Partition}
}

func ownPartition(p Partition) *OwnPartition {
	if p.Nil {
		return nil
	}
	return &OwnPartition{Partition: p.Index}
}

// since is when it was written, for people.
func (r *Record) since() string { return r.At.UTC().Format("15:04:05 MST") }

// spec is what the record's write left.
func (r *Record) spec() Spec {
	strategy := r.Strategy
	if strategy == "" {
		strategy = RollingUpdate
	}
	return Spec{
		Template:  r.ToDigest,
		Partition: Partition{Index: r.Partition},
		Replicas:  r.Replicas,
		Strategy:  strategy,
		Start:     r.Start,
	}
}
