// SPDX-License-Identifier: Apache-2.0

// Package cli is the command line of localkube.
//
// It turns arguments into calls of package cluster and errors into a sentence
// and an exit code: 0 for done, 1 for a failure, 2 for what was typed wrong, and
// the command's own code for `run`. What runs the components comes in from
// outside, so this package can be tested without linking a control plane.
package cli
