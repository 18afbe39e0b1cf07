// SPDX-License-Identifier: Apache-2.0

// Package rollouttest is a world to try rollouts in: a slow, obvious twin of
// the StatefulSet controller, of the kubelet and of the API server, moved one
// step at a time, in virtual time, by whoever holds the dice.
//
// # Why a twin
//
// Package rollout decides on sightings. Whether its decisions are right can be
// told only by what they set off, and that is the business of others: the
// controller that deletes and makes pods, the kubelet that starts them, the
// server that takes a write or answers a conflict. [Model] does what they do,
// in the order in which they do it, from their source and not from package
// rollout: it uses that package's plain data and none of its predicates, so
// that the two cannot be wrong in the same way.
//
// # What moves
//
// A [World] holds one set. Each call of [World.Step] lets one thing happen:
// the controller syncs once, one pod goes one stage further, one watch brings
// one more event, a request under way is answered, somebody else writes. A
// [Dice] says which; [pgregory.net/rapid] throws it in the law tests, so that a
// failing story shrinks, and a transcript plays a fixed order. Runs are real
// runs of [rollout.Drive], inside a bubble of testing/synctest, so that their
// timers are virtual too.
//
// A run sees the world through a [Client], whose three watches (the set, its
// pods, its revisions) lag behind the truth each on its own, stand still while
// it is blind, and whose requests may be lost before or after they are stored.
//
// # What must hold
//
// [Laws] reads the true history: every write with the state that it was decided
// on, the state before and the state after it. Its nine laws are those of
// package rollout's own doc, written down a second time.
//
// # Tables and transcripts
//
// [Set] begins a one-line description of a sighting, for tables. [Script] plays
// the transcripts in ../testdata, which are meant to be read.
package rollouttest
