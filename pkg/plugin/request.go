// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Request is a command line of an acting verb, checked and comparable: what a
// run needs and nothing of how it was typed.
type Request struct {
	Verb    string
	SetName string
	Intent  Intent
	Run     RunOptions
}

func (r Request) run(ctx context.Context, s session) error { return s.act(ctx, r) }

// Intent is what one verb asks for. It becomes a goal when the set has been seen.
type Intent interface {
	// Goal makes the goal. Its errors are refusals, usage errors that only the
	// set can show (such as a container that it does not have), or the server's.
	Goal(context.Context, Opening) (rollout.Goal, error)
	// Rules are the permissions that the verb needs, before anything is read.
	Rules(setName string) []cluster.Rule
	// Heeds says what another hand on the set means to this verb.
	Heeds(rollout.Hand) Heed
	// Next is the command that usually comes after it: its arguments; nil for none.
	Next(rollout.State) []string
}

// Heed is what a verb makes of another hand on the set.
type Heed string

// What another hand can mean.
const (
	Ignore Heed = "ignore"
	Warn   Heed = "warn"
	Refuse Heed = "refuse"
)

// Opening is what an Intent may ask before the first write.
type Opening struct {
	State rollout.State
	// Soak is the user's, or what a template needs.
	Soak func(template []byte, minReadySeconds int32) (time.Duration, error)
	// DryRun has the server check a template: its digest by the server's answer,
	// and the answered set. The partition is one that may be written with it; nil for none.
	DryRun func(ctx context.Context, raw []byte, partition *rollout.Partition) (rollout.Template, rollout.Set, error)
	// Rewrites is what admission would change of the template with a write that changes
	// nothing, in words; "" for nothing, as far as the server says.
	Rewrites func(context.Context) (string, error)
	// Manifest is the set as the server has it.
	Manifest func(context.Context) (*unstructured.Unstructured, error)
	// Creatable asks whether the server would take a manifest of the set; its error is why not.
	Creatable func(context.Context, *unstructured.Unstructured) error
	// Others are the other sets of the namespace.
	Others func(context.Context) ([]rollout.Set, error)
	// Users are the pods of the namespace that are not the set's.
	Users func(context.Context) ([]rollout.Bystander, error)
	// Retained are the volumes that outlive the set's claims; none where that may not be read.
	Retained func(context.Context) (cluster.Retained, error)
	// HasService says that the governing Service is there, as far as that may be seen.
	HasService func(context.Context) bool
	// Agree asks the user; its error is the no.
	Agree func(ctx context.Context, question string) error
	// Foresee tells what a scale comes to before anything is written, and refuses
	// claims that are another's.
	Foresee func(context.Context, rollout.Scale) error
	// Note tells the user something worth a line.
	Note func(format string, args ...any)
	// Warn tells what will matter later.
	Warn func(format string, args ...any)
	// First names a command that is to be run before the one that Next names.
	First func(words ...string)
}

// DryRun says how far a command goes.
type DryRun string

// The values of --dry-run.
const (
	DryRunNone   DryRun = "none"
	DryRunClient DryRun = "client"
	DryRunServer DryRun = "server"
)

// shown is what a result says of it.
func (d DryRun) shown() string {
	if d == DryRunNone {
		return ""
	}
	return string(d)
}

// RunOptions are the flags that all acting verbs share.
type RunOptions struct {
	Soak          time.Duration // negative: the set's default
	FailurePolicy rollout.FailurePolicy
	Stall         time.Duration // --progress-timeout
	Timeout       time.Duration
	DryRun        DryRun
	Wait          bool
	Watch         bool // -o json -w: one event a line
	Output        string
	Progress      string
	Color         string
	IgnoreOwners  bool
}
