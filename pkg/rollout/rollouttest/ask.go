// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Ask is what somebody types: the words of a goal, without its opening.
type Ask struct {
	Op       string // scale, canary, promote, abort, apply, delete
	To       int32  // scale; apply, where 0 says nothing
	Template string // canary, apply
	Count    string // canary, promote: a number or a percentage; "" is all
	Step     string // a number or a percentage
	Revision string // promote
	Soak     time.Duration
	Claims   string // delete: "" keeps them
	Replaces bool   // canary, promote, apply: --replace-broken
}

// takes says that an index is one of those that the command takes away.
func (a Ask) takes(index int32) bool {
	switch a.Op {
	case "delete":
		return true
	case "scale":
		return index >= a.To
	case "apply":
		return a.To > 0 && index >= a.To
	default:
		return false
	}
}

// String is the command line.
func (a Ask) String() string {
	text := a.Op
	for _, arg := range []struct{ name, value string }{
		{"image", a.Template}, {"count", a.Count}, {"step", a.Step}, {"revision", a.Revision}, {"claims", a.Claims},
	} {
		if arg.value != "" {
			text += fmt.Sprintf(" %s=%s", arg.name, arg.value)
		}
	}
	if a.Op == "scale" || a.To > 0 {
		text += fmt.Sprintf(" replicas=%d", a.To)
	}
	if a.Replaces {
		text += " replace-broken"
	}
	if a.Soak > 0 {
		text += fmt.Sprintf(" soak=%s", a.Soak)
	}
	return text
}

// Open makes the goal, as a command does with what it sees first: the server's
// dry run gives the digest of a template and the bytes that it would store.
func (a Ask) Open(s rollout.State) (rollout.Goal, error) {
	switch a.Op {
	case "scale":
		return rollout.Scale{To: a.To, Step: amount(a.Step, a.To).IntVal, Soak: a.Soak}, nil
	case "canary":
		return rollout.Canary{Template: Template{Name: a.Template}.Patch(), Count: intstr.Parse(a.Count), Step: intstr.Parse(a.Step), Soak: a.Soak, ReplaceBroken: a.Replaces}, nil
	case "promote":
		p := rollout.Promote{Step: intstr.Parse(a.Step), Soak: a.Soak, Revision: a.Revision, ReplaceBroken: a.Replaces}
		if a.Count != "" {
			count := intstr.Parse(a.Count)
			p.Count = &count
		}
		return p, nil
	case "apply":
		g := rollout.Apply{Template: Template{Name: a.Template}.Patch(), Step: intstr.Parse(a.Step), Soak: a.Soak, ReplaceBroken: a.Replaces}
		if a.To > 0 {
			g.Replicas = &a.To
		}
		return g, nil
	case "abort":
		return openAbort(s)
	case "delete":
		g := rollout.Delete{Found: rollout.Deletes(s), Claims: rollout.ClaimsKept}
		if a.Claims != "" {
			g.Claims, g.LosesClaimsOf = rollout.Claims(a.Claims), s.Set.Name
		}
		return g, nil
	default:
		return nil, fmt.Errorf("no goal is called %q", a.Op)
	}
}

func openAbort(s rollout.State) (rollout.Goal, error) {
	stable, needed, err := rollout.Aborts(s)
	if err != nil || !needed {
		return rollout.Abort{}, err
	}
	var m Model
	stored, err := m.decode(&rollout.Template{Raw: stable.Template})
	if err != nil {
		return nil, err
	}
	return rollout.Abort{
		Stable:   stable,
		Template: rollout.Template{Raw: stable.Template, Digest: stored.digest()},
		Twin:     !rollout.SameBytes(stable.Template, stored.Raw()),
	}, nil
}

// step is how many ordinals one write may let go: a percentage rounds up.
func (a Ask) step(replicas int32) int {
	n := amount(a.Step, replicas).IntVal
	return int(max(n, 1))
}

// floor is the lowest partition that was asked for.
func (a Ask) floor(replicas int32) int32 {
	if a.Count == "" {
		return 0
	}
	return max(replicas-amount(a.Count, replicas).IntVal, 0)
}

// amount works a percentage out, in a way of its own.
func amount(text string, replicas int32) intstr.IntOrString {
	parsed := intstr.Parse(text)
	if parsed.Type == intstr.Int {
		return parsed
	}
	var percent int32
	if _, err := fmt.Sscanf(parsed.StrVal, "%d%%", &percent); err != nil {
		return intstr.FromInt32(0)
	}
	return intstr.FromInt32((replicas*percent + 99) / 100)
}
