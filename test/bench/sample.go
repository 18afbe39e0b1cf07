// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// sample is the same thing measured several times.
type sample []float64

func (s sample) median() float64 { return s.percentile(50) }

// percentile is that of the nearest rank; for 50 and an even count, the mean of
// the two in the middle.
func (s sample) percentile(p float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	if p == 50 && len(sorted)%2 == 0 {
		return (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// over are the ratios, turn by turn.
func (s sample) over(beside sample) sample {
	ratios := make(sample, min(len(s), len(beside)))
	for i := range ratios {
		ratios[i] = s[i] / beside[i]
	}
	return ratios
}

// show is the median, with the least and the greatest where they differ.
func (s sample) show(u unit) string {
	return u.format(s.median()) + u.between(slices.Min(s), slices.Max(s))
}

// spread is the median with the 10th and the 90th percentile: of many, the least
// and the greatest say little.
func (s sample) spread(u unit) string {
	return u.format(s.median()) + u.between(s.percentile(10), s.percentile(90))
}

// unit is the format of a number.
type unit string

const (
	times        unit = "%.0f"
	ratio        unit = "%.2f"
	seconds      unit = "%.2f s"
	fine         unit = "%.3f s"
	milliseconds unit = "%.1f ms"
	finely       unit = "%.2f ms"
	megabytes    unit = "%.0f MB"
)

func (u unit) format(v float64) string { return fmt.Sprintf(string(u), v) }

// number is without the unit's name.
func (u unit) number(v float64) string {
	number, _, _ := strings.Cut(u.format(v), " ")
	return number
}

func (u unit) between(low, high float64) string {
	if u.number(low) == u.number(high) {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", u.number(low), u.number(high))
}
