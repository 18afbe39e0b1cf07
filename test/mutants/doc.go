// SPDX-License-Identifier: Apache-2.0

// Command mutants makes small mistakes in the code, one at a time, and runs the
// tests on each: a mistake that no test minds has survived, and wants a test.
//
//	go run ./test/mutants              all of them
//	go run ./test/mutants partition    those whose names match
//
// Nothing in the work tree is changed: the compiler is given the mutant in place
// of the file (go test -overlay).
package main
