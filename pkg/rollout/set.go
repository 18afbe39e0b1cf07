// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Strategy types of spec.updateStrategy.type that this package knows.
const (
	RollingUpdate = "RollingUpdate"
	OnDelete      = "OnDelete"
)

// Partition is spec.updateStrategy.rollingUpdate.partition: an index that
// counts from spec.ordinals.start, not an ordinal
// (pkg/controller/statefulset/stateful_set_control.go: updateStatefulSet
// compares it with the position in the slice of replicas).
type Partition struct {
	Index int32
	// Nil says that the rollingUpdate block is not there at all, which the
	// controller treats much like 0, but which is put back as it was found.
	Nil bool
}

// Spec holds the five things of a set that a rollout stands on. A change in
// one of them by anybody else ends a run; other fields do not count.
type Spec struct {
	Template  string // digest of the live template, see Digest
	Partition Partition
	Replicas  int32
	Strategy  string
	Start     int32 // spec.ordinals.start: the lowest ordinal
}

// Retain as a policy of claims: they stay.
const Retain = "Retain"

// Retention is spec.persistentVolumeClaimRetentionPolicy; empty where there is none.
type Retention struct{ WhenDeleted, WhenScaled string }

// minReady is spec.minReadySeconds.
func (s Set) minReady() time.Duration { return time.Duration(s.MinReadySeconds) * time.Second }

// normal has what the server makes of a policy that is not there.
func (r Retention) normal() Retention {
	return Retention{WhenDeleted: cmp.Or(r.WhenDeleted, Retain), WhenScaled: cmp.Or(r.WhenScaled, Retain)}
}

// Set is what one sighting says of the StatefulSet itself.
type Set struct {
	Spec

	Namespace string
	Name      string
	// Via is what a command line takes to get to its cluster, such as
	// " --context=prod"; "" where the defaults lead there.
	Via     string
	UID     types.UID
	Version string // resourceVersion
	Created time.Time

	Generation int64
	Observed   int64 // status.observedGeneration
	Deleting   bool
	Finalizers []string
	Annotated  bool // metadata.annotations is there, so that a JSON patch can add to it

	OrderedReady    bool
	MinReadySeconds int32
	Soak            time.Duration // how long a pod of the live template must stand before that means something
	Current         string        // status.currentRevision, a name; stale while Observed < Generation
	Update          string        // status.updateRevision, likewise
	// SharesBlock says that the rollingUpdate block has more than a partition, which
	// is somebody's: a block of ours is taken away without it only.
	SharesBlock     bool
	CurrentReplicas int32 // status.currentReplicas: pods on Current, terminating ones left out
	UpdatedReplicas int32 // status.updatedReplicas: pods on Update, likewise
	// AvailableReplicas is status.availableReplicas; terminating pods that are
	// still Ready count.
	AvailableReplicas int32
	StatusAt          time.Time // when the status was last written; zero where nothing tells
	Live              []byte    // the live spec.template, raw JSON
	Whole             []byte    // the live spec, raw JSON

	ServiceName    string
	ClaimTemplates []string // names of spec.volumeClaimTemplates
	NamedClaims    []string // that the volumes of the template name, sorted; none of a claim template's
	// ClaimModes are the access modes that each of these asks for.
	ClaimModes map[string][]corev1.PersistentVolumeAccessMode
	// ClaimLabels tell the claims that the controller made for this set, see claimLabels;
	// empty where nothing does, nil where there is no selector.
	ClaimLabels map[string]string
	// DeletesClaims: persistentVolumeClaimRetentionPolicy.whenScaled is
	// Delete, so a scale-down destroys the claims of the ordinals that go.
	DeletesClaims bool
	Retention     Retention
	Counted       int32 // status.replicas: the controller's own count of its pods

	Nudged  time.Time // when a run called the controller back last, by the annotation
	Record  *Record   // the annotation, where it can be read; see State.record for whether it counts
	Formers []Former  // our entries of managedFields under the former name
	Writers []Writer  // who wrote the fields of Spec last, from managedFields
	Hands   []Hand    // other owners of this set, apart from the appliers
	// Appliers apply a manifest of the set of their own.
	Appliers []Applier
	// Managed is managedFields as it is on the server.
	Managed []metav1.ManagedFieldsEntry
}

// Ordinal of an index.
func (s Set) Ordinal(index int32) int32 { return s.Start + index }

// InRange says that an ordinal is one that the set has.
func (s Set) InRange(ordinal int32) bool {
	index := int64(ordinal) - int64(s.Start)
	return index >= 0 && index < int64(s.Replicas)
}

// PodName of an index.
func (s Set) PodName(index int32) string {
	return fmt.Sprintf("%s-%d", s.Name, s.Ordinal(index))
}

// ordinalOf is the ordinal that a pod's name stands for; false where it is no name
// that the controller gives.
func (s Set) ordinalOf(podName string) (int32, bool) {
	digits, ok := strings.CutPrefix(podName, s.Name+"-")
	if !ok {
		return 0, false
	}
	return parseOrdinal(digits)
}

// observed says whether the controller has seen the newest spec. Until then
// Current and Update speak of an older one.
func (s Set) observed() bool { return s.Observed >= s.Generation }

// Boundary is the lowest index that the partition lets go: never above
// Replicas, however large the partition.
func (s Set) Boundary() int32 { return min(s.Partition.Index, s.Replicas) }

// String is the name as kubectl writes it.
func (s Set) String() string { return "statefulset.apps/" + s.Name }
