// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// The way on where required anti-affinity keeps a pod from the nodes of the set's own
// others: that pod is taken away by a scale first.

// room is the command that makes room; "" where that is not the way.
func (a *action) room(s rollout.State) string {
	room, wanted := rollout.RoomFor(a.goal, s)
	scale := s.MakesRoom()
	switch {
	case wanted && !room.ForGood && scale != "":
		return a.thenAgain(s, room.Before)
	case scale != "" && !bringsTemplate(a.goal):
		return a.hint(scale, s.Set)
	case s.AbortMakesRoom():
		return a.command(s.Set.Namespace, []string{"abort", a.request.SetName})
	default:
		return ""
	}
}

func bringsTemplate(g rollout.Goal) bool {
	switch g.(type) {
	case rollout.Apply, rollout.Canary, rollout.Promote:
		return true
	default:
		return false
	}
}

// thenAgain is one command line of those that come first and the one that was typed.
func (a *action) thenAgain(s rollout.State, first []string) string {
	var lines []string
	for _, words := range first {
		lines = append(lines, a.hint(words, s.Set))
	}
	return strings.Join(append(lines, a.again()), " && ")
}

// roomAdvice is what the user has to know beside the next command.
func (a *action) roomAdvice(r render.Result) string {
	room, wanted := rollout.RoomFor(a.goal, r.State)
	_, applies := a.goal.(rollout.Apply)
	switch {
	case wanted && room.ForGood && len(room.Before) > 0:
		return "pods of this template may not be beside each other, and there is no room for so many: add nodes, or, with fewer replicas" + a.inFile() + ", " + a.thenAgain(r.State, room.Before)
	case wanted && room.ForGood:
		return "pods of this template may not be beside each other, and there is no room for so many: add nodes, or take fewer replicas"
	case wanted && len(room.Before) > 1:
		return "to go on with fewer pods of the older template: " + a.thenAgain(r.State, room.Before)
	case wanted && !applies && len(room.Before) > 0:
		return fmt.Sprintf("when all have this template, scale back to %d", r.State.Set.Replicas)
	case !bringsTemplate(a.goal) && r.State.MakesRoom() != "":
		return roomForAnother
	default:
		return ""
	}
}

// roomForAnother is what comes after that scale.
const roomForAnother = "add nodes, or take the pod away, after which another template finds room"

// inFile is where an apply has its replicas from.
func (a *action) inFile() string {
	if _, applies := a.goal.(rollout.Apply); applies {
		return " in the file"
	}
	return ""
}
