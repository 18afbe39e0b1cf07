// SPDX-License-Identifier: Apache-2.0

// Package appliers runs the libraries of those who apply sets beside this program.
// It is a module of its own, so that the program's has nothing of theirs. Its tests
// need what make appliers gives them: a cluster, and kubectl and kubectl-sts on the PATH.
package appliers
