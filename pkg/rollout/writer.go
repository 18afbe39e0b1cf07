// SPDX-License-Identifier: Apache-2.0

package rollout

import "time"

// Writer is the manager that wrote a field of Spec last, as managedFields has it.
type Writer struct {
	Field   string // template, partition, replicas, strategy, start
	Manager string
	Applies bool // server-side apply: it will write the field again
	At      time.Time
}

// Hand is somebody else who runs this set, or a field of it.
type Hand struct {
	Kind    HandKind
	Name    string // such as "HorizontalPodAutoscaler/web", "Argo CD application \"shop\""
	Meaning string // what follows for the person at the terminal
}

// HandKind says what a hand holds.
type HandKind string

// The kinds of hands.
const (
	OwnerHand     HandKind = "owner"     // a controller ownerReference: an operator
	PartitionHand HandKind = "partition" // applies the partition
	ReplicasHand  HandKind = "replicas"  // scales the set, with room to move
	TemplateHand  HandKind = "template"  // puts its own template back
	NoteHand      HandKind = "note"      // no conflict, worth a line
)
