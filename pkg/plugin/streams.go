// SPDX-License-Identifier: Apache-2.0

package plugin

import "io"

// Streams are where a command reads and writes: Out the result, Err progress,
// warnings and hints.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}
