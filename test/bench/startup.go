// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
)

// startup measures the two programs before they do anything.
func startup(ctx context.Context, g *ground) ([]figure, error) {
	p, err := g.fence(ctx, "startup")
	if err != nil {
		return nil, err
	}
	all, err := inTurns(ctx, p.command(41, "kubectl-sts", "version"), p.command(41, "kubectl", "version", "--client"))
	if err != nil {
		return nil, err
	}
	ours, err := sizeOf(g.sts)
	if err != nil {
		return nil, err
	}
	beside, err := sizeOf(g.kubectl)
	if err != nil {
		return nil, err
	}
	return []figure{
		compare("version, beside kubectl version --client", fine, all[0].wall(), all[1].wall()).atMost(0.5, ratio),
		compare("its memory", megabytes, all[0].peak(), all[1].peak()),
		compare("size, beside kubectl built the same way", megabytes, ours, beside).atMost(0.75, ratio),
	}, nil
}

func sizeOf(path string) (sample, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return sample{float64(info.Size()) / 1e6}, nil
}
