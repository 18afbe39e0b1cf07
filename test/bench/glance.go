// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
)

// sizes are the sets that a status is measured on, and what the target is there.
func (g *ground) sizes() []size {
	return []size{{3, 15, 1.05}, {50, 15, 1}, {min(1000, g.most), 9, 1}, {g.most, 7, 1}}
}

type size struct {
	replicas int32
	turns    int
	limit    float64
}

// glance measures status beside kubectl get, which has its discovery cached.
func glance(ctx context.Context, g *ground) ([]figure, error) {
	var figures []figure
	for _, s := range g.sizes() {
		more, err := g.glanceAt(ctx, s)
		if err != nil {
			return figures, err
		}
		figures = append(figures, more...)
	}
	more, err := g.asked(ctx)
	return append(figures, more...), err
}

func (g *ground) glanceAt(ctx context.Context, s size) ([]figure, error) {
	b, err := g.stock(ctx, s.replicas)
	if err != nil {
		return nil, err
	}
	// The first fills the discovery cache.
	if err := b.do(ctx, "kubectl", "get", "sts,pods"); err != nil {
		return nil, err
	}
	all, err := inTurns(ctx,
		b.command(s.turns, "kubectl-sts", "status", "web"),
		b.command(s.turns, "kubectl", "get", "sts,pods"),
		b.command(min(s.turns, 5), "kubectl", "sts", "status", "web"))
	if err != nil {
		return nil, err
	}
	ordinals := fmt.Sprintf("%d ordinals: ", s.replicas)
	return []figure{
		compare(ordinals+"time", fine, all[0].wall(), all[1].wall()).atMost(s.limit, ratio),
		compare(ordinals+"memory", megabytes, all[0].peak(), all[1].peak()).atMost(s.limit, ratio),
		compare(ordinals+"time, started by kubectl", fine, all[2].wall(), all[1].wall()),
	}, nil
}

// stock is a set with a namespace of its own, named by its size, which all parts
// share that need one: thousands take their time.
func (g *ground) stock(ctx context.Context, replicas int32) (*bed, error) {
	return g.plant(ctx, fmt.Sprintf("stock-%d", replicas), shape{setName: "web", replicas: replicas, start: atOnce, parallel: true})
}

// command is a contender that leaves everything as it is.
func (p *plot) command(turns int, args ...string) contender {
	return contender{turns, func(ctx context.Context) (cost, error) { return p.measure(ctx, args...) }}
}

// asked counts the requests of a status, of a set that stands and of one that
// does not.
func (g *ground) asked(ctx context.Context) ([]figure, error) {
	b, err := g.stock(ctx, 3)
	if err != nil {
		return nil, err
	}
	sound, err := b.listen(ctx, "kubectl-sts", "status", "web")
	if err != nil {
		return nil, err
	}
	needless := sound.of("nodes", "persistentvolumes", " /api", " /openapi", "/log")
	large, err := g.stock(ctx, g.most)
	if err != nil {
		return nil, err
	}
	pages, err := large.listen(ctx, "kubectl-sts", "status", "web")
	if err != nil {
		return nil, err
	}
	broken, err := g.askedOfBroken(ctx)
	if err != nil {
		return nil, err
	}
	return []figure{
		listed("requests, nothing blocked", len(sound), sound).atMost(7, times),
		count("round trips", sound.trips()).atMost(2, times),
		count("of the requests discovery, nodes, volumes, logs", needless).atMost(0, times),
		count(fmt.Sprintf("requests at %d ordinals, apart from further pages of 500 pods", g.most), len(pages)-pages.of("next page")).atMost(7, times),
		listed("requests where 3 ordinals crash", len(broken), broken),
		count("of these more of events than where nothing is blocked", broken.of("events")-sound.of("events")).atMost(1, times),
	}, nil
}

func count(what string, n int) figure { return absolute(what, times, sample{float64(n)}) }

// listed is a count, and what was counted.
func listed(what string, n int, of fmt.Stringer) figure {
	f := count(what, n)
	f.ours += ": " + of.String()
	return f
}

// askedOfBroken is what a status asks of a set with three ordinals that crash.
func (g *ground) askedOfBroken(ctx context.Context) (asking, error) {
	b, err := g.sow(ctx, "broken", shape{setName: "web", image: "app:crash", replicas: 3, start: atOnce, parallel: true})
	if err != nil {
		return nil, err
	}
	// It ends when they are failing.
	if err := b.do(ctx, "kubectl-sts", "status", "web", "-w"); err != nil {
		return nil, err
	}
	return b.listen(ctx, "kubectl-sts", "status", "web")
}
