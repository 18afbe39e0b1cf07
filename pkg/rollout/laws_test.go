// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"flag"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func ops() []string { return []string{"scale", "canary", "promote", "abort", "apply", "delete"} }

// check is rapid.MakeCheck with a seed and a number of checks of its own, so that
// the same commit always passes or always fails. Flags that are given count:
//
//	go test ./pkg/rollout -run 'Laws|Cut' -rapid.checks=20000 -rapid.seed=$RANDOM
func check(checks int, prop func(*rapid.T)) func(*testing.T) {
	return func(t *testing.T) {
		given := map[string]bool{}
		flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
		for name, value := range map[string]string{"rapid.checks": strconv.Itoa(max(checks/slower, 1)), "rapid.seed": "1", "rapid.nofailfile": "true"} {
			if given[name] {
				continue
			}
			before := flag.Lookup(name).Value.String()
			if err := flag.Lookup(name).Value.Set(value); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := flag.Lookup(name).Value.Set(before); err != nil {
					t.Error(err)
				}
			})
		}
		t.Logf("-rapid.seed=%s -rapid.checks=%s", flag.Lookup("rapid.seed").Value, flag.Lookup("rapid.checks").Value)
		rapid.Check(t, prop)
	}
}

// TestLaws plays random stories about each goal: policies, partitions, fates,
// evictions, lagging caches, lost answers, other hands. After every one, the
// finished command is typed once more.
func TestLaws(t *testing.T) {
	for _, op := range ops() {
		t.Run(op, check(600, func(rt *rapid.T) {
			rapid.SyncTest(rt, func(rt *rapid.T) {
				dice := rollouttest.Rapid{T: rt}
				story := rollouttest.DrawStory(dice, op)
				w := rollouttest.NewWorld(story.Start, dice)
				defer w.Close()
				r := w.PlayStory(rt.Context(), story, rollouttest.Cut{}, rollouttest.Wrap{})
				again := w.Again(rt.Context(), story, r, rollouttest.Wrap{})
				report(rt, w, story, w.Laws(), story.Lively(r), again)
			})
		}))
	}
}

// TestCutAnywhere tells each story twice: once to its end, and once with the
// process killed at some write, stored or not, and the command typed again.
func TestCutAnywhere(t *testing.T) {
	for _, op := range ops() {
		t.Run(op, check(250, func(rt *rapid.T) {
			dice := rollouttest.Rapid{T: rt}
			story := rollouttest.DrawPlainStory(dice, op)
			cut := rollouttest.Cut{At: 1 + dice.Pick("cut", 6), Stored: dice.Pick("stored", 2) == 1}
			var uncut, told string
			rapid.SyncTest(rt, func(rt *rapid.T) {
				w := rollouttest.NewWorld(story.Start, dice)
				defer w.Close()
				uncut = w.End(w.PlayStory(rt.Context(), story, rollouttest.Cut{}, rollouttest.Wrap{}))
				told = w.History()
			})
			rapid.SyncTest(rt, func(rt *rapid.T) {
				w := rollouttest.NewWorld(story.Start, dice)
				defer w.Close()
				w.PlayStory(rt.Context(), story, cut, rollouttest.Wrap{})
				again := w.Play(rt.Context(), story.Ask, rollouttest.Cut{}, rollouttest.Wrap{})
				if same := rollouttest.SameEnd(uncut, w.End(again)); len(same) > 0 {
					rt.Logf("uncut:\n%s", told)
					report(rt, w, story, same)
				}
				report(rt, w, story, w.Laws())
			})
		}))
	}
}

func report(rt *rapid.T, w *rollouttest.World, story rollouttest.Story, breaches ...[]rollouttest.Breach) {
	for _, some := range breaches {
		if len(some) > 0 {
			rt.Logf("%s\n%s", story, w.History())
			rt.Fatalf("%s", some[0])
		}
	}
}
