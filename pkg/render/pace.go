// SPDX-License-Identifier: Apache-2.0

package render

import (
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// pace estimates how long a run still takes, by the ordinals that it has done
// so far. Before the first there is no evidence, and it says nothing.
type pace struct {
	template string    // the estimate is for one template only
	start    time.Time // when counting began
	most     int       // ordinals left then
	left     int       // ordinals left now
	last     time.Time // when left last changed
}

// see counts what a sighting leaves to do.
func (p *pace) see(g rollout.Goal, s rollout.State) {
	left := remaining(g, s)
	switch {
	case p.start.IsZero(), p.template != s.Set.Template, left > p.most:
		*p = pace{template: s.Set.Template, start: s.At, most: left, left: left, last: s.At}
	case left != p.left:
		p.left, p.last = left, s.At
	}
}

// leftover is the estimate; 0 for none, as while an ordinal has failed.
func (p *pace) leftover(s rollout.State) time.Duration {
	done := p.most - p.left
	if done <= 0 || p.left == 0 || s.Word() == rollout.WordFailing {
		return 0
	}
	each := p.last.Sub(p.start) / time.Duration(done)
	return max(each*time.Duration(p.left)-s.At.Sub(p.last), 0)
}

// remaining is how many ordinals a goal still has to bring where it wants them, and to
// see soak there.
func remaining(g rollout.Goal, s rollout.State) int {
	switch g := g.(type) {
	case nil:
		return 0
	case rollout.Scale:
		return toScale(g, s)
	case rollout.Canary:
		return max(scaled(&g.Count, s)-int(s.Soaked(g.Soak)), 0)
	case rollout.Promote:
		return max(scaled(g.Count, s)-int(s.Soaked(g.Soak)), 0)
	case rollout.Apply:
		return len(s.Pods) - int(s.Soaked(g.Soak))
	default:
		return len(s.Pods) - int(s.Updated())
	}
}

// toScale counts the ordinals to make and those to take away.
func toScale(g rollout.Scale, s rollout.State) int {
	n := len(s.Surplus) + max(len(s.Pods)-int(g.To), 0)
	for i := range g.To {
		if int(i) >= len(s.Pods) || s.Pods[i].Phase != rollout.Available || !s.Pods[i].Soaked(s.At, g.Soak) {
			n++
		}
	}
	return n
}

// scaled makes a number of ordinals of a count or a percentage; nil is all.
func scaled(count *intstr.IntOrString, s rollout.State) int {
	if count == nil {
		return len(s.Pods)
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(count, len(s.Pods), true)
	if err != nil { // refused when it was parsed
		return len(s.Pods)
	}
	return min(n, len(s.Pods))
}
