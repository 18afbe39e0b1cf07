// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// PlanText is what --dry-run prints: what is awaited first, then the
// writes that would follow, each with its cause and with what must hold before
// the next.
func PlanText(command, dryRun string, plan rollout.Plan, s rollout.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s%s\n", Escape(s.Set.String()), command, size(plan), dryRunSuffix(dryRun))
	for _, blocker := range plan.Hold[:min(len(plan.Hold), mostHolds)] {
		fmt.Fprintf(&b, "  first, %s\n", Escape(blocker.String()))
	}
	if more := len(plan.Hold) - mostHolds; more > 0 {
		fmt.Fprintf(&b, "  first, waiting for %s more\n", grouped(more))
	}
	spec := s.Set.Spec
	for i, step := range plan.Steps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, Escape(stepText(step, spec)))
		if step.Change.Set != nil {
			spec = step.Change.Set.Spec(spec)
		}
	}
	return b.String()
}

const mostHolds = 10

func size(plan rollout.Plan) string {
	switch len(plan.Steps) {
	case 0:
		if len(plan.Hold) > 0 {
			return "nothing to write"
		}
		return "nothing to do"
	case 1:
		return "1 write"
	default:
		return grouped(len(plan.Steps)) + " writes"
	}
}

func stepText(step rollout.Step, before rollout.Spec) string {
	text := changeText(step.Change, before)
	if step.Until != "" {
		text += ", then wait until " + step.Until
	}
	return text
}

// changeText is a write and why it is made: "partition 5 -> 4: let web-4 go".
func changeText(c rollout.Change, before rollout.Spec) string {
	text := Written(c, before)
	if c.Why != "" {
		text += ": " + c.Why
	}
	return text
}

// Written is a write by what it makes of what: "partition 5 -> 4".
func Written(c rollout.Change, before rollout.Spec) string {
	switch {
	case c.Nudge != nil:
		return "nudge"
	case c.Pod != nil:
		return "delete pod " + c.Pod.PodName
	case c.Claim != nil && c.Claim.Frees == nil:
		return "delete claim " + c.Claim.ClaimName
	case c.Claim != nil:
		return "set claim " + c.Claim.ClaimName + " free"
	case c.End != nil:
		return "delete the set"
	case c.Set == nil:
		return "nothing"
	}
	var parts []string
	if c.Set.Template != nil {
		parts = append(parts, "template")
	}
	if p := c.Set.Partition; p != nil && *p != before.Partition {
		parts = append(parts, fmt.Sprintf("partition %s -> %s", before.Partition, p))
	}
	if r := c.Set.Replicas; r != nil {
		parts = append(parts, fmt.Sprintf("replicas %d -> %d", before.Replicas, *r))
	}
	if r := c.Set.Retention; r != nil {
		parts = append(parts, "retention "+r.String())
	}
	if len(parts) == 0 {
		parts = append(parts, "record "+string(c.Set.Record.State))
	}
	return strings.Join(parts, ", ")
}

// grouped is a number with its thousands apart: 4,950.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
