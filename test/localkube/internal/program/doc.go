// SPDX-License-Identifier: Apache-2.0

// Package program holds the main functions of the components.
//
// Each does what the main.go of its project does, no more; all are told their
// arguments as a program is. They are written to be alone in a process and set
// up global state, so a process runs one of them, once.
package program
