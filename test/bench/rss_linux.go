// SPDX-License-Identifier: Apache-2.0

package main

// rssUnit is what Rusage.Maxrss counts in.
const rssUnit = 1024
