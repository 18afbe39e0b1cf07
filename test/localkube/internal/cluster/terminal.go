// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// takeTerminal makes this process's group the terminal's foreground again,
// after the command's group has been. A process in the background may do so
// only while it ignores SIGTTOU; where it fails the shell does it anyway.
func takeTerminal(terminal int) {
	signal.Ignore(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, syscall.Getpgrp())
}
