// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// figure is a row of a table.
type figure struct {
	what   string
	ours   string
	beside string // what was measured in turns with it; "" for nothing
	ratio  string
	target string // "" for none
	value  float64
	limit  float64
}

const (
	met    = "met"
	notMet = "**not met**"
)

// compare is the ratio of ours to what ran in turns with it.
func compare(what string, u unit, ours, beside sample) figure {
	ratios := ours.over(beside)
	return figure{
		what: what, ours: ours.show(u), beside: beside.show(u),
		ratio: ratios.show(ratio), value: ratios.median(),
	}
}

// absolute is a figure without anything beside it.
func absolute(what string, u unit, ours sample) figure {
	return figure{what: what, ours: ours.show(u), value: ours.median()}
}

// atMost gives a figure its target.
func (f figure) atMost(limit float64, u unit) figure {
	f.limit, f.target = limit, "at most "+u.format(limit)
	return f
}

func (f figure) verdict() string {
	switch {
	case f.target == "":
		return ""
	case f.value <= f.limit:
		return met
	default:
		return notMet
	}
}

func table(figures []figure) string {
	var b strings.Builder
	b.WriteString("| | ours | beside it | ratio | target | |\n|---|---|---|---|---|---|\n")
	for _, f := range figures {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.what, f.ours, f.beside, f.ratio, f.target, f.verdict())
	}
	return b.String()
}
