// SPDX-License-Identifier: Apache-2.0

// Package document takes the text of a file apart into its documents. It does no
// I/O and knows nothing of what they are about.
//
// A file is YAML with any number of documents, or JSON, one value after the
// other, in UTF-8 or in UTF-16 with its byte order mark. A document that begins with
// a brace is JSON, and YAML in flow style where it is none. A key that stands twice in
// one mapping is refused: readers differ in which of the two wins, and whoever wrote
// both saw only one of them.
package document
