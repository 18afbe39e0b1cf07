// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
)

// crowd measures what a promote of many ordinals takes, a tenth at a time.
func crowd(ctx context.Context, g *ground) ([]figure, error) {
	few, err := g.stock(ctx, 100)
	if err != nil {
		return nil, err
	}
	many, err := g.stock(ctx, min(1000, g.most))
	if err != nil {
		return nil, err
	}
	most, err := g.stock(ctx, g.most)
	if err != nil {
		return nil, err
	}
	guest, err := g.plant(ctx, most.namespaceName, shape{setName: "guest", replicas: many.replicas, start: atOnce, parallel: true})
	if err != nil {
		return nil, err
	}
	all, err := inTurns(ctx, few.tenths(5), many.tenths(5), guest.tenths(5), most.tenths(3))
	if err != nil {
		return nil, err
	}
	small := all[0].each(few)
	beside := func(c costs, b *bed, words string) figure {
		return compare(fmt.Sprintf("CPU an ordinal, %s, beside 100 ordinals", words), finely, c.each(b), small).atMost(1.5, ratio)
	}
	thousand, crowd := ordinals(many), fmt.Sprintf("%s among %d pods of others", ordinals(many), g.most)
	return []figure{
		absolute("CPU an ordinal, 100 ordinals", finely, small),
		beside(all[1], many, thousand),
		beside(all[2], guest, crowd),
		beside(all[3], most, ordinals(most)),
		absolute("memory, 100 ordinals", megabytes, all[0].peak()),
		absolute("memory, "+thousand, megabytes, all[1].peak()).atMost(100, megabytes),
		absolute("memory, "+crowd, megabytes, all[2].peak()).atMost(100, megabytes),
		absolute("memory, "+ordinals(most), megabytes, all[3].peak()),
		absolute("time, "+ordinals(most), seconds, all[3].wall()),
	}, nil
}

func ordinals(b *bed) string { return fmt.Sprintf("%d ordinals", b.replicas) }

// tenths promotes a tenth of the ordinals at a time.
func (b *bed) tenths(turns int) contender {
	return b.promotion(turns, "kubectl-sts", "promote", b.setName, "--step=10%", "--soak=0")
}

// each is the CPU time an ordinal, in milliseconds.
func (c costs) each(b *bed) sample {
	s := c.cpu()
	for i := range s {
		s[i] *= 1000 / float64(b.replicas)
	}
	return s
}
