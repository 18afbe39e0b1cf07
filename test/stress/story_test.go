// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

var (
	runs    = flag.Int("stress.runs", 50, "how many random runs of each verb")
	beside  = flag.Int("stress.beside", 12, "how many stories are played beside each other")
	longest = flag.Duration("stress.for", 24*time.Hour, "begin no story after this long")
	oneSeed = flag.Uint64("stress.seed", 0, "play the story of this seed and no other")
)

// chapters is how many commands a story has.
const chapters = 12

// TestStories plays stories until every verb has had its runs.
func TestStories(t *testing.T) {
	t.Parallel()
	g, ctx := openGround(t)
	if *oneSeed != 0 {
		tally := newTally(math.MaxInt)
		g.tell(ctx, t, *oneSeed, tally)
		t.Log(tally)
		return
	}
	tally := newTally(*runs)
	first := rand.Uint64N(1 << 40)
	var wait sync.WaitGroup
	seeds := make(chan uint64)
	for range *beside {
		wait.Go(func() {
			for seed := range seeds {
				g.tell(ctx, t, seed, tally)
				if tally.told()%100 == 0 {
					t.Log(tally)
				}
			}
		})
	}
	late, stop := context.WithTimeout(ctx, *longest)
	defer stop()
	for seed := first; !t.Failed() && late.Err() == nil && !tally.enough(); seed++ {
		seeds <- seed
	}
	close(seeds)
	wait.Wait()
	t.Logf("seeds from %d: %s; %d times the controller slept", first, tally, g.woken.Load())
}

// tally counts runs.
type tally struct {
	wanted int // of each verb

	mu                     sync.Mutex
	verbs                  map[string]int
	cuts, faults, resumed  int
	codes                  map[int]int
	stories, again, writes int
}

func newTally(wanted int) *tally {
	return &tally{wanted: wanted, verbs: map[string]int{}, codes: map[int]int{}}
}

func (t *tally) count(e ended) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.verbs[e.judge.Verb]++
	t.codes[e.code]++
	t.faults += len(e.met)
	if e.cut {
		t.cuts++
	}
}

func (t *tally) add(to *int, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*to += n
}

func (t *tally) told() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stories
}

// enough says that every verb has had its runs.
func (t *tally) enough() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, verb := range []string{"scale", "canary", "promote", "abort", "apply", "delete"} {
		if t.verbs[verb] < t.wanted {
			return false
		}
	}
	return true
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, verb := range slices.Sorted(maps.Keys(t.verbs)) {
		parts = append(parts, fmt.Sprintf("%d of %s", t.verbs[verb], verb))
	}
	return fmt.Sprintf("%d stories; runs under fire: %s (%d faults met, %d killed, exit codes %v); %d resumed, %d run again; %d writes judged",
		t.stories, strings.Join(parts, ", "), t.faults, t.cuts, t.codes, t.resumed, t.again, t.writes)
}

// tell plays the story of a seed, as far as there is any need for it.
func (g *ground) tell(ctx context.Context, t *testing.T, seed uint64, tally *tally) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 0))
	form := drawShape(dice)
	s, err := g.begin(ctx, form)
	if err == nil {
		for i := 0; i < chapters && err == nil && !tally.enough(); i++ {
			err = s.chapter(ctx, dice, tally)
		}
		tally.add(&tally.stories, 1)
		err = errors.Join(err, s.judge(ctx), s.leave(ctx))
		tally.add(&tally.writes, s.writes)
	}
	if err != nil {
		t.Errorf("seed %d: %v: %v\n%s", seed, form, err, s)
	}
}

func drawShape(dice *rand.Rand) shape {
	s := shape{Replicas: 2 + dice.Int32N(4), Parallel: dice.IntN(3) == 0, Maker: kubectlApply}
	if dice.IntN(3) == 0 {
		s.Start = 3
	}
	if dice.IntN(3) == 0 {
		s.Own = 1
	}
	if dice.IntN(8) == 0 {
		s.MinReady = 1
	}
	if dice.IntN(3) == 0 {
		s.Maker = somebody
	}
	if dice.IntN(6) == 0 {
		s.Replicas, s.Own = 0, 0
	}
	s.Claims = []retention{"", appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType}[dice.IntN(3)]
	return s
}

// story is one set and what has befallen it.
type story struct {
	*plot

	model  model
	claims map[string]types.UID // as they were first seen
	runs   []ended
	writes int
}

func (s *story) String() string {
	if s == nil {
		return ""
	}
	var lines []string
	for _, r := range s.runs[max(0, len(s.runs)-6):] {
		lines = append(lines, r.String())
	}
	return fmt.Sprintf("in %s, after %d runs; the last:\n%s", s.namespaceName, len(s.runs), strings.Join(lines, "\n"))
}

func (g *ground) begin(ctx context.Context, form shape) (*story, error) {
	p, err := g.fence(ctx, form)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "stress-")
	if err != nil {
		return nil, err
	}
	return &story{plot: p, model: newModel(form, folder), claims: map[string]types.UID{}}, p.plant(ctx)
}

func (s *story) leave(ctx context.Context) error {
	return errors.Join(s.plot.leave(ctx), os.RemoveAll(s.model.folder))
}

// play runs a command and keeps it for the judge.
func (s *story) play(ctx context.Context, c command, schedule faultproxy.Schedule) (ended, error) {
	c.judge.Agent = fmt.Sprintf("%s-%d", s.namespaceName, len(s.runs))
	e, err := s.run(ctx, c, schedule, nil)
	s.runs = append(s.runs, e)
	return e, err
}

// chapter is one command under fire, and the same one in peace until it is at its goal.
func (s *story) chapter(ctx context.Context, dice *rand.Rand, tally *tally) error {
	a := s.model.draw(dice)
	schedule, again := drawSchedule(dice), dice.IntN(3) == 0
	e, err := s.play(ctx, a.command, schedule)
	if err != nil {
		return err
	}
	tally.count(e)
	if err := plausible(e, a); err != nil {
		return err
	}
	if e.code != a.codes[0] {
		tally.add(&tally.resumed, 1)
		if err := s.resume(ctx, e, a); err != nil {
			return err
		}
	}
	s.model = a.after
	if a.codes[0] != 0 {
		return nil
	}
	if a.destroys {
		clear(s.claims)
		if err := s.release(ctx); err != nil {
			return err
		}
	}
	if err := s.reached(ctx); err != nil || !again {
		return err
	}
	tally.add(&tally.again, 1)
	return s.again(ctx, a)
}

func drawSchedule(dice *rand.Rand) faultproxy.Schedule {
	schedule := faultproxy.Draw(dice, 4)
	if dice.IntN(4) > 0 {
		return schedule
	}
	knife := faultproxy.Fault{On: faultproxy.Write, Nth: 1 + dice.IntN(4), Do: faultproxy.Tell, Signal: killed}
	knife.Moment = []faultproxy.Moment{faultproxy.Before, faultproxy.Stored}[dice.IntN(2)]
	return append(faultproxy.Schedule{knife}, schedule...)
}

// resume runs what was cut once more, in peace.
func (s *story) resume(ctx context.Context, cut ended, a act) error {
	if cut.code == 4 { // a node had lost a pod just then
		if err := s.until(ctx, s.model.differs); err != nil {
			return err
		}
	}
	e, err := s.play(ctx, a.command, nil)
	if err == nil && e.code != a.codes[0] {
		err = fmt.Errorf("law 8: resumed, it ends with %d, not with %d", e.code, a.codes[0])
	}
	return err
}

// again runs what is at its goal.
func (s *story) again(ctx context.Context, a act) error {
	a.judge.Again = true
	e, err := s.play(ctx, a.command, nil)
	if err == nil && e.code != 0 {
		err = fmt.Errorf("law 7: run again, it ends with %d", e.code)
	}
	return err
}

// plausible: what a run under fire may end with.
func plausible(e ended, a act) error {
	switch {
	case e.code == a.codes[0], e.code == 1, e.cut && e.code == 130:
		return nil
	case e.code == 4 && a.judge.Verb == "canary" && strings.Contains(e.said, "a canary begins on a settled set only"):
		return nil
	default:
		return fmt.Errorf("under fire, it ends with %d", e.code)
	}
}

// reached: where a run says that it is at its goal, the set is, by the model;
// whether it was so just then, the log says. Until now a node may have lost a pod.
func (s *story) reached(ctx context.Context) error {
	if err := s.until(ctx, s.model.differs); err != nil {
		return fmt.Errorf("law 8: it ended with 0, and %w", err)
	}
	v, err := s.look(ctx)
	if err != nil {
		return err
	}
	return s.keeps(v)
}

// keeps: every claim that was ever seen is there, and no other in its place.
func (s *story) keeps(v view) error {
	for claimName, uid := range s.claims {
		if now := v.claims[claimName]; now != uid {
			return fmt.Errorf("law 4: the claim %s was %s, and is %q", claimName, uid, now)
		}
	}
	maps.Copy(s.claims, v.claims)
	return nil
}

// judge holds every run of the story to the laws.
func (s *story) judge(ctx context.Context) error {
	h, err := s.history(ctx)
	if err != nil {
		return err
	}
	var broken []error
	for _, lost := range h.Lost() {
		broken = append(broken, errors.New(lost.String()))
	}
	for _, r := range s.runs {
		s.writes += len(h.Writes(r.judge.Agent))
		for _, breach := range h.Check(r.judge) {
			broken = append(broken, errors.New(breach.String()))
		}
	}
	return errors.Join(broken...)
}
