// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
)

const paceOrdinals = 50

// How a shell promotes: the controller's own way, and one ordinal at a time.
const (
	bareScript = `kubectl patch sts web --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}' &&
exec kubectl rollout status sts/web`
	shellScript = `next=50
while [ $next -gt 0 ]; do
	next=$((next - 1))
	kubectl patch sts web --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":'$next'}}}}' || exit 1
	kubectl rollout status sts/web || exit 1
done`
)

// pace measures how long a promote of 50 ordinals takes, one at a time.
func pace(ctx context.Context, g *ground) ([]figure, error) {
	swift, err := g.plant(ctx, "pace", shape{setName: "web", replicas: paceOrdinals, start: atOnce})
	if err != nil {
		return nil, err
	}
	quick, err := inTurns(ctx,
		swift.promotion(5, "kubectl-sts", "promote", "web", "--step=1", "--soak=0"),
		swift.promotion(5, "sh", "-c", bareScript),
		swift.promotion(5, swift.self, loopMode, "web"),
		swift.promotion(5, "sh", "-c", shellScript))
	if err != nil {
		return nil, err
	}
	sluggish, err := g.plant(ctx, "pace-slow", shape{setName: "web", replicas: paceOrdinals, start: "1s"})
	if err != nil {
		return nil, err
	}
	slow, err := inTurns(ctx,
		sluggish.promotion(3, "kubectl-sts", "promote", "web", "--step=1", "--soak=0"),
		sluggish.promotion(3, "sh", "-c", bareScript))
	if err != nil {
		return nil, err
	}
	ours := quick[0].wall()
	return []figure{
		compare("pods ready at once, beside the bare controller", seconds, ours, quick[1].wall()).atMost(1.25, ratio),
		compare("pods that take 1 s to start, beside the bare controller", seconds, slow[0].wall(), slow[1].wall()).atMost(1.05, ratio),
		compare("pods ready at once, beside a minimal loop without checks", seconds, ours, quick[2].wall()).atMost(1.05, ratio),
		compare("pods ready at once, beside a shell loop", seconds, ours, quick[3].wall()).atMost(0.33, ratio),
	}, nil
}

// promotion is a rollout that waits behind the partition, and what lets it go.
func (b *bed) promotion(turns int, args ...string) contender {
	return contender{turns, func(ctx context.Context) (cost, error) {
		if err := b.behind(ctx); err != nil {
			return cost{}, err
		}
		return b.measure(ctx, args...)
	}}
}
