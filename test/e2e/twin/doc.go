// SPDX-License-Identifier: Apache-2.0

// Package twin holds the model of the StatefulSet controller, which the laws of
// package rollout are tried on, against the real one.
//
// A schedule is a random row of steps: a write of the spec, a pod that is
// deleted and held in Terminating, a pod that is let go. Each step is done to
// the model and to a real set. Once the model rests, the real set is watched
// until it shows the same end: its revisions, its counts, its history, and for
// every ordinal its template, its state, and whether it was replaced. A real set
// that does not get there fails the test, with both ends and all steps.
//
// Where the end of a step hangs on the order of events, there is nothing to
// foretell. So every step is first tried on a few copies of the model, each with
// an order of its own, and one that divides them is not taken.
package twin
