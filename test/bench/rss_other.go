// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

// rssUnit is what Rusage.Maxrss counts in.
const rssUnit = 1
