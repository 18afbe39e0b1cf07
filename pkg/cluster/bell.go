// SPDX-License-Identifier: Apache-2.0

package cluster

// bell says that something has changed. It does not say how often: rings that
// nobody has heard yet are one.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}
