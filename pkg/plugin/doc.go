// SPDX-License-Identifier: Apache-2.0

// Package plugin is the command line: one file a verb, and no knowledge of pods.
//
// A verb is data (see verb): its words, its flags, and a function that makes an
// [Intent] of them. The flags become a [Request], which is comparable and
// printable, so that parsing is tested without running anything. An Intent
// becomes a rollout.Goal once the set has been seen, and action runs every goal
// the same way: permissions, caches, other hands, goal, plan or drive, result.
//
// A new verb is a file with a verb and a line in verbs. A command that does not
// move a set is a file with a request that can run, and a line in others.
//
// An error becomes an exit code in one place, verdict.
package plugin
