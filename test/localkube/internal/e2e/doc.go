// SPDX-License-Identifier: Apache-2.0

// Package e2e tests the binary localkube from outside, as a user would.
//
// The binary is named by the variable LOCALKUBE, which `make` sets. Linking it
// takes too long to be done by the test. Every cluster of these tests has a
// directory of its own, so they disturb no other.
package e2e
