// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func TestDiff(t *testing.T) {
	change := func(edit func(*rollout.Pod)) func(*rollout.Glance) {
		return func(g *rollout.Glance) { edit(&g.Pods[4]) }
	}
	for name, tt := range map[string]struct {
		before, after rollouttest.Sight
		want          string // an ordinal, was, is
	}{
		"nothing":             {web(), web(), ""},
		"the clock alone":     {web(), web().Glance(func(g *rollout.Glance) { g.At = g.At.Add(1) }), ""},
		"two ordinals":        {web().Pods("a a a a? a"), web().Pods("a a/ a a a"), "web-1 Available Terminating; web-3 Starting Available"},
		"gone":                {web().Pods("a a a a a/"), web().Pods("a a a a -"), "web-4 Terminating Absent"},
		"made":                {web().Pods("a a a a -"), web().Pods("a a a a a."), "web-4 Absent Pending"},
		"made anew meanwhile": {web(), web().Glance(change(func(p *rollout.Pod) { p.UID, p.Phase = "v", rollout.Starting })), "web-4 Available Starting (replaced)"},
		"made anew, as well":  {web(), web().Glance(change(func(p *rollout.Pod) { p.UID = "v" })), "web-4 Available Available (replaced)"},
		"a restart":           {web(), web().Glance(change(func(p *rollout.Pod) { p.Restarts++ })), "web-4 Available Available"},
		"a cause":             {web().Pods("a a a a a?"), web().Pods("a a a a a?").Glance(change(func(p *rollout.Pod) { p.Cause.ID = rollout.Undetermined })), "web-4 Starting Starting"},
		"more of a cause": {
			web().Pods("a a a a a?").Glance(change(func(p *rollout.Pod) { p.Cause.ID = rollout.ClaimPending })),
			web().Pods("a a a a a?").Glance(change(func(p *rollout.Pod) { p.Cause.ID, p.Cause.Details = rollout.ClaimPending, "none" })),
			"web-4 Starting Starting",
		},
		"the same of a cause": {
			web().Pods("a a a a a?").Glance(change(func(p *rollout.Pod) { p.Cause.ID, p.Cause.Details = rollout.ClaimPending, "none" })),
			web().Pods("a a a a a?").Glance(change(func(p *rollout.Pod) { p.Cause.ID, p.Cause.Details = rollout.ClaimPending, "one" })),
			"",
		},
		"a further ordinal":      {web(), web().Replicas(6).Pods("a a a a a -"), ""},
		"one more, with its pod": {web(), web().Replicas(6).Pods("a a a a a a."), "web-5  Pending"},
		"one becomes surplus":    {web(), web().Replicas(4).Pods("a a a a a/"), "web-4 Available Terminating"},
		"a surplus one goes":     {web().Replicas(4).Pods("a a a a a/"), web().Replicas(4), "web-4 Terminating Absent"},
		"none is left":           {web().Replicas(2), web().Replicas(0), "web-0 Available Absent; web-1 Available Absent"},
		"absent out of range":    {web().Pods("a a a a -"), web().Replicas(4), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range rollout.Diff(tt.before.State(), tt.after.State()) {
				text := fmt.Sprintf("%s %s %s", e.PodName, e.Was, e.Phase)
				if e.Replaced {
					text += " (replaced)"
				}
				got = append(got, text)
			}
			if joined := strings.Join(got, "; "); joined != tt.want {
				t.Errorf("it tells %q, want %q", joined, tt.want)
			}
		})
	}
	if events := rollout.Diff(rollout.State{}, web().State()); events != nil {
		t.Errorf("a first sighting tells %v", events)
	}
}
