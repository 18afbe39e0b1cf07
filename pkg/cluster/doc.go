// SPDX-License-Identifier: Apache-2.0

// Package cluster is the only part of the program that speaks to an API server.
// It implements rollout.Cluster: it keeps one set in sight, and makes the one
// request of a change.
//
// # To be in sight
//
// [Client.Open] lists and then watches the set, its pods, its revisions and
// the events on it. What arrives is turned at once into what package rollout
// sees of it, and nothing else is kept. Observe copies that, and never waits.
//
// The feeds are small loops of their own and not client-go's reflectors, for
// the sake of one question that a reflector does not answer: is what we see
// still so? A reflector whose stream ends begins anew in silence, for as long as
// it takes. Here the moment that a stream ends is the moment that the run is
// blind, and it stays blind until a stream is open again that leaves no gap: one
// that goes on at once where the last one ended, or one that follows a list
// which the server answered from its newest state. A run that is blind writes
// nothing.
//
// # To write
//
// [Run.Apply] makes exactly one request, with preconditions: the uid, and the
// generation or the resourceVersion, of the sighting that it was decided on. A
// resourceVersion would collide with the controller's own status writes at
// nearly every step of a rollout, so the steps test the generation, by JSON
// patch, and the old value of the field that they move. A template is sent whole
// (strategic merge with "$patch": "replace"), with the resourceVersion. A
// template never goes through a typed struct, which would drop the fields that
// this client is too old to know.
//
// What the server answers is sorted into the few things that the caller can act
// upon: look again (rollout.ErrMoved), nobody knows (rollout.ErrLost), it would
// not be safe (*rollout.Refusal), or the server's own error, untouched.
//
// # The time
//
// Ages, patience and soaking go by the server's clock, which every answer
// carries in its Date header. See serverClock.
package cluster
