// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestOfVolumes: a run that is cut while it writes volumes has left no set as it is.
func TestOfVolumes(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		cut  bool
		code int
	}{
		"out of time":       {fmt.Errorf("volume: %w", &timeoutError{after: time.Second}), true, ExitTimeout},
		"interrupted":       {&Interrupt{Signal: os.Interrupt}, true, 130},
		"the server's word": {errors.New("no; the set is left as it is"), false, ExitError},
	} {
		err := ofVolumes(tt.err)
		if got := strings.Contains(err.Error(), "the volumes that are done stay"); got != tt.cut || got && strings.Contains(err.Error(), "the set") {
			t.Errorf("%s: %v", name, err)
		}
		if code, _, _ := verdict(err); code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
	}
}
