// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// at is a schedule that tells when the nth write has been answered.
func at(nth int) faultproxy.Schedule {
	return faultproxy.Schedule{{On: faultproxy.Write, Nth: nth, Moment: faultproxy.After, Do: faultproxy.Tell, Signal: "now"}}
}

// opposites are two operators with opposite goals, and what becomes of the set
// where the first, or the second, has its way.
type opposites struct {
	before      []command
	there, back func(model) command
	ahead, away func(model) model
	from        []int // the writes of the first at which the second begins
	late        []int // what the second may end with, where the first has its way
}

var rivals = map[string]opposites{
	"promote and abort": {
		from:   []int{1, 2, 3, 4},
		before: []command{canaryOf(image(2), 1)},
		there:  always(command{args: words("promote %s --soak 0s", setName), judge: audit.Run{Verb: "promote", Count: 4}}),
		back:   always(command{args: words("abort %s", setName), judge: audit.Run{Verb: "abort"}}),
		ahead:  func(m model) model { m.stable = image(2); return m },
		away:   func(m model) model { return m },
		late:   []int{4, 5},
	},
	"apply and abort": {
		from:  []int{1, 3},
		there: func(m model) command { return m.applied(file{image: image(2)}, 1) },
		back:  always(command{args: words("abort %s", setName), judge: audit.Run{Verb: "abort"}}),
		ahead: func(m model) model { m.stable = image(2); return m },
		away:  func(m model) model { return m },
		late:  []int{4, 5},
	},
	"apply and delete": {
		from:  []int{1, 4},
		there: func(m model) command { return m.applied(file{image: image(2)}, 1) },
		back: func(m model) command {
			m.saved = filepath.Join(m.folder, "saved.yaml")
			c := m.deleted()
			c.first = nil // which template is saved depends on when it begins
			return c
		},
		ahead: func(m model) model { m.stable = image(2); return m },
		away:  func(m model) model { m.gone = true; return m },
		late:  []int{4, 5},
	},
	"delete and apply": {
		from:  []int{1, 4},
		there: func(m model) command { m.saved = filepath.Join(m.folder, "saved.yaml"); return m.deleted() },
		back:  func(m model) command { return m.applied(file{image: image(1), replicas: new(int32(4))}, 1) },
		ahead: func(m model) model { m.gone = true; return m },
		away:  func(m model) model { return m },
		late:  []int{1, 4, 5}, // it may find no set where there was one
	},
}

// TestOpposites has one operator begin at a write of another. Both end, at
// most one at its goal, and the set is whole.
func TestOpposites(t *testing.T) {
	g, ctx := openGround(t)
	for name, both := range rivals {
		for _, nth := range both.from {
			t.Run(fmt.Sprintf("%s, from write %d", name, nth), func(t *testing.T) {
				t.Parallel()
				s, err := g.begin(ctx, shape{Replicas: 4, Maker: kubectlApply})
				must(t, err)
				err = s.oppose(ctx, both, nth)
				if err := errors.Join(err, s.judge(ctx), s.leave(ctx)); err != nil {
					t.Errorf("%v\n%s", err, s)
				}
			})
		}
	}
}

func (s *story) oppose(ctx context.Context, both opposites, nth int) error {
	for _, c := range both.before {
		if _, err := s.play(ctx, c, nil); err != nil {
			return err
		}
	}
	first, second := both.there(s.model), both.back(s.model)
	first.judge.Agent, second.judge.Agent = s.namespaceName+"-a", s.namespaceName+"-b"
	var back ended
	done := make(chan error, 1)
	there, err := s.run(ctx, first, at(nth), func(string) {
		go func() {
			var err error
			back, err = s.run(ctx, second, nil, nil)
			done <- err
		}()
	})
	if len(there.met) > 0 {
		err = errors.Join(err, <-done)
	}
	s.runs = append(s.runs, there, back)
	switch {
	case err != nil:
		return err
	case there.code == 0 && slices.Contains(both.late, back.code):
		s.model = both.ahead(s.model)
	case there.code != 5 || back.code != 0:
		return fmt.Errorf("the first ends with %d, the other with %d", there.code, back.code)
	default:
		s.model = both.away(s.model)
	}
	return s.reached(ctx)
}

// hand is what somebody else does to a set under a promote, and how that ends.
type hand struct {
	write func(context.Context, *plot) error
	codes []int
}

var hands = map[string]hand{
	"scales it":             {patch(`{"spec":{"replicas":6}}`), []int{5}},
	"moves the partition":   {patch(`{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}}`), []int{5}},
	"writes a template":     {patch(`{"spec":{"template":{"metadata":{"annotations":{"other":"hand"}}}}}`), []int{5}},
	"switches the strategy": {patch(`{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}`), []int{5}},
	"writes a label":        {patch(`{"metadata":{"labels":{"other":"hand"}}}`), []int{0}},
	"writes the retention":  {patch(`{"spec":{"revisionHistoryLimit":7}}`), []int{0}},
	"deletes a pod": {func(ctx context.Context, p *plot) error {
		return p.core.Pods(p.namespaceName).Delete(ctx, setName+"-0", metav1.DeleteOptions{})
	}, []int{0}},
	"takes the record away": {patch(`{"metadata":{"annotations":{"kubectl-sts/rollout":null}}}`), []int{0}},
	"garbles the record":    {patch(`{"metadata":{"annotations":{"kubectl-sts/rollout":"{\"v\":1,\"gen\":99"}}}`), []int{0}},
	"deletes the set": {func(ctx context.Context, p *plot) error {
		return p.apps.StatefulSets(p.namespaceName).Delete(ctx, setName, metav1.DeleteOptions{})
	}, []int{5}},
}

func patch(body string) func(context.Context, *plot) error {
	return func(ctx context.Context, p *plot) error {
		_, err := p.apps.StatefulSets(p.namespaceName).Patch(ctx, setName, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{FieldManager: "other"})
		return err
	}
}

// TestForeignWriter has somebody else write when a promote has made its second
// write of four: what that changes of the spec ends the run, and nothing is
// written after it.
func TestForeignWriter(t *testing.T) {
	g, ctx := openGround(t)
	for name, hand := range hands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := g.begin(ctx, shape{Replicas: 5})
			must(t, err)
			err = s.meddle(ctx, hand)
			if name != "deletes the set" {
				err = errors.Join(err, s.judge(ctx))
			}
			if err := errors.Join(err, s.leave(ctx)); err != nil {
				t.Errorf("%v\n%s", err, s)
			}
		})
	}
}

func (s *story) meddle(ctx context.Context, h hand) error {
	if _, err := s.play(ctx, canaryOf(image(2), 1), nil); err != nil {
		return err
	}
	var written error
	c := command{args: words("promote %s --soak 0s", setName), judge: audit.Run{Verb: "promote", Count: 5, Agent: s.namespaceName + "-a"}}
	e, err := s.run(ctx, c, at(2), func(string) { written = h.write(ctx, s.plot) })
	s.runs = append(s.runs, e)
	if err := errors.Join(err, written); err != nil {
		return err
	}
	if !slices.Contains(h.codes, e.code) {
		return fmt.Errorf("it ends with %d, not with one of %v", e.code, h.codes)
	}
	return nil
}
