// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"math/rand/v2"

	"pgregory.net/rapid"
)

// Dice decides what happens next.
type Dice interface {
	// Pick returns one of so many sides, from 0. The first are the harmless ones:
	// a failing story shrinks towards them.
	Pick(what string, sides int) int
}

// Rapid throws the dice of a property test.
type Rapid struct{ T *rapid.T }

// Pick implements Dice.
func (r Rapid) Pick(what string, sides int) int {
	return rapid.IntRange(0, sides-1).Draw(r.T, what)
}

// Seeded throws dice outside of a property test: the same story for the same seed.
type Seeded struct{ Source *rand.Rand }

// NewSeeded makes dice of a seed.
func NewSeeded(seed uint64) Seeded { return Seeded{rand.New(rand.NewPCG(seed, seed))} }

// Pick implements Dice.
func (s Seeded) Pick(_ string, sides int) int { return s.Source.IntN(sides) }
