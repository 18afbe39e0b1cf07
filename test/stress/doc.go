// SPDX-License-Identifier: Apache-2.0

// Package stress runs the commands under fire: in this process, over a
// faultproxy, on a real control plane, many at a time, and has package audit
// judge every write of theirs by the server's own log.
//
// A story is one set in one namespace and what befalls it: a dozen commands one
// after the other, each over a schedule of faults, some of them killed at a
// write. It is drawn from a seed, and a seed tells it again:
//
//	make stress SEED=4711
//
// The faults are counted by requests and not by time, so they come back at the
// same requests; what the controller did meanwhile is the machine's business.
//
// After each command the same one runs once more without faults, and must end at
// the goal: what was cut is resumed, what was reached writes nothing. What the
// goal is, a model of a few lines knows (see model_test.go).
//
// Beside the stories, each with its own test: every write point of each command;
// two operators with opposite goals; somebody who writes in between; a server out
// of sight for longer than the progress timeout.
//
// A cluster that is gone for good is no such thing: then the test fails, and what
// has not been played is not waited for (see attend_test.go).
package stress
