// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// feat is a command whose every write is cut, and what leads up to it.
type feat struct {
	shape   shape
	before  []command
	cut     func(model) command
	after   func(model) model
	moments []faultproxy.Moment // nil: all of them
}

// when are the moments at which it is cut.
func (f feat) when() []faultproxy.Moment {
	if f.moments != nil {
		return f.moments
	}
	return []faultproxy.Moment{faultproxy.Before, faultproxy.Stored, faultproxy.After}
}

// feats have an own partition that must come back, or ordinals that begin at 3.
// An apply and a delete are cut at the moment that nobody can tell from the one
// before or after; the scenarios of test/e2e cut them at each.
var feats = map[string]feat{
	"canary of 3": {
		shape: shape{Replicas: 5, Start: 3},
		cut:   always(canaryOf(image(2), 3)),
		after: func(m model) model { m.canary, m.count = image(2), 3; return m },
	},
	"promote of 5": {
		shape:  shape{Replicas: 5, Own: 1},
		before: []command{canaryOf(image(2), 1)},
		cut:    always(command{args: words("promote %s --soak 0s", setName), judge: audit.Run{Verb: "promote", Count: 5, Own: 1}}),
		after:  func(m model) model { m.stable = image(2); return m },
	},
	"abort": {
		shape:  shape{Replicas: 4, Own: 1},
		before: []command{canaryOf(image(2), 2), canaryOf(image(2), 3)},
		cut:    always(command{args: words("abort %s", setName), judge: audit.Run{Verb: "abort", Own: 1}}),
		after:  func(m model) model { return m },
	},
	"abort of a broken canary": {
		shape:  shape{Replicas: 3, Start: 3},
		before: []command{canaryOf("app:v2-crash", 1)},
		cut:    always(command{args: words("abort %s --patience 1s", setName), judge: audit.Run{Verb: "abort"}}),
		after:  func(m model) model { return m },
	},
	"scale up": {
		shape: shape{Replicas: 2},
		cut:   always(scaleTo(5)),
		after: func(m model) model { m.replicas = 5; return m },
	},
	"scale down": {
		shape: shape{Replicas: 5, Start: 3, Parallel: true},
		cut:   always(scaleTo(2)),
		after: func(m model) model { m.replicas = 2; return m },
	},
	"apply": {
		shape: shape{Replicas: 3, Own: 1, Maker: kubectlApply},
		cut:   func(m model) command { return m.applied(wholeFile(), 1) },
		after: func(m model) model { return m.as(wholeFile()) },

		moments: []faultproxy.Moment{faultproxy.Stored},
	},
	"delete": {
		shape: shape{Replicas: 3, Start: 3, Claims: appsv1.DeletePersistentVolumeClaimRetentionPolicyType},
		cut:   func(m model) command { m.saved = filepath.Join(m.folder, "saved.yaml"); return m.deleted() },
		after: func(m model) model { m.gone = true; return m },

		moments: []faultproxy.Moment{faultproxy.Stored},
	},
}

// wholeFile has something new of all that a file may say.
func wholeFile() file {
	return file{image: image(2), replicas: new(int32(4)), partition: new(int32(2)), tier: 1, service: true}
}

func always(c command) func(model) command { return func(model) command { return c } }

func canaryOf(image string, count int32) command {
	return command{
		args:  words("canary %s --image app=%s --count %d --soak 0s --patience 1s", setName, image, count),
		judge: audit.Run{Verb: "canary", Count: count},
	}
}

func scaleTo(replicas int32) command {
	return command{args: words("scale %s --replicas %d --soak 0s", setName, replicas), judge: audit.Run{Verb: "scale", To: replicas}}
}

// TestCuts kills a command before and after each of its writes is stored, and
// has the same command go on, which must end where an uncut one ends.
func TestCuts(t *testing.T) {
	g, ctx := openGround(t)
	for name, feat := range feats {
		t.Run(name, func(t *testing.T) {
			for _, moment := range feat.when() {
				t.Run(string(moment), func(t *testing.T) {
					t.Parallel()
					g.cutAll(ctx, t, feat, moment)
				})
			}
		})
	}
}

func (g *ground) cutAll(ctx context.Context, t *testing.T, f feat, moment faultproxy.Moment) {
	t.Helper()
	points := 0
	for g.cut(ctx, t, f, faultproxy.Fault{On: faultproxy.Write, Nth: points + 1, Moment: moment, Do: faultproxy.Tell, Signal: killed}) {
		points++
	}
	if points == 0 {
		t.Error("it was never cut")
	}
	t.Logf("cut at %d writes", points)
}

// cut plays a feat in a namespace of its own, and says whether the knife met it.
func (g *ground) cut(ctx context.Context, t *testing.T, f feat, knife faultproxy.Fault) bool {
	t.Helper()
	s, err := g.begin(ctx, f.shape)
	must(t, err)
	first, err := s.cut(ctx, f, knife)
	err = errors.Join(err, s.judge(ctx), s.leave(ctx))
	if err != nil {
		t.Errorf("%s: %v\n%s", knife, err, s)
		return false
	}
	return first.cut
}

func (s *story) cut(ctx context.Context, f feat, knife faultproxy.Fault) (ended, error) {
	for _, c := range f.before {
		if _, err := s.play(ctx, c, nil); err != nil {
			return ended{}, err
		}
	}
	cut := f.cut(s.model)
	first, err := s.play(ctx, cut, faultproxy.Schedule{knife})
	if err != nil || !first.cut && first.code != 0 {
		return first, errors.Join(err, fmt.Errorf("uncut, it ends with %d", first.code))
	}
	second, err := s.play(ctx, cut, nil)
	if err == nil && second.code != 0 {
		err = fmt.Errorf("law 8: resumed, it ends with %d", second.code)
	}
	s.model = f.after(s.model)
	return first, errors.Join(err, s.reached(ctx))
}
