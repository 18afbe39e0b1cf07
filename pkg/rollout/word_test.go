// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func TestWord(t *testing.T) {
	young := func(r *rollout.Record) { r.At = web().State().At.Add(-10 * time.Second) }
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want rollout.Word
	}{
		"one revision, all Available":              {web(), rollout.WordSettled},
		"its own partition":                        {web().Partition(3), rollout.WordSettled},
		"its own partition beyond all":             {web().Partition(100), rollout.WordSettled},
		"no ordinals":                              {rollouttest.Set("web").Replicas(0), rollout.WordSettled},
		"OnDelete":                                 {web().With(onDelete), rollout.WordSettled},
		"OnDelete before 1.37, all on the new one": {web().Revisions("a", "b").With(onDelete), rollout.WordSettled},
		"OnDelete, some on the old one":            {web().Revisions("a", "b").Pods("a a b b b").With(onDelete), rollout.WordRolling},
		"more ordinals than are looked at":         {rollouttest.Set("web").Replicas(0).Glance(func(g *rollout.Glance) { g.Set.Replicas = 50_001 }), rollout.WordOversized},
		"a broken pod":                             {web().Pods("a a a! a a"), rollout.WordFailing},
		"a broken pod and a surplus one":           {web().Pods("a a a! a a a"), rollout.WordFailing},
		"a broken canary":                          {half().Pods("a a a b b!"), rollout.WordFailing},
		"a broken surplus pod has not failed":      {web().Pods("a a a a a a!"), rollout.WordScaling},
		"a surplus pod":                            {web().Pods("a a a a a a/"), rollout.WordScaling},
		"a missing ordinal":                        {web().Pods("a a a a -"), rollout.WordScaling},
		"a missing ordinal in a rollout":           {web().Revisions("a", "b").Pods("a a a - b"), rollout.WordRolling},
		"one that comes":                           {web().Pods("a a a a a."), rollout.WordRolling},
		"one that is Ready, not for long":          {web().Pods("a a a a a~").With(func(s *rollout.Set) { s.MinReadySeconds = 10 }), rollout.WordRolling},
		"one that goes":                            {web().Pods("a a a a a/"), rollout.WordRolling},
		"not observed":                             {web().Unobserved(), rollout.WordRolling},
		"kubectl's rollout":                        {web().Revisions("a", "b").Pods("a a a a b"), rollout.WordRolling},
		"a canary on its way":                      {half().Pods("a a a b? b"), rollout.WordRolling},
		"a canary":                                 {half(), rollout.WordCanary},
		"kubectl's canary":                         {web().Revisions("a", "b").Partition(4), rollout.WordCanary},
		"a canary, a stable pod on its way":        {half().Pods("a a? a b b"), rollout.WordCanary},
		"a promote that wrote just now":            {half().Record("promote", rollout.Open, young), rollout.WordRolling},
		"a promote that was interrupted":           {half().Record("promote", rollout.Open), rollout.WordCanary},
		"a template that nothing may have":         {web().Revisions("a", "b").Partition(5), rollout.WordPaused},
		"the record says so":                       {half().Record("pause", rollout.Paused), rollout.WordPaused},
		"an own partition, one below on its way":   {web().Partition(4).Pods("a? a a a a"), rollout.WordRolling},
		"two revisions of one template":            {web().Partition(3).Glance(twins), rollout.WordSettled},
		"a delete that was begun":                  {web().Record("delete", rollout.Open), rollout.WordDeleting},
		"a delete, one on its way out":             {web().Pods("a a a a a a/").Record("delete", rollout.Open), rollout.WordDeleting},
		"a delete, one broken":                     {web().Pods("a a a! a a").Record("delete", rollout.Open), rollout.WordFailing},
		"a delete that was called off":             {web().Record("delete", rollout.Done), rollout.WordSettled},
		"it waits for finalizers":                  {web().With(func(s *rollout.Set) { s.Deleting = true }), rollout.WordDeleting},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.in.State().Word(); got != tt.want {
				t.Errorf("it is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestMoves: what status -w waits for ends by itself.
func TestMoves(t *testing.T) {
	at := web().State().At
	young := func(r *rollout.Record) { r.At = at.Add(-10 * time.Second) }
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		moves bool
		again time.Time
	}{
		"settled":                        {web(), false, time.Time{}},
		"rolling":                        {web().Revisions("a", "b").Pods("a a a a b"), true, time.Time{}},
		"a promote that wrote just now":  {half().Record("promote", rollout.Open, young), true, at.Add(50 * time.Second)},
		"a promote that was interrupted": {half().Record("promote", rollout.Open), false, time.Time{}},
		"a delete that wrote just now":   {web().Record("delete", rollout.Open, young), true, at.Add(50 * time.Second)},
		"a delete that was interrupted":  {web().Record("delete", rollout.Open), false, time.Time{}},
		"one that still goes":            {web().Pods("a a a a a a/").Record("delete", rollout.Open), true, at.Add(30 * time.Second)},
		"a delete, one broken":           {web().Pods("a a a! a a").Record("delete", rollout.Open, young), false, at.Add(50 * time.Second)},
		"it waits for finalizers":        {web().With(func(s *rollout.Set) { s.Deleting = true }), true, time.Time{}},
	} {
		again, moves := tt.in.State().Moves()
		if moves != tt.moves || !again.Equal(tt.again) {
			t.Errorf("%s: it moves: %v, again %s, want %v, %s", name, moves, again, tt.moves, tt.again)
		}
	}
}

// twins are two revisions of template "a", with a pod on each.
func twins(g *rollout.Glance) {
	g.Revisions = rollout.Revisions{rollouttest.Revision("web-a", 1, "a"), rollouttest.Revision("web-a2", 3, "a")}
	g.Set.Update = "web-a2"
}

func TestOwnPartition(t *testing.T) {
	own := func(n int32) func(*rollout.Record) {
		return func(r *rollout.Record) { r.Own = &rollout.OwnPartition{Partition: n} }
	}
	none := func(r *rollout.Record) { r.Own = nil }
	later := func(s *rollout.Set) { s.Generation, s.Observed = 8, 8 }
	copied := func(edits ...func(*rollout.Record)) func(*rollout.Glance) {
		record := half().Record("canary", rollout.Open, append(edits, own(2))...).State().Set.Record
		return func(g *rollout.Glance) {
			update := rollouttest.Revision("web-b", 2, "b")
			update.Record = record
			g.Revisions = rollout.Revisions{rollouttest.Revision("web-a", 1, "a"), update}
		}
	}
	canary := web().Revisions("a", "b").Partition(3)
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		want  rollout.Partition
		guess bool
	}{
		"settled":                                  {web(), rollout.Partition{}, false},
		"settled with one":                         {web().Partition(2), rollout.Partition{Index: 2}, false},
		"settled without a block":                  {web().NoPartition(), rollout.Partition{Nil: true}, false},
		"rolling without a block":                  {web().NoPartition().Revisions("a", "b").Pods("a a a a b"), rollout.Partition{Nil: true}, false},
		"broken, with one":                         {web().Partition(2).Pods("a a - - -"), rollout.Partition{Index: 2}, false},
		"staged":                                   {web().Revisions("a", "b").Partition(5), rollout.Partition{Index: 5}, false},
		"staged beyond all":                        {web().Revisions("a", "b").Partition(100), rollout.Partition{Index: 100}, false},
		"a canary without a record":                {canary, rollout.Partition{}, true},
		"the record's":                             {half().Record("canary", rollout.Open, own(1)), rollout.Partition{Index: 1}, false},
		"the record's, of no block":                {half().Record("canary", rollout.Open, none), rollout.Partition{Nil: true}, false},
		"a closed record of this generation":       {web().Partition(2).Record("promote", rollout.Promoted, own(1)), rollout.Partition{Index: 1}, false},
		"a closed record of an earlier generation": {web().Partition(2).Record("promote", rollout.Promoted, own(1), func(r *rollout.Record) { r.Gen = 7 }).With(later), rollout.Partition{Index: 2}, false},
		"another set's record":                     {canary.Record("canary", rollout.Open, own(1), func(r *rollout.Record) { r.UID = "set-0" }), rollout.Partition{}, true},
		"a record of a generation to come":         {canary.Record("canary", rollout.Open, own(1), func(r *rollout.Record) { r.Gen = 99 }), rollout.Partition{}, true},
		"a record whose revision is gone":          {canary.Record("canary", rollout.Open, own(1), from("web-x")), rollout.Partition{}, true},
		"the copy on the update revision":          {canary.Glance(copied()), rollout.Partition{Index: 2}, false},
		"a copy of another set":                    {canary.Glance(copied(func(r *rollout.Record) { r.UID = "set-0" })), rollout.Partition{}, true},
		"a copy of another template":               {canary.Glance(copied(func(r *rollout.Record) { r.ToDigest = "other" })), rollout.Partition{}, true},
		"a copy from another revision":             {canary.Glance(copied(from("web-x"))), rollout.Partition{}, true},
		"a copy, not observed":                     {canary.Glance(copied()).Unobserved(), rollout.Partition{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			if got := s.Own(); got != tt.want {
				t.Errorf("its own is %s, want %s", got, tt.want)
			}
			if got := s.OwnIsGuess(); got != tt.guess {
				t.Errorf("a guess: %v, want %v", got, tt.guess)
			}
		})
	}
}

func TestStable(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want string // "" is a refusal
	}{
		"one revision":             {web(), "web-a"},
		"kubectl's canary":         {web().Revisions("a", "b").Partition(3), "web-a"},
		"the record's":             {half().Record("canary", rollout.Open, from("web-b")), "web-b"},
		"a closed record's is not": {web().Revisions("a", "b").Record("promote", rollout.Promoted, from("web-b")), "web-a"},
		"the record's is gone":     {half().Record("canary", rollout.Open, from("web-x")), "web-a"},
		"status names one that is not there": {web().Glance(func(g *rollout.Glance) {
			g.Revisions = rollout.Revisions{rollouttest.Revision("web-b", 1, "b")}
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.in.State().Stable()
			if got.Name != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("stable is %q (%v), want %q", got.Name, err, tt.want)
			}
		})
	}
}

// TestWordOfANewSet: before its status is written, too, its ordinals are missing.
func TestWordOfANewSet(t *testing.T) {
	in := web().Pods("- - - - -").Unobserved().With(func(s *rollout.Set) { s.Current, s.Update = "", "" })
	if got := in.State().Word(); got != rollout.WordScaling {
		t.Errorf("it is %s", got)
	}
}
