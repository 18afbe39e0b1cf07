// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// Draw makes a schedule of up to most faults: those that a program may meet on
// any day and has to get over. It never tells its owner anything.
func Draw(dice *rand.Rand, most int) Schedule {
	var s Schedule
	for range dice.IntN(most + 1) {
		s = append(s, drawFault(dice))
	}
	return s
}

func drawFault(dice *rand.Rand) Fault {
	switch dice.IntN(10) {
	case 0, 1, 2, 3, 4:
		return drawWrite(dice)
	case 5, 6, 7, 8:
		return drawWatch(dice)
	default:
		return Fault{On: Read, Nth: 4 + dice.IntN(8), Do: Answer, Code: pick(dice, serverErrors), Delay: milliseconds(dice, 100)}
	}
}

// serverErrors are answers that say nothing about the request.
var serverErrors = []int{
	http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusGatewayTimeout,
}

func drawWrite(dice *rand.Rand) Fault {
	f := Fault{On: Write, Nth: 1 + dice.IntN(5), Delay: milliseconds(dice, 300)}
	f.Moment = pick(dice, []Moment{Before, Stored})
	switch dice.IntN(8) {
	case 0, 1:
		f.Do = HangUp
	case 2:
		f.Do = Half
		f.Moment = Stored
	case 3:
		f.Do, f.Code, f.Moment = Answer, http.StatusConflict, Before
	case 4:
		f.Do, f.Code, f.Retry = Answer, http.StatusTooManyRequests, 1
	case 5:
		f.Do, f.Code, f.Times = Answer, pick(dice, serverErrors[:2]), 1+dice.IntN(3)
	case 6:
		f.Do, f.For = Down, Duration(time.Duration(200+dice.IntN(2500))*time.Millisecond)
	default:
		f.Do, f.Moment = Pass, Before
	}
	return f
}

func drawWatch(dice *rand.Rand) Fault {
	// Three watches are opened at first, and what comes later is opened anew.
	f := Fault{On: Watch, Nth: 1 + dice.IntN(7), Pieces: dice.IntN(6)}
	switch dice.IntN(6) {
	case 0:
		f.Do = Cut
	case 1:
		f.Do = End
	case 2:
		f.Do = Expire
	case 3:
		f.Nth, f.Times = 4+dice.IntN(4), 1+dice.IntN(4)
		f.Do, f.Code = Answer, pick(dice, append([]int{http.StatusGone}, serverErrors...))
	case 4:
		f.Do, f.For, f.Pieces = Cut, milliseconds(dice, 1500), 1000
	default:
		f.Do, f.Delay = Pass, milliseconds(dice, 1500)
		f.Nth += 3
	}
	return f
}

func milliseconds(dice *rand.Rand, most int) Duration {
	return Duration(time.Duration(dice.IntN(most)) * time.Millisecond)
}

func pick[T any](dice *rand.Rand, from []T) T { return from[dice.IntN(len(from))] }
