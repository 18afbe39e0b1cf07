// SPDX-License-Identifier: Apache-2.0

//go:build race

package rollout_test

// slower is what the race detector makes of a random story.
const slower = 10
