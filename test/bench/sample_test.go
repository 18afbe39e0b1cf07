// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestPercentile(t *testing.T) {
	even, odd := sample{4, 1, 3, 2}, sample{30, 10, 20}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"the median of an even count", even.median(), 2.5},
		{"the median of an odd count", odd.median(), 20},
		{"the 99th percentile of few", odd.percentile(99), 30},
		{"the 10th percentile of few", odd.percentile(10), 10},
		{"the 99th percentile of 200", hundreds(2).percentile(99), 198},
		{"the median of the ratios, not the ratio of the medians", sample{1, 10, 4}.over(sample{2, 10, 1}).median(), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, not %v", c.name, c.got, c.want)
		}
	}
}

// hundreds counts to so many hundred.
func hundreds(n int) sample {
	var s sample
	for i := range n * 100 {
		s = append(s, float64(i+1))
	}
	return s
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		figure figure
		want   string
	}{
		{compare("", seconds, sample{1, 2, 3}, sample{1, 2, 3}).atMost(1, ratio), met},
		{compare("", seconds, sample{1.1, 2.2, 3}, sample{1, 2, 3}).atMost(1.05, ratio), notMet},
		{compare("", seconds, sample{1}, sample{2}), ""},
		{count("", 7).atMost(7, times), met},
		{count("", 8).atMost(7, times), notMet},
	} {
		if got := c.figure.verdict(); got != c.want {
			t.Errorf("%+v is %q, not %q", c.figure, got, c.want)
		}
	}
}
