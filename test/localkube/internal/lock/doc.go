// SPDX-License-Identifier: Apache-2.0

// Package lock says who lives, by locks on files.
//
// A process that takes a lock keeps it until it ends. The kernel gives the lock
// back then, whatever ended the process, so a lock that is held proves that its
// holder lives, and to wait for the lock is to wait for the holder's end. The
// holder writes its process id into the file, which is true exactly as long as
// the lock is held.
//
// These are the locks of flock(2), which belong to an open file and not to a
// process. Go opens files so that programs which are started do not inherit
// them, so nobody else keeps a lock alive.
package lock
