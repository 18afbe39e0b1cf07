// SPDX-License-Identifier: Apache-2.0

// Package render turns what pkg/rollout knows into what a person or a script
// reads. It is the only package that knows the terminal and the table writer,
// and it decides nothing: words, causes and remedies are the core's.
//
// # Three kinds of reader
//
// A person at a terminal watches a [Progress] that is redrawn in place, and asks
// for the status of one set or of many ([StatusOne], [StatusMany]). A log gets
// a line for every change and, while nothing changes, a heartbeat. A script
// gets documents: [ResultDocument], [StatusDocument], [StatusListDocument] and
// [EventDocument], whose fields are an API of version [APIVersion].
//
// Results go to stdout, everything else to stderr. Nothing here opens a stream;
// [StyleOf] decides once for each what may be written to it.
//
// # How a table is made
//
// Columns are data: a title, a function from a row to a cell, and what may be
// done when the terminal is narrow. Cells are neutralised first (see [Escape]),
// then shortened to what fits, laid out by the table writer, and coloured last:
// a layout that never sees an escape sequence cannot count one. Colour is never
// the only signal, since the word stands beside it.
//
// # Whose time
//
// Ages and elapsed times are differences between a time in the cluster and the
// time of the sighting, both by the server's clock. This package reads no clock
// of its own, so the same sightings always give the same bytes.
package render
