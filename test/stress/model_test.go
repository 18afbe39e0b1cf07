// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// model is what a set should be, by arithmetic alone.
type model struct {
	shape

	folder   string // for what is saved
	gone     bool
	saved    string // the file that the last delete saved the set to
	replicas int32
	stable   string // the image of what is not on the canary
	canary   string // "" where there is none
	count    int32  // of ordinals on the canary
	tier     int    // what the file says of fields by which nothing moves
	images   int    // how many have been used
}

// mostReplicas is what no set of a story has more of.
const mostReplicas = 6

func newModel(s shape, folder string) model {
	return model{shape: s, folder: folder, gone: s.Replicas == 0, replicas: s.Replicas, stable: image(1), images: 1}
}

// broken says that no pod of the canary ever becomes ready.
func (m model) broken() bool { return breaks(m.canary) }

func breaks(image string) bool {
	return slices.ContainsFunc(fates, func(f string) bool { return strings.HasSuffix(image, f) })
}

// stall is the progress timeout of a rollout: what never comes up is not awaited for long.
func stall(image string) time.Duration {
	if breaks(image) {
		return 3 * time.Second
	}
	return time.Minute
}

// fates are the images whose pods never become ready.
var fates = []string{"crash", "missing", "unready", "config"}

// expect is the images by ordinal, and the partition.
func (m model) expect() ([]string, int32) {
	if m.gone {
		return nil, 0
	}
	images := make([]string, m.replicas)
	for i := range images {
		images[i] = m.stable
		if int32(i) >= m.replicas-m.count {
			images[i] = m.canary
		}
	}
	if m.canary == "" {
		return images, m.Own
	}
	return images, m.replicas - m.count
}

// differs says how a set is not what it should be.
func (m model) differs(v view) error {
	images, partition := m.expect()
	if got := v.images(); !slices.Equal(got, images) {
		return fmt.Errorf("the images are %q, not %q", got, images)
	}
	if m.gone || v.set == nil {
		return m.absent(v)
	}
	if v.partition() != partition || *v.set.Spec.Replicas != m.replicas {
		return fmt.Errorf("partition %d of %d, not %d of %d", v.partition(), *v.set.Spec.Replicas, partition, m.replicas)
	}
	if tier := v.set.Labels[tierLabel]; tier != tierOf(m.tier) {
		return fmt.Errorf("the label %s is %q, not %q", tierLabel, tier, tierOf(m.tier))
	}
	return nil
}

func (m model) absent(v view) error {
	if m.gone != (v.set == nil) {
		return fmt.Errorf("that the set is not there is %t, and should be %t", v.set == nil, m.gone)
	}
	return nil
}

// act is a command, what it makes of the model, and how it may end.
type act struct {
	command

	after    model
	codes    []int // without faults
	destroys bool  // the claims
}

// draw chooses a command that makes sense, or one that has to be refused. How
// often each comes is such that every verb has its runs at about the same time.
func (m model) draw(dice *rand.Rand) act {
	switch {
	case m.gone:
		return m.back(dice)
	case m.canary == "":
		return m.settled(dice)
	case m.broken():
		return m.abort()
	case dice.IntN(12) == 0:
		return m.refused(dice)
	case dice.IntN(4) == 0:
		return m.abort()
	case m.count < m.replicas-1 && dice.IntN(8) == 0:
		return m.further(dice)
	default:
		return m.promote(dice)
	}
}

// settled is what may be begun on a set with one revision.
func (m model) settled(dice *rand.Rand) act {
	switch n := dice.IntN(20); {
	case n < 5:
		return m.delete(dice)
	case n < 7:
		return m.apply(dice)
	case n < 12 || m.replicas < 2:
		return m.scale(dice)
	default:
		return m.begin(dice)
	}
}

func (m model) scale(dice *rand.Rand) act {
	step := 1 + dice.Int32N(2)
	to := 1 + dice.Int32N(mostReplicas)
	after := m
	after.replicas = to
	return act{
		command: command{args: words("scale %s --replicas %d --step %d --soak 0s", setName, to, step), judge: audit.Run{Verb: "scale", To: to, Step: step}},
		after:   after, codes: []int{0},
	}
}

// begin is a canary of a new image, which may be one that never comes up.
func (m model) begin(dice *rand.Rand) act {
	m.images++
	m.canary = image(m.images)
	codes := []int{0}
	if dice.IntN(4) == 0 {
		m.canary += "-" + fates[dice.IntN(len(fates))]
		codes = []int{3}
	}
	m.count = 1 + dice.Int32N(m.replicas-1)
	a := m.canaryOf(dice)
	a.codes = codes
	return a
}

// further is the same canary on more ordinals.
func (m model) further(dice *rand.Rand) act {
	m.count += 1 + dice.Int32N(m.replicas-1-m.count)
	return m.canaryOf(dice)
}

func (m model) canaryOf(dice *rand.Rand) act {
	step := 1 + dice.Int32N(2)
	soak := m.soak(dice)
	return act{
		command: command{
			args:  words("canary %s --image app=%s --count %d --step %d --soak %s --patience 1s --progress-timeout %s", setName, m.canary, m.count, step, soak, stall(m.canary)),
			judge: audit.Run{Verb: "canary", Count: m.count, Step: step, Own: m.Own, Soak: soak},
		},
		after: m, codes: []int{0},
	}
}

// soak is one second at times, so that most runs are short.
func (m model) soak(dice *rand.Rand) time.Duration {
	if dice.IntN(10) == 0 {
		return time.Second
	}
	return 0
}

func (m model) promote(dice *rand.Rand) act {
	step, soak := 1+dice.Int32N(2), m.soak(dice)
	a := act{codes: []int{0}}
	count := m.replicas
	if dice.IntN(5) < 3 {
		count = m.count + dice.Int32N(m.replicas-m.count)
	}
	a.args = words("promote %s --count %d --step %d --soak %s", setName, count, step, soak)
	if count == m.replicas {
		a.args = words("promote %s --step %d --soak %s", setName, step, soak)
		m.stable, m.canary = m.canary, ""
		m.count = 0
	} else {
		m.count = count
	}
	a.judge = audit.Run{Verb: "promote", Count: count, Step: step, Own: m.Own, Soak: soak}
	a.after = m
	return a
}

func (m model) abort() act {
	m.canary, m.count = "", 0
	return act{
		command: command{args: words("abort %s --patience 1s", setName), judge: audit.Run{Verb: "abort", Own: m.Own}},
		after:   m, codes: []int{0},
	}
}

// refused is a command that must change nothing, with a canary on.
func (m model) refused(dice *rand.Rand) act {
	a := act{after: m, codes: []int{4}}
	switch dice.IntN(4) {
	case 0:
		a.args = words("scale %s --replicas %d --soak 0s", setName, m.replicas+1)
		a.judge = audit.Run{Verb: "scale", To: m.replicas + 1}
	case 1:
		a.args = words("canary %s --image app=other:v1", setName)
		a.judge = audit.Run{Verb: "canary", Count: 1}
	case 2:
		a.command = m.applied(file{image: "other:v1"}, 1)
	default:
		a.args = words("delete %s -y", setName)
		a.judge = audit.Run{Verb: "delete"}
	}
	return a
}

func words(format string, args ...any) []string { return strings.Fields(fmt.Sprintf(format, args...)) }
