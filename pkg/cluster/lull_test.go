// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"testing"
	"testing/synctest"
	"time"
)

// Changes of a second in which something changes every millisecond.
func TestLullKeepsLooksApart(t *testing.T) {
	for name, tt := range map[string]struct{ pods, looks int }{
		"few":       {unlulled, 1000},
		"thousands": {unlulled + 2000, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l lull
				from, to := newBell(), newBell()
				go l.pass(t.Context(), time.Now, from, to)
				looks := 0
				for begun := time.Now(); time.Since(begun) < time.Second; {
					from.ring()
					synctest.Wait()
					select {
					case <-to:
						looks++
						l.began(time.Now(), tt.pods)
					default:
					}
					sleep(t.Context(), time.Millisecond)
				}
				if looks != tt.looks {
					t.Errorf("%d looks, not %d", looks, tt.looks)
				}
			})
		})
	}
}
