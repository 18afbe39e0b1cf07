// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
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

// TestOpposites has one operator promote and another abort, from each write of
// the first on. Both end, at most one at its goal, and the set is whole.
func TestOpposites(t *testing.T) {
	g := openGround(t)
	for nth := 1; nth <= 4; nth++ {
		t.Run(fmt.Sprintf("from write %d", nth), func(t *testing.T) {
			t.Parallel()
			s, err := g.begin(t.Context(), shape{Replicas: 4})
			must(t, err)
			err = s.oppose(t.Context(), nth)
			if err := errors.Join(err, s.judge(t.Context()), s.leave(t.Context())); err != nil {
				t.Errorf("%v\n%s", err, s)
			}
		})
	}
}

func (s *story) oppose(ctx context.Context, nth int) error {
	if _, err := s.play(ctx, canaryOf(image(2), 1), nil); err != nil {
		return err
	}
	promote := command{args: words("promote %s --soak 0s", setName), judge: audit.Run{Verb: "promote", Count: 4}}
	abort := command{args: words("abort %s", setName), judge: audit.Run{Verb: "abort"}}
	var back ended
	done := make(chan error, 1)
	promote.judge.Agent, abort.judge.Agent = s.namespaceName+"-a", s.namespaceName+"-b"
	there, err := s.run(ctx, promote, at(nth), func(string) {
		go func() {
			var err error
			back, err = s.run(ctx, abort, nil, nil)
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
	case there.code == 0 && slices.Contains([]int{4, 5}, back.code):
		s.model.stable = image(2)
	case there.code != 5 || back.code != 0:
		return fmt.Errorf("the promote ends with %d, the abort with %d", there.code, back.code)
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
	g := openGround(t)
	for name, hand := range hands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := g.begin(t.Context(), shape{Replicas: 5})
			must(t, err)
			err = s.meddle(t.Context(), hand)
			if name != "deletes the set" {
				err = errors.Join(err, s.judge(t.Context()))
			}
			if err := errors.Join(err, s.leave(t.Context())); err != nil {
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
