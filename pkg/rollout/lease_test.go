// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestLease takes a lease of one sighting and decides on a later one.
func TestLease(t *testing.T) {
	next := func(edits ...func(*rollout.Set)) rollouttest.Sight {
		return half().Record("canary", rollout.Open, gen(7)).With(func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 }).With(edits...)
	}
	by := func(field, manager string) func(*rollout.Set) {
		return func(s *rollout.Set) { s.Writers = []rollout.Writer{{Field: field, Manager: manager}} }
	}
	ours := func(r *rollout.Record) { r.Run = "0000bbbb" }
	for name, tt := range map[string]struct {
		later rollouttest.Sight
		says  string // "" is that the run goes on
	}{
		"nothing has changed":           {half(), ""},
		"another field has changed":     {next(), ""},
		"the partition":                 {next(func(s *rollout.Set) { s.Partition.Index = 1 }, by("partition", "argo")), `superseded: SpecChanged: statefulset.apps/web: partition changed from 3 to 1 by "argo"`},
		"the replicas, by nobody known": {next(func(s *rollout.Set) { s.Replicas = 6 }), "superseded: SpecChanged: statefulset.apps/web: replicas changed from 5 to 6"},
		"the strategy":                  {next(onDelete), "superseded: SpecChanged: statefulset.apps/web: strategy changed from RollingUpdate to OnDelete"},
		"the start":                     {next(func(s *rollout.Set) { s.Start = 3 }), "superseded: SpecChanged: statefulset.apps/web: start changed from 0 to 3"},
		"the template":                  {next().Revisions("a", "c").Glance(alsoB), "superseded: SpecChanged: statefulset.apps/web: the template was changed (image main: b -> c)"},
		"the template, by somebody":     {next(by("template", "helm")).Revisions("a", "c").Glance(alsoB), `superseded: SpecChanged: statefulset.apps/web: the template was changed by "helm" (image main: b -> c)`},
		"one that nothing has any more": {next().Revisions("a", "c"), "superseded: SpecChanged: statefulset.apps/web: the template was changed"},
		"our own write":                 {next(func(s *rollout.Set) { s.Partition.Index = 2 }).Record("promote", rollout.Open, ours), ""},
		"somebody's on our own":         {next(func(s *rollout.Set) { s.Partition.Index = 1 }).Record("promote", rollout.Open, ours, func(r *rollout.Record) { r.Partition = 2 }), "superseded: SpecChanged: statefulset.apps/web: partition changed from 2 to 1"},
		"another run's":                 {next().Record("abort", rollout.Open, func(r *rollout.Record) { r.Run = "0000cccc" }), "superseded: TakenOver: statefulset.apps/web: another kubectl-sts run took over (abort, run 0000cccc)"},
		"deleted":                       {half().With(func(s *rollout.Set) { s.UID = "" }), "superseded: SetDeleted: statefulset.apps/web was deleted"},
		"being deleted":                 {half().With(func(s *rollout.Set) { s.Deleting = true }), "superseded: SetDeleted: statefulset.apps/web is being deleted"},
		"kept by a finalizer":           {half().With(func(s *rollout.Set) { s.Deleting, s.Finalizers = true, []string{"a/b"} }), `superseded: SetDeleted: statefulset.apps/web is being deleted: finalizers ["a/b"] are still on it`},
		"another of the name":           {half().With(func(s *rollout.Set) { s.UID = "set-2" }), "superseded: SetReplaced: statefulset.apps/web is another object now (uid set-2, it was set-1)"},
	} {
		t.Run(name, func(t *testing.T) {
			goal := promote("", "1")
			lease := rollout.LeaseOf(goal, half().State(), "0000bbbb")
			got := ""
			if err := rollout.Decide(goal, tt.later.State(), lease).Err; err != nil {
				got, _, _ = strings.Cut(named(rollouttest.Kind(err)+": "+err.Error()), "; abort")
			}
			if got != tt.says {
				t.Errorf("it says %q, want %q", got, tt.says)
			}
		})
	}
}

// alsoB is a revision that is no end of the rollout any more.
func alsoB(g *rollout.Glance) {
	g.Revisions = append(g.Revisions, rollouttest.Revision("web-b", 3, "b"))
}

func gen(n int64) func(*rollout.Record) { return func(r *rollout.Record) { r.Gen = n } }

// TestLeaseOfRecord: a record that is open holds a later command to what it left.
func TestLeaseOfRecord(t *testing.T) {
	left := func(r *rollout.Record) { r.Gen, r.Partition = 6, 4 }
	for name, tt := range map[string]struct {
		in        rollouttest.Sight
		goal      rollout.Goal
		partition int32
	}{
		"an open record":                  {half().Record("canary", rollout.Open, left), promote("", "1"), 4},
		"a paused record":                 {half().Record("pause", rollout.Paused, left), promote("", "1"), 4},
		"a closed record":                 {half().Record("promote", rollout.Promoted, left), promote("", "1"), 3},
		"an open record of a settled set": {web().Partition(3).Record("canary", rollout.Open, left), promote("", "1"), 3},
		"who aborts takes it as it is":    {half().Record("canary", rollout.Open, left), rollout.Abort{}, 3},
		"who names the revision too":      {half().Record("canary", rollout.Open, left), promote("", "1", ofRevision("web-b")), 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rollout.LeaseOf(tt.goal, tt.in.State(), "0000bbbb").Spec.Partition.Index; got != tt.partition {
				t.Errorf("held to partition %d, want %d", got, tt.partition)
			}
		})
	}
}

func TestReplicasYield(t *testing.T) {
	goal := promote("", "1")
	lease := rollout.LeaseOf(goal, half().State(), "0000bbbb")
	lease.Replicas = rollout.ReplicasYield
	later := half().Record("canary", rollout.Open, gen(7)).Replicas(7).With(func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 })
	if d := rollout.Decide(goal, later.State(), lease); d.Err != nil {
		t.Errorf("a change of replicas that was allowed for ends the run: %v", d.Err)
	}
}

func version(resourceVersion string) func(*rollout.Set) {
	return func(s *rollout.Set) { s.Version = resourceVersion }
}

// TestUnseen: nothing is decided on a sighting from before our last write.
func TestUnseen(t *testing.T) {
	broken := back("a a a a b?")
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		lease func(*rollout.Lease)
		waits bool
	}{
		"seen":                        {broken, func(*rollout.Lease) {}, false},
		"a spec write":                {broken, func(l *rollout.Lease) { l.Generation++ }, true},
		"a record alone":              {broken, func(l *rollout.Lease) { l.Version = "101" }, true},
		"it shows":                    {broken.With(version("101")), func(l *rollout.Lease) { l.Version = "101" }, false},
		"a later write of another's":  {broken.With(version("1000")), func(l *rollout.Lease) { l.Version = "999" }, false},
		"versions that do not count":  {broken.With(version("a7")), func(l *rollout.Lease) { l.Version = "b1" }, false},
		"a pod that we removed":       {broken, func(l *rollout.Lease) { l.Removed = "pod-4" }, true},
		"it shows as leaving":         {back("a a a a b/"), func(l *rollout.Lease) { l.Removed = "pod-4" }, true},
		"another pod is in its place": {broken, func(l *rollout.Lease) { l.Removed = "pod-9" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			goal, err := abort(s)
			if err != nil {
				t.Fatal(err)
			}
			lease := rollout.LeaseOf(goal, s, "0000bbbb")
			tt.lease(&lease)
			if d := rollout.Decide(goal, s, lease); (d.Wait != nil) != tt.waits {
				t.Errorf("it decides %+v", d)
			}
		})
	}
}

func TestBlindDecidesNothing(t *testing.T) {
	in := half().Glance(func(g *rollout.Glance) { g.Blind = "the watch of pods is down" })
	d := rollout.Decide(promote("", "1"), in.State(), rollout.LeaseOf(promote("", "1"), in.State(), "0000bbbb"))
	if len(d.Wait) != 1 || d.Wait[0].Cause.ID != rollout.OutOfSight {
		t.Errorf("it decides %+v", d)
	}
}

// TestRefusedOrFailed: what is broken is a refusal only until something was written.
func TestRefusedOrFailed(t *testing.T) {
	s := web().Pods("a a a! a a").State()
	lease := rollout.LeaseOf(scale(6), s, "0000bbbb")
	for wrote, want := range map[bool]string{false: "refused: BrokenPods", true: "failed: OrdinalFailed"} {
		lease.Wrote = wrote
		if got := rollouttest.Kind(rollout.Decide(scale(6), s, lease).Err); got != want {
			t.Errorf("wrote %v: %s, want %s", wrote, got, want)
		}
	}
	for after, lease := range map[string]rollout.Lease{"a write": {Wrote: true}, "a nudge": {Noted: true}} {
		lease.UID, lease.Generation, lease.Spec = s.Set.UID, s.Set.Generation, s.Set.Spec
		if got := rollouttest.Kind(rollout.Decide(canary("b", "9", "1"), s, lease).Err); got != "failed: CountTooLarge" {
			t.Errorf("a refusal after %s: %s", after, got)
		}
		if got := rollouttest.Kind(rollout.Decide(scale(6), s, lease).Err); got != "failed: OrdinalFailed" {
			t.Errorf("a broken ordinal after %s: %s", after, got)
		}
	}
}
