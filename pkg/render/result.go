// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Result is how an acting command ended.
type Result struct {
	Command   string
	SetName   string
	Namespace string
	ExitCode  int
	Reason    string // a stable word; "" where the goal is reached
	Message   string // "promoted (5/5 on web-7d9f)", or what the error says
	State     rollout.State
	Outdated  bool     // State is from before the last write, and is not shown
	From, To  string   // revisions
	Next      string   // the command that goes on; "" for none
	Or        []string // commands that go on in its place
	DryRun    string   // "", "client" or "server"
	Blockers  []rollout.Blocker
	Foresight *Foresight    // of a scale
	Objects   []Applied     // of an apply
	Changes   []string      // of an apply: what the file changes of the set
	Plan      *rollout.Plan // of a dry run; nil for none
}

// Applied is what an apply does with one object of its file.
type Applied struct {
	Name   string // as kubectl writes it: "persistentvolume/pv001"
	Action string // created, configured, unchanged, left alone or not begun
}

// Line is what kubectl apply prints of it.
func (a Applied) Line(dryRun string) string {
	return Escape(fmt.Sprintf("%s %s%s", a.Name, a.Action, dryRunSuffix(dryRun)))
}

// Line is the result in kubectl's form, without a line break:
// "statefulset.apps/web promoted (5/5 on web-7d9f)".
func (r Result) Line() string {
	return Escape(fmt.Sprintf("statefulset.apps/%s %s%s", r.SetName, r.Message, dryRunSuffix(r.DryRun)))
}

// dryRunSuffix is kubectl's.
func dryRunSuffix(dryRun string) string {
	switch dryRun {
	case "":
		return ""
	case "client":
		return " (dry run)"
	default:
		return " (" + dryRun + " dry run)"
	}
}

// Document is the result as an object to print, of kind Result.
func (r Result) Document() runtime.Object {
	d := &RunResult{
		TypeMeta: typeOf(KindResult),
		Command:  r.Command, ExitCode: r.ExitCode, Reason: r.Reason, Message: r.Message,
		From: r.From, To: r.To, Partition: r.State.Set.Partition.Index, Next: r.Next, Or: r.Or, DryRun: r.DryRun,
		Blockers: blockerStatus(r.Blockers), Changes: r.Changes, Plan: planStatus(r.Plan),
		Ordinals: []OrdinalStatus{},
	}
	for _, o := range r.Objects {
		d.Objects = append(d.Objects, AppliedObject(o))
	}
	d.Name, d.Namespace = r.SetName, r.Namespace
	if r.Foresight != nil {
		d.Claims = r.Foresight.document()
	}
	if !r.State.At.IsZero() && !r.Outdated {
		set := setStatus(r.State)
		d.Set = &set
		d.Ordinals, d.Surplus = ordinals(r.State, r.State.Pods), ordinals(r.State, r.State.Surplus)
	}
	return d
}
