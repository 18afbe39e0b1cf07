// SPDX-License-Identifier: Apache-2.0

// Command bench measures the program against what stands beside it: the bare
// controller, kubectl, a shell loop, and the smallest program that could do the
// same. It plays on a localkube of its own and prints a table for each part:
//
//	make bench           # all parts, and docs/performance.md is written anew
//	make bench PART=bf   # these parts alone; the other tables stay
//
// A time by itself says more of the machine than of the program. So each figure
// is a ratio, or a count. What is compared runs in turns, in one run, on one
// cluster, each contender as a process of its own; the ratio is taken within
// each turn, and the figure is the median of the turns with the least and the
// greatest beside it. A target that is missed is told, and nothing fails.
//
// Who is faster must not hang on who goes first, so the order turns too. What a
// process costs, its parent asks the kernel (see cost.go). What a command asks of
// the server is read in the server's audit log, or at a proxy before the server
// that holds every request back for a moment, so that requests which do not wait
// for each other arrive together and a round trip can be told from the next.
//
// A part is a file: [pace], [glance], [crowd], [requests], [latency], [startup].
package main
