// SPDX-License-Identifier: Apache-2.0

package rollout

import "fmt"

// Reason is a stable word for how a command ended; scripts branch on it.
type Reason string

// The reasons of refusals, failures and supersessions.
const (
	BrokenPods        Reason = "BrokenPods"
	NotSettled        Reason = "NotSettled"
	CanaryUnderWay    Reason = "CanaryUnderWay"
	OtherOperation    Reason = "OtherOperationUnderWay"
	NothingToAbort    Reason = "AlreadyPromoted"
	StableGone        Reason = "StableRevisionGone"
	StableBroken      Reason = "StableRevisionBroken"
	TooMany           Reason = "CountTooLarge"
	TooFew            Reason = "CountTooSmall"
	WrongStrategy     Reason = "WrongStrategy"
	DataLoss          Reason = "WouldDeleteClaims"
	ReplicasDiffer    Reason = "ReplicasDiffer"
	OtherHands        Reason = "OtherHands"
	UnsafeRemoval     Reason = "UnsafeRemoval"
	ClaimTaken        Reason = "ClaimTaken"
	ClaimIsLost       Reason = "ClaimLost"
	ClaimGoes         Reason = "ClaimTerminating"
	NameTaken         Reason = "PodNameTaken"
	WouldMove         Reason = "WouldMoveOrdinals"
	TemplateRewritten Reason = "TemplateRewritten"
	SpecRewritten     Reason = "SpecRewritten"
	OrdinalFailed     Reason = "OrdinalFailed"
	Stalled           Reason = "Stalled"
	SpecChanged       Reason = "SpecChanged"
	SetReplaced       Reason = "SetReplaced"
	SetDeleted        Reason = "SetDeleted"
	TakenOver         Reason = "TakenOver"
	WentBack          Reason = "SetWentBack"
	RevisionDiffers   Reason = "RevisionDiffers"
	UnreachableServer Reason = "ServerUnreachable"
)

// Refusal is the no of a safety check: nothing was changed.
type Refusal struct {
	Reason  Reason
	Message string // one sentence: object, what is wrong
	Hint    string // a command that helps, or ""
	// Blockers are the ordinals that it speaks of.
	Blockers []Blocker
}

func (r *Refusal) Error() string { return r.Message }

// Failure says that an ordinal is broken, or nothing moved for too long. What was
// changed stays.
type Failure struct {
	Reason   Reason
	Message  string
	Blockers []Blocker
	Hint     string
}

func (f *Failure) Error() string { return f.Message }

// Superseded says that the spec is not what this run or the record left.
type Superseded struct {
	Reason  Reason
	Message string
	Hint    string
}

func (s *Superseded) Error() string { return s.Message }

// Unreachable says that the API was out of sight for too long. It is no failure of the
// set, and nothing is known of it.
type Unreachable struct{ Message string }

func (u *Unreachable) Error() string { return u.Message }

func refuse(reason Reason, hint, format string, args ...any) error {
	return &Refusal{Reason: reason, Hint: hint, Message: fmt.Sprintf(format, args...)}
}
