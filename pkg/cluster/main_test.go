// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"testing"

	"go.uber.org/goleak"
)

// A run that is closed leaves nothing behind that runs.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
