// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Reasons of refusals.
const (
	NoClaims        rollout.Reason = "NoClaimTemplates"
	NoSuchVolume    rollout.Reason = "NoSuchVolume"
	NoSuchNode      rollout.Reason = "NoSuchNode"
	Unfit           rollout.Reason = "VolumeUnfit"
	TakenByOther    rollout.Reason = "VolumeTaken"
	NameTaken       rollout.Reason = "VolumeNameTaken"
	BadName         rollout.Reason = "BadVolumeName"
	BadTemplate     rollout.Reason = "BadVolumeTemplate"
	SharedData      rollout.Reason = "VolumesShareData"
	OtherWouldWin   rollout.Reason = "OtherVolumeWouldBind"
	BoundElsewhere  rollout.Reason = "ClaimBoundElsewhere"
	InUse           rollout.Reason = "VolumeInUse"
	ReclaimDeletes  rollout.Reason = "WouldDeleteVolume"
	BindingWentAway rollout.Reason = "BoundToAnotherVolume"
	NotBound        rollout.Reason = "NotBound"
)

// Action is what a step does with its volume, in the past tense of its result.
type Action string

// The actions.
const (
	Create  Action = "created"
	Reserve Action = "reserved"
	Release Action = "released"
	Rebind  Action = "rebound"
	Keep    Action = "unchanged"
	Skip    Action = "skipped" // nothing is done, and Why says why
)

// Step is one volume of a plan and the claim that it is for.
type Step struct {
	Action Action
	Claim  Claim
	Before *corev1.PersistentVolume // nil where it is made
	After  corev1.PersistentVolume
	Why    string
}

// Writes says whether the step changes anything.
func (s Step) Writes() bool { return s.Action != Keep && s.Action != Skip }

// RetainsFirst says that the volume's reclaim policy must become Retain before
// anything else happens to it.
func (s Step) RetainsFirst() bool {
	return s.Before != nil && s.Writes() && s.Action != Reserve &&
		s.Before.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimRetain
}

// Plan is what is to be done with a set's volumes, in order.
type Plan struct {
	Set      Set
	Steps    []Step
	Told     []string // worth a line
	Warnings []string // will matter later
}

// Writes counts the steps that change something.
func (p Plan) Writes() int {
	n := 0
	for _, s := range p.Steps {
		if s.Writes() {
			n++
		}
	}
	return n
}

// Bindings are the claims that exist, and the volume that each must get.
func (p Plan) Bindings() []Binding {
	var bindings []Binding
	for _, s := range p.Steps {
		if s.Action != Skip {
			bindings = append(bindings, Binding{ClaimName: s.Claim.Name, VolumeName: s.After.Name, Exists: s.Claim.Live != nil})
		}
	}
	return bindings
}

func (p *Plan) tell(format string, args ...any) {
	p.Told = append(p.Told, fmt.Sprintf(format, args...))
}

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

func refuse(reason rollout.Reason, hint, format string, args ...any) error {
	return &rollout.Refusal{Reason: reason, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// faults gathers all that is wrong, so that it can be mended at once, and what is to be
// done about it.
type faults struct {
	reason rollout.Reason
	hint   string
	texts  []string
	ways   []string
}

// add takes a fault, and the way on where its text has none.
func (f *faults) add(reason rollout.Reason, way, format string, args ...any) {
	if f.reason == "" {
		f.reason = reason
	}
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
	if way != "" && !slices.Contains(f.ways, way) {
		f.ways = append(f.ways, way)
	}
}

func (f *faults) refusal() error {
	if len(f.texts) == 0 {
		return nil
	}
	return &rollout.Refusal{Reason: f.reason, Hint: f.hint, Message: strings.Join(slices.Concat(f.texts, f.ways), "; ")}
}

// claims of the asked ordinals; a set without claim templates has none.
func (s Set) claimsOrRefuse(stock Stock, ordinals []int32) ([]Claim, error) {
	if len(s.Templates) == 0 {
		return nil, refuse(NoClaims, "", "%s has no volumeClaimTemplates, so its ordinals have no claims; name a set that has them", s)
	}
	return s.ClaimsOf(stock, ordinals), nil
}

func join(whys []Reason) string {
	texts := make([]string, len(whys))
	for i, why := range whys {
		texts[i] = why.Message
	}
	return strings.Join(texts, ", ")
}
