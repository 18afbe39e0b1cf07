// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Change is exactly one request: one of Set, Pod, Claim, End and Nudge.
type Change struct {
	Set   *SetPatch
	Pod   *Removal
	Claim *ClaimChange
	End   *SetRemoval
	Nudge *Nudge
	Why   string // why it is made, told to people
}

// SetPatch changes the set. Fields that are nil stay as they are. The record
// goes with every spec write, in the same request, so that the two never come
// apart; a patch of the record alone makes no generation.
type SetPatch struct {
	Template  *Template
	Partition *Partition
	Replicas  *int32
	Retention *Retention
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

// ClaimChange sets a claim free of owners, or deletes it, if it is still as it
// was seen.
type ClaimChange struct {
	ClaimName string
	UID       types.UID
	Version   string
	Frees     []types.UID // owners to take off it; nil to delete it
}

// SetRemoval deletes the set, if it is still as it was seen.
type SetRemoval struct {
	UID     types.UID
	Version string
}

// storedIn says that a sighting shows the change. A record tells whose it is.
func (c Change) storedIn(s State) bool {
	switch {
	case c.Set != nil:
		return s.Set.Record != nil && s.Set.Record.String() == c.Set.Record.String()
	case c.Claim != nil:
		return !s.hasClaim(c.Claim.UID, c.Claim.Version)
	case c.End != nil:
		return s.gone(c.End.UID)
	}
	stands := func(pod Pod) bool { return pod.UID == c.Pod.UID && pod.Phase != Terminating }
	return !slices.ContainsFunc(s.Pods, stands) && !slices.ContainsFunc(s.Surplus, stands)
}

// hasClaim says that a claim stands as it was at a version.
func (s State) hasClaim(uid types.UID, version string) bool {
	return slices.ContainsFunc(s.Claims, func(c ClaimSight) bool { return c.UID == uid && c.Version == version })
}

// gone says that the set of that uid is deleted, or on its way out.
func (s State) gone(uid types.UID) bool { return s.Set.UID != uid || s.Set.Deleting }

// writesSpec says that the patch makes a new generation.
func (p SetPatch) writesSpec() bool {
	return p.Template != nil || p.Partition != nil || p.Replicas != nil || p.Retention != nil
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
	case c.Nudge != nil:
		return "nudge"
	case c.Pod != nil:
		return fmt.Sprintf("delete pod %q", c.Pod.PodName)
	case c.Set != nil:
		return c.Set.String()
	case c.Claim != nil:
		return c.Claim.String()
	case c.End != nil:
		return "delete the set"
	default:
		return "nothing"
	}
}

// String is such as `delete claim "data-web-2"`.
func (c ClaimChange) String() string {
	if c.Frees == nil {
		return fmt.Sprintf("delete claim %q", c.ClaimName)
	}
	return fmt.Sprintf("claim %q: no owner", c.ClaimName)
}

// String is the policy as whenDeleted/whenScaled.
func (r Retention) String() string { return r.WhenDeleted + "/" + r.WhenScaled }

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
	if p.Retention != nil {
		parts = append(parts, "retention "+p.Retention.String())
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
