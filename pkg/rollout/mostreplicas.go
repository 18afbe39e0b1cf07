// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"time"
)

// MostReplicas is the largest set that is followed: more is an accident, and a
// slot for each would be one here.
const MostReplicas = 50_000

// Followed is an error where a set has more ordinals than are looked at. Who only lists
// sets must not fail for one of them.
func (s Set) Followed() error {
	if s.Replicas <= MostReplicas {
		return nil
	}
	return fmt.Errorf("%s: %s", s, s.oversized())
}

func (s Set) oversized() string {
	return fmt.Sprintf("its %d replicas are more than the %d that this program follows", s.Replicas, MostReplicas)
}

// Oversized is all that there is to say of a set that is not followed: none of its
// ordinals was looked at.
func Oversized(set Set, at time.Time) State {
	return State{At: at, Set: set, Blind: set.oversized()}
}
