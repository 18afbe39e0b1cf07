// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Start is how a world begins: a set that has been settled on template "a" for
// an hour.
type Start struct {
	Replicas       int32
	Ordinals       int32 // spec.ordinals.start
	Partition      rollout.Partition
	Strategy       string // "" is RollingUpdate
	Parallel       bool
	MinReady       time.Duration
	MaxUnavailable int
	HistoryLimit   int
	Bytes          Bytes           // of the stable revision
	Fates          map[string]Fate // of templates, by name
	Retention      rollout.Retention
	Claims         bool // it has a claim template
	Forgotten      int  // claims of the set, of ordinals that are gone long since
	Stamps         bool // a webhook adds to each template that is stored
}

// newModel is a set as the start has it.
func newModel(s Start, now time.Time) *Model {
	strategy := s.Strategy
	if strategy == "" {
		strategy = rollout.RollingUpdate
	}
	m := &Model{
		now: now, denials: map[int32]denial{}, fates: s.Fates, stamps: s.Stamps,
		digests: map[Template]string{}, looks: map[int64]rollout.Set{}, revisionLooks: map[revision]rollout.Revision{},
	}
	stable := revision{name: setName + "-a", number: 1, template: Template{Name: "a", Bytes: s.Bytes}}
	m.revisions = []revision{stable}
	m.set = set{
		uid: "set-1", version: m.nextVersion(), generation: 1, writer: "kubectl-create",
		template: Template{Name: "a"}, partition: s.Partition, replicas: s.Replicas, start: s.Ordinals, strategy: strategy,
		parallel: s.Parallel, minReady: s.MinReady, maxUnavailable: s.MaxUnavailable, historyLimit: s.HistoryLimit,
		claims: s.Claims, retention: s.Retention,
	}
	m.populate(stable)
	m.claim(s)
	n := int(s.Replicas)
	m.set.status = status{
		observed: 1, current: stable.name, update: stable.name,
		replicas: n, readyReplicas: n, availableReplicas: n, currentReplicas: n, updatedReplicas: n,
	}
	m.controller.sees = m.set
	m.changed()
	return m
}

// populate makes pods that have been Ready for an hour.
func (m *Model) populate(r revision) {
	long := m.now.Add(-time.Hour)
	for i := range m.set.replicas {
		m.pods = append(m.pods, &pod{
			ordinal: m.set.start + i, uid: "old-" + podName(m.set.start+i), version: m.nextVersion(),
			revision: r.name, template: r.template, fate: Good, stage: ready,
			created: long, since: long, readyAt: long, startedAt: long,
		})
	}
}

// claim makes the claims of a set: those that were forgotten still belong to it,
// whatever its policy has become.
func (m *Model) claim(s Start) {
	if !s.Claims {
		return
	}
	for _, p := range m.pods {
		m.addClaim(p.ordinal)
		if s.Retention.WhenDeleted == deletes {
			m.claims[len(m.claims)-1].owners = []string{m.set.uid}
		}
	}
	for i := range s.Forgotten {
		m.addClaim(m.set.start+m.set.replicas+int32(i), m.set.uid)
	}
}

// Story is a world and what is typed in it.
type Story struct {
	Start

	Earlier []Ask // commands before, each run to its end
	Edit    Edit  // then somebody else's write
	Begun   int   // steps that it has been under way for
	Rested  bool  // or: it has come as far as it can
	Sick    int   // then so many pods break, the top ones first
	Ask     Ask
	Rival   Ask // typed while the first is under way; none where it has no Op
	Trouble Trouble
	Slow    bool // watches may lag for as long as they like
}

// Edit is a write of kubectl's; what is zero stays.
type Edit struct {
	Template  string
	Partition int32 // goes with the template
	Replicas  int32
}

// String is the story in short.
func (s Story) String() string {
	return fmt.Sprintf("%+v; earlier %v; edit %+v, %d steps ago; %d sick; %s; rival %s; trouble %+v",
		s.Start, s.Earlier, s.Edit, s.Begun, s.Sick, s.Ask, s.Rival, s.Trouble)
}

// DrawPlainStory throws one whose end does not hang on the order of things, so
// that two tellings of it can be compared.
func DrawPlainStory(dice Dice, op string) Story {
	s := DrawStory(dice, op)
	s.Trouble, s.Rival, s.Slow, s.Rested = Trouble{}, Ask{}, false, true
	if s.Fates["b"] == Flapping {
		s.Fates = nil
	}
	return s
}

// DrawStory throws a story about a command.
func DrawStory(dice Dice, op string) Story {
	s := Story{Start: drawStart(dice)}
	s.Ask = drawAsk(dice, op)
	switch op {
	case "scale":
		drawResize(dice, &s)
	case "promote", "abort":
		drawRollout(dice, &s)
	case "apply":
		drawApply(dice, &s)
	case "delete":
		drawDelete(dice, &s)
	}
	if dice.Pick("trouble", 2) == 1 {
		s.Trouble = drawTrouble(dice)
		s.Slow = dice.Pick("slow watches", 3) == 2
	}
	if dice.Pick("rivals", 4) == 3 {
		ops := []string{op, "scale", "canary", "promote", "abort"}
		s.Rival = drawAsk(dice, ops[dice.Pick("rival", len(ops))])
		s.Rival.Claims = s.Ask.Claims // one who gives the data up is enough
	}
	return s
}

// Quiet says that nothing but the command itself happens in the story.
func (s Story) Quiet() bool {
	return s.Trouble == Trouble{} && s.Rival == Ask{} && s.Sick == 0 && s.Fates["a"] == ""
}

func drawStart(dice Dice) Start {
	partitions := []rollout.Partition{{}, {Nil: true}, {Index: 2}, {Index: 100}}
	fates := []Fate{Good, Slow, Unpulled, NeverPull, Crashing, Unready, Unplaced, Denied, Unrevised, Flapping}
	start := Start{
		Replicas:       1 + int32(dice.Pick("replicas", 6)),
		Ordinals:       3 * int32(dice.Pick("start", 2)),
		Partition:      partitions[dice.Pick("partition", len(partitions))],
		Parallel:       dice.Pick("parallel", 2) == 1,
		MinReady:       []time.Duration{0, 10 * time.Second}[dice.Pick("minReady", 2)],
		MaxUnavailable: 1 + dice.Pick("maxUnavailable", 3),
		HistoryLimit:   []int{10, 0}[dice.Pick("history", 2)],
		Bytes:          []Bytes{Modern, NullStamp, Undefault}[dice.Pick("bytes", 3)],
		Fates:          map[string]Fate{"b": fates[dice.Pick("fate", len(fates))]},
	}
	if dice.Pick("stable", 6) == 5 { // whoever is made anew of it does not come up
		start.Fates["a"] = []Fate{Crashing, Unpulled, Denied}[dice.Pick("stable fate", 3)]
	}
	if dice.Pick("strategy", 8) == 7 { // with no rollingUpdate block, which the server refuses
		start.Strategy, start.Partition = rollout.OnDelete, rollout.Partition{Nil: true}
	}
	return start
}

func drawAsk(dice Dice, op string) Ask {
	ask := Ask{Op: op, Step: []string{"1", "2", "40%"}[dice.Pick("size", 3)]}
	switch op {
	case "scale":
		ask.To = int32(dice.Pick("to", 8))
		ask.Step = []string{"1", "2"}[dice.Pick("size", 2)]
	case "canary":
		ask.Template = "b"
		ask.Count = []string{"1", "2", "30%"}[dice.Pick("count", 3)]
	case "delete":
		ask.Claims = []string{"", "", "delete"}[dice.Pick("claims", 3)]
	case "promote":
		ask.Count = []string{"", "3", "50%"}[dice.Pick("count", 3)]
	}
	if op == "apply" {
		ask.Template = []string{"a", "b"}[dice.Pick("template", 2)]
		ask.To = int32(dice.Pick("to", 8))
	}
	if op != "abort" && op != "delete" {
		ask.Soak = []time.Duration{0, 10 * time.Second}[dice.Pick("soak", 2)]
		ask.Replaces = dice.Pick("replaces", 3) == 2
	}
	return ask
}

// drawResize is what a scale may find: one of its own that came before, one of
// kubectl's half done, and surplus pods that are broken.
func drawResize(dice Dice, s *Story) {
	switch dice.Pick("resize", 3) {
	case 1:
		s.Earlier = []Ask{drawAsk(dice, "scale")}
	case 2:
		s.Edit.Replicas = 1 + int32(dice.Pick("at", 7))
		s.Begun = dice.Pick("begun", 10)
		s.Sick = dice.Pick("sick", 4)
	}
}

// drawApply is what an apply may find: what a scale or a promote may, or one of
// its own.
func drawApply(dice Dice, s *Story) {
	switch dice.Pick("what", 3) {
	case 0:
		drawResize(dice, s)
	case 1:
		drawRollout(dice, s)
	default:
		s.Earlier = []Ask{drawAsk(dice, "apply")}
	}
}

// drawDelete is what there may be to delete: claims with every policy, and a
// set in the midst of anything.
func drawDelete(dice Dice, s *Story) {
	policies := []string{rollout.Retain, deletes}
	s.Claims, s.Forgotten = true, dice.Pick("forgotten", 3)
	s.Retention = rollout.Retention{WhenDeleted: policies[dice.Pick("whenDeleted", 2)], WhenScaled: policies[dice.Pick("whenScaled", 2)]}
	switch dice.Pick("what", 3) {
	case 1:
		drawResize(dice, s)
	case 2:
		drawRollout(dice, s)
		s.Sick = dice.Pick("sick", 3)
	}
}

// drawRollout is what there is to promote or to abort: a canary of ours or of
// kubectl's, at its end or half done.
func drawRollout(dice Dice, s *Story) {
	if dice.Pick("whose", 2) == 0 {
		s.Earlier = []Ask{drawAsk(dice, "canary")}
		if dice.Pick("promoted", 3) == 2 {
			s.Earlier = append(s.Earlier, drawAsk(dice, "promote"))
		}
		return
	}
	s.Edit = Edit{Template: "b", Partition: int32(dice.Pick("at", int(s.Replicas)+1))}
	s.Begun = dice.Pick("begun", 40)
}

// drawTrouble never lets an answer and the record go astray in one story: then
// nobody could tell whose write it was.
func drawTrouble(dice Dice) Trouble {
	t := Trouble{
		Sickness:  dice.Pick("sickness", 2),
		Evictions: dice.Pick("evictions", 3),
		Edits:     dice.Pick("edits", 2),
		Touches:   dice.Pick("touches", 3),
		Blinds:    dice.Pick("blinds", 3),
		Errors:    dice.Pick("errors", 2),
	}
	if dice.Pick("stripped", 3) == 2 {
		t.Strips = 1
		return t
	}
	t.Losses = dice.Pick("losses", 3)
	return t
}

// Begin plays all of a story but the command itself.
func (w *World) Begin(ctx context.Context, s Story) {
	for _, ask := range s.Earlier {
		w.Play(ctx, ask, Cut{}, Wrap{})
	}
	if s.Edit != (Edit{}) {
		w.edit("kubectl-edit", s.Edit.apply)
	}
	for range s.Begun {
		w.Step()
	}
	if s.Rested {
		w.Go(30 * time.Minute)
	}
	for range s.Sick {
		w.sicken(len(w.pods) - 1)
	}
	w.Trouble = s.Trouble
	if s.Slow {
		w.MaxLag = time.Hour
	}
}

// steer sets the partition where the strategy has one.
func (s *set) steer(index int32) {
	if s.strategy == rollout.RollingUpdate {
		s.partition = rollout.Partition{Index: index}
	}
}

func (e Edit) apply(s *set) {
	if e.Template != "" {
		s.template = Template{Name: e.Template}
		s.steer(e.Partition)
	}
	if e.Replicas > 0 {
		s.replicas = e.Replicas
	}
}
