// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// Barred says why a command that would go on from here would be refused, for a claim that
// is being deleted; "" where it would not be. The words are those of the command line.
func (s State) Barred(words string) string {
	goal := s.goalOf(strings.Fields(words))
	if goal == nil {
		return ""
	}
	var refusal *Refusal
	if errors.As(s.barred(goal), &refusal) {
		return fmt.Sprintf("%s would be refused: %s", withArticle(goal.Op()), strings.TrimPrefix(refusal.Message, s.Set.String()+": "))
	}
	return ""
}

// barred refuses a goal that lets a pod go whose claim is being deleted, at any step.
func (s State) barred(g Goal) error {
	plan, err := g.Plan(s)
	if err != nil {
		return nil // which is told elsewhere
	}
	return s.sparesAll(g, plan.Steps)
}

// goalOf a command that [State.Unfinished] and the ways on name, as far as it says which
// pods go; nil of any other.
func (s State) goalOf(words []string) Goal {
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case opPromote:
		return promoteOf(words[1:])
	case opAbort:
		stable, aborts, err := Aborts(s)
		if err != nil || !aborts {
			return nil
		}
		return Abort{Stable: stable, Template: Template{Digest: stable.Digest}}
	case opScale:
		if r := s.open(); r != nil {
			if to, says := r.TargetReplicas(); says {
				return Scale{To: to, Step: 1}
			}
		}
	case opDelete:
		if goal, begun := Deleting(s); begun {
			return goal
		}
	}
	return nil
}

// promoteOf is the promote of such a command's flags.
func promoteOf(flags []string) Goal {
	goal := Promote{Step: intstr.FromInt32(1)}
	for _, flag := range flags {
		if n, ok := strings.CutPrefix(flag, "--count="); ok {
			count := intstr.Parse(n)
			goal.Count = &count
		}
	}
	return goal
}

// inTheWay refuses what a rollout is in the way of: the hint is the way out of
// that, unless a claim that is being deleted stops it, which is told.
func (s State) inTheWay(hint, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	for _, words := range []string{hint, opPromote, opAbort} {
		if why := s.Barred(words); why != "" {
			message += "; " + why
			if words == hint {
				hint = ""
			}
			break
		}
	}
	return refuse(CanaryUnderWay, hint, "%s", message)
}
