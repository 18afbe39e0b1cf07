// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// planTurns is how often each plan is made.
const planTurns = 21

// plans measures one plan of each verb, in this process, beside a promote's.
func plans(_ context.Context, g *ground) ([]figure, error) {
	verbs := rollouttest.Plans(g.most)
	all := make([]sample, len(verbs))
	for turn := range planTurns {
		for i := range verbs {
			next := (turn + i) % len(verbs)
			took, err := planning(verbs[next].Goal, verbs[next].State)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", verbs[next].Name, err)
			}
			all[next] = append(all[next], took.Seconds()*1000)
		}
	}
	var figures []figure
	for i, verb := range verbs {
		figures = append(figures, compare(fmt.Sprintf("%s of %d", verb.Name, g.most), finely, all[i], all[0]).atMost(2, ratio))
	}
	return figures, nil
}

func planning(goal rollout.Goal, s rollout.State) (time.Duration, error) {
	begun := time.Now()
	_, err := goal.Plan(s)
	return time.Since(begun), err
}
