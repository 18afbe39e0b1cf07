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
	// Low and High are between what an autoscaler moves the replicas, and Off says that
	// it does not, since a person has set them to 0.
	Low, High int32
	Off       bool
}

// HandKind says what a hand holds.
type HandKind string

// The kinds of hands.
const (
	OwnerHand     HandKind = "owner"     // a controller ownerReference: an operator
	PartitionHand HandKind = "partition" // applies the partition
	ReplicasHand  HandKind = "replicas"  // scales the set, with room to move
	TemplateHand  HandKind = "template"  // puts its own template back
	ReplaceHand   HandKind = "replace"   // replaces the whole set, the partition with it
	NoteHand      HandKind = "note"      // no conflict, worth a line
	ZeroHand      HandKind = "zero"      // applies the partition 0: a note to a rollout, see [State.Hands]
)
