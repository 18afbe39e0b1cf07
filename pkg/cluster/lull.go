// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"sync"
	"time"
)

const (
	// unlulled is how many pods are looked at as often as something changes.
	unlulled = 100
	// lullEach is what each further one adds to the time between two looks.
	lullEach = 100 * time.Microsecond
)

// lull keeps looks apart. One costs as much as there are pods, and where there
// are thousands, there are tens of thousands of changes: to look at all for each
// would cost the square. What changes after a lull is heard at once.
type lull struct {
	mu   sync.Mutex
	next time.Time // no look before this
}

// began takes the time of a look, and how many pods it looked at.
func (l *lull) began(now time.Time, pods int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = now.Add(time.Duration(max(0, pods-unlulled)) * lullEach)
}

func (l *lull) left(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next.Sub(now)
}

// pass rings one bell when the other was rung, and not before the lull is over.
func (l *lull) pass(ctx context.Context, now func() time.Time, from, to bell) {
	for {
		select {
		case <-from:
			if left := l.left(now()); left > 0 {
				sleep(ctx, left)
			}
			to.ring()
		case <-ctx.Done():
			return
		}
	}
}
