// SPDX-License-Identifier: Apache-2.0

// Package rollout decides how a StatefulSet gets from what it is to what was
// asked, one write at a time. It does no I/O, reads no clock and prints nothing.
//
// # The cluster is the only memory
//
// A command is a [Goal]. It holds what the user typed and no progress. A
// [State] is one sighting of the set: its pods by ordinal, its revisions, the
// time. goal.Plan(state) lists the writes that are still missing, in order, and
// [Decide] takes the head of that list: act, wait, done, or stop with an error.
// [Drive] is the loop around it: look, tell what changed, decide, act.
//
// Three things follow without code of their own. To resume an interrupted run,
// run the same command again. A dry run prints the plan. And a crash at any
// point loses nothing, since nothing was remembered. What a sighting cannot
// show (where the set came from, which partition was its own) is the [Record],
// an annotation written by the very request that makes it true.
//
// # Who else writes
//
// Between two sightings anybody may write to the set. A [Lease] holds what our
// last write left, or the record, or the first sighting; a sighting that
// differs in one of the five fields of [Spec] ends the run as superseded. Each
// write carries a precondition (see [Cluster]), so that a decision made on an
// old sighting is never carried out.
//
// # The laws
//
//  1. No write moves a further ordinal while any other in-range ordinal is not
//     Available. A delete, after which none stays, goes on.
//  2. One write releases at most Step ordinals. Only the write that puts a
//     template back may release more: every ordinal that carries the bad one;
//     and a delete, down to an ordinal that the controller would wait for.
//  3. Never below the asked count; the own partition comes back only when
//     currentRevision equals updateRevision, by name.
//  4. An abort removes a pod only when it is on the wrong revision, not Ready
//     and not terminating; a scale and a delete only surplus pods that block. A
//     delete removes the set when no pod is left and no claim belongs to it.
//  5. Nothing is written while a watch is down or before our last write is
//     seen; no pod is removed and no partition lowered while the controller has
//     not observed the newest generation.
//  6. Every run ends.
//  7. Running a finished goal again writes nothing.
//  8. A run cut at any write, stored or not, then started again, ends where an
//     uncut run ends.
//  9. The record changes in the same request as the partition.
//
// Package rollouttest checks them after every step of thousands of random runs.
package rollout
