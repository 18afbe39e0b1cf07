// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const promoted = 50

// requests counts what a canary and a promote ask of the server.
func requests(ctx context.Context, g *ground) (figures []figure, err error) {
	log, err := g.openTally()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.file.Close()) }()
	three, err := g.plant(ctx, "requests", shape{setName: "web", replicas: 3, start: atOnce})
	if err != nil {
		return nil, err
	}
	canary, err := log.during(ctx, three, "canary", "web", "--image=app="+g.next(), "--soak=0")
	if err != nil {
		return nil, err
	}
	fifty, err := g.plant(ctx, "requests-50", shape{setName: "web", replicas: promoted, start: atOnce})
	if err != nil {
		return nil, err
	}
	if err := fifty.behind(ctx); err != nil {
		return nil, err
	}
	promote, err := log.during(ctx, fifty, "promote", "web", "--step=1", "--soak=0")
	if err != nil {
		return nil, err
	}
	return []figure{
		canary.but("watch").figure("canary of one").atMost(7, times),
		canary.only("watch").figure("its watches"),
		promote.only("patch").figure(fmt.Sprintf("writes of a promote of %d", promoted)).atMost(promoted+6, times),
		promote.but("watch").but("patch").figure("its other requests"),
		promote.only("watch").figure("its watches"),
	}, nil
}

// during is what a command of ours asked for.
func (t *tally) during(ctx context.Context, b *bed, args ...string) (entries, error) {
	if _, err := t.of(ctx, "kubectl-sts/"); err != nil {
		return nil, err
	}
	if err := b.do(ctx, append([]string{"kubectl-sts"}, args...)...); err != nil {
		return nil, err
	}
	return t.of(ctx, "kubectl-sts/")
}

type entries []entry

func (e entries) figure(what string) figure { return listed(what, len(e), e) }

func (e entries) only(verb string) entries {
	return slices.DeleteFunc(slices.Clone(e), func(one entry) bool { return one.Verb != verb })
}

func (e entries) but(verb string) entries {
	return slices.DeleteFunc(slices.Clone(e), func(one entry) bool { return one.Verb == verb })
}

// String is such as "1 get statefulsets, 2 list pods".
func (e entries) String() string {
	counts := map[string]int{}
	for _, one := range e {
		counts[one.String()]++
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%d %s", counts[what], what))
	}
	return strings.Join(words, ", ")
}
