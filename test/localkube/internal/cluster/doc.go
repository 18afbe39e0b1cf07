// SPDX-License-Identifier: Apache-2.0

// Package cluster starts, watches and ends the processes of a control plane.
//
// A cluster is a Dir. State is what the directory remembers: how many nodes,
// which ports, and whether the cluster goes on until it is taken down or ends
// with its owner. Component is the table of the processes, what they are called
// with and where they say that they are well. Up brings up whatever does not
// run, so the same code starts a cluster and repairs one.
//
// Own and Run tie a cluster to this process. The other side of that tie are
// Enter and AwaitOwner, for a process that becomes a component, and Guard, for
// the one that stands between the owner and the command it runs.
package cluster
