// SPDX-License-Identifier: Apache-2.0

// Package audit judges runs by what an API server wrote down of them, and by
// nothing else: it shares no code with what it judges, not even the words of the
// record.
//
// A [Log] reads the server's audit log as it grows and sorts it by namespace
// into a [History]: every version of the set and of its pods, in the order of
// their resourceVersions, which is one order for all kinds; every watch with its
// beginning and end; who wrote what. A pod's resourceVersion compared with a
// set's says which came first, so that for every write there is one true state
// before it. The end of a set alone has no version, and stands behind all that was
// asked for before it. Of Services, volumes and claims the log has what was asked
// for: each is a [Call].
//
// [History.Check] takes the writes of one run, told by its user agent, and holds
// them to the laws. What the log cannot show is when the run saw what the server
// had, so where a law speaks of what was seen, there must have been a moment
// since the run's own last write at which it held. Since a precondition binds
// each write to what it was decided on, the rest is exact.
package audit
