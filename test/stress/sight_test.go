// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// TestOutOfSight takes the server away, at a write and for longer than the
// progress timeout. That is no failure of an ordinal: the run ends with 1 and
// leaves the set as it is, and the same command goes on when the server is back.
func TestOutOfSight(t *testing.T) {
	t.Parallel() // it waits, mostly
	g, ctx := openGround(t)
	for name, feat := range feats {
		for _, moment := range feat.when() {
			t.Run(fmt.Sprintf("%s, %s", name, moment), func(t *testing.T) {
				t.Parallel()
				s, err := g.begin(ctx, feat.shape)
				must(t, err)
				err = s.lose(ctx, feat, moment)
				if err := errors.Join(err, s.judge(ctx), s.leave(ctx)); err != nil {
					t.Errorf("%v\n%s", err, s)
				}
			})
		}
	}
}

func (s *story) lose(ctx context.Context, f feat, moment faultproxy.Moment) error {
	for _, c := range f.before {
		if _, err := s.play(ctx, c, nil); err != nil {
			return err
		}
	}
	cut := f.cut(s.model)
	blind := cut
	blind.args = append(slices.Clone(blind.args), "--progress-timeout", "2s")
	gone := faultproxy.Fault{On: faultproxy.Write, Nth: 1, Moment: moment, Do: faultproxy.Down, For: faultproxy.Duration(time.Hour)}
	e, err := s.play(ctx, blind, faultproxy.Schedule{gone})
	switch {
	case err != nil:
		return err
	case e.code != 1:
		return fmt.Errorf("out of sight, it ends with %d", e.code)
	}
	if e, err = s.play(ctx, cut, nil); err != nil || e.code != 0 {
		return errors.Join(err, fmt.Errorf("in sight again, it ends with %d", e.code))
	}
	s.model = f.after(s.model)
	return s.reached(ctx)
}
