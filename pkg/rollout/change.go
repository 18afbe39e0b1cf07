// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Change is exactly one request: one of Set and Pod.
type Change struct {
	Set *SetPatch
	Pod *Removal
	Why string // why it is made, told to people
}

// SetPatch changes the set. Fields that are nil stay as they are. The record
// goes with every spec write, in the same request, so that the two never come
// apart; a patch of the record alone makes no generation.
type SetPatch struct {
	Template  *Template
	Partition *Partition
	Replicas  *int32
	Record    Record
}

// Template is a pod template to be written as it is.
type Template struct {
	Raw    []byte // JSON, never through a typed struct: an older client would drop fields it does not know
	Digest string // of what the server makes of Raw: its dry run's answer
}

// Removal deletes one pod, if it is still the one that was seen.
type Removal struct {
	PodName string
	UID     types.UID
	Version string
	// LosesClaims: the user has agreed that claims which belong to the pod are
	// destroyed with it.
	LosesClaims bool
}

// storedIn says that a sighting shows the change. A record tells whose it is.
func (c Change) storedIn(s State) bool {
	if c.Set != nil {
		return s.Set.Record != nil && s.Set.Record.String() == c.Set.Record.String()
	}
	stands := func(pod Pod) bool { return pod.UID == c.Pod.UID && pod.Phase != Terminating }
	return !slices.ContainsFunc(s.Pods, stands) && !slices.ContainsFunc(s.Surplus, stands)
}

// writesSpec says that the patch makes a new generation.
func (p SetPatch) writesSpec() bool {
	return p.Template != nil || p.Partition != nil || p.Replicas != nil
}

// Spec is what the patch leaves of a spec.
func (p SetPatch) Spec(before Spec) Spec {
	after := before
	if p.Template != nil {
		after.Template = p.Template.Digest
	}
	if p.Partition != nil {
		after.Partition = *p.Partition
	}
	if p.Replicas != nil {
		after.Replicas = *p.Replicas
	}
	return after
}

// String is the change in a few words, such as "partition 5 -> 4".
func (c Change) String() string {
	switch {
	case c.Pod != nil:
		return fmt.Sprintf("delete pod %q", c.Pod.PodName)
	case c.Set != nil:
		return c.Set.String()
	default:
		return "nothing"
	}
}

// String names the fields that the patch writes and what they become.
func (p SetPatch) String() string {
	var parts []string
	if p.Template != nil {
		parts = append(parts, "template "+short(p.Template.Digest))
	}
	if p.Partition != nil {
		parts = append(parts, "partition "+p.Partition.String())
	}
	if p.Replicas != nil {
		parts = append(parts, fmt.Sprintf("replicas %d", *p.Replicas))
	}
	if len(parts) == 0 {
		parts = append(parts, "record "+string(p.Record.State))
	}
	return strings.Join(parts, ", ")
}

// String is the index, or "none" where there is no rollingUpdate block.
func (p Partition) String() string {
	if p.Nil {
		return "none"
	}
	return fmt.Sprint(p.Index)
}

// short is enough of a digest to tell two apart.
func short(digest string) string { return digest[:min(len(digest), 8)] }
