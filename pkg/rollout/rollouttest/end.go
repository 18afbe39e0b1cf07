// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// End is where a story came to: what a person would compare. The pods count only
// where it is done: a run that failed leaves the controller at work.
func (w *World) End(last *Run) string {
	var b strings.Builder
	s := w.set
	for _, c := range w.claims {
		fmt.Fprintf(&b, "claim %d, ", c.ordinal)
	}
	if s.gone {
		return b.String() + "gone, " + w.kind(last.Outcome.Err)
	}
	fmt.Fprintf(&b, "template %s, partition %s, replicas %d, ", s.template.Name, s.partition, s.replicas)
	if record := parse(s.record); record != nil {
		fmt.Fprintf(&b, "record %s %s, ", record.Op, w.standing(record, last))
	}
	for _, p := range w.pods {
		if last.Outcome.Err != nil {
			break
		}
		fmt.Fprintf(&b, "%s on %s, ", podName(p.ordinal), p.template.Name)
	}
	b.WriteString(w.kind(last.Outcome.Err))
	return b.String()
}

// kind is [Kind], but of a failure for containers that crash alone: whether such a pod is seen
// between two crashes, as one that makes no progress, or after one, is the moment's.
func (w *World) kind(err error) string {
	var failed *rollout.Failure
	if !errors.As(err, &failed) || failed.Reason != rollout.Stalled && failed.Reason != rollout.OrdinalFailed {
		return Kind(err)
	}
	crashes := false
	for _, b := range failed.Blockers {
		p, ok := w.podNamed(b.PodName)
		crashing := ok && p.fate == Crashing
		if !crashing && (ok || b.Failed) {
			return Kind(err)
		}
		crashes = crashes || crashing
	}
	if !crashes {
		return Kind(err)
	}
	return "failed: it crashes"
}

// standing is the state of a record: on a settled set, one that is open counts
// as closed. A run that failed leaves none that is settled.
func (w *World) standing(r *rollout.Record, last *Run) rollout.RecordState {
	s := w.set.status
	settled := last.Outcome.Err == nil && s.current == s.update && s.updatedReplicas == int(w.set.replicas)
	if r.Op == "abort" && r.State == rollout.Open && settled {
		return rollout.Aborted
	}
	return r.State
}

// Kind is how a run ended, in a word or two.
func Kind(err error) string {
	var refused *rollout.Refusal
	var failed *rollout.Failure
	var superseded *rollout.Superseded
	var unreachable *rollout.Unreachable
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &refused):
		return "refused: " + string(refused.Reason)
	case errors.As(err, &failed):
		return "failed: " + string(failed.Reason)
	case errors.As(err, &superseded):
		return "superseded: " + string(superseded.Reason)
	case errors.As(err, &unreachable):
		return "unreachable"
	default:
		return "error: " + err.Error()
	}
}

// SameEnd judges a run that was cut and begun again against one that was not. What is
// refused of a command is a failure of the run that has written what came before it, and a
// refusal of one that begins there; the reason is the same.
func SameEnd(uncut, cut string) []Breach {
	reason := strings.NewReplacer("refused: ", "", "failed: ", "")
	if reason.Replace(uncut) == reason.Replace(cut) {
		return nil
	}
	return []Breach{{8, fmt.Sprintf("cut and run again:\n  %s\nuncut:\n  %s", cut, uncut)}}
}
