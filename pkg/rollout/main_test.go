// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A run that has ended leaves nothing behind that runs.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
