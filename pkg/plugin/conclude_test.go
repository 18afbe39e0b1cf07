// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// stopped is a delete that a signal has ended.
func stopped(o rollout.Outcome) (*action, *bytes.Buffer, error) {
	said := &bytes.Buffer{}
	o.Err = &Interrupt{Signal: syscall.SIGINT}
	a := &action{
		session: session{
			Invocation: Invocation{Name: "kubectl sts", Args: []string{"delete", "web"}},
			voice:      newVoice(said), flags: pflag.NewFlagSet("", pflag.ContinueOnError),
		},
		request: Request{Verb: "delete", SetName: "web", Intent: Delete{}, Run: RunOptions{DryRun: DryRunNone}}, outcome: o,
	}
	return a, said, soFar(o)
}

// TestStoppedBehindAWrite: a sighting from before it is no state of the set.
func TestStoppedBehindAWrite(t *testing.T) {
	last := rollouttest.Set("web").Replicas(1).State()
	zero := int32(0)
	lowered := &rollout.Change{Set: &rollout.SetPatch{Replicas: &zero, Partition: &rollout.Partition{Index: 2}, Record: rollout.Record{Gen: last.Set.Generation + 1}}}
	const (
		ended = "error: stopped by a signal (interrupt); the set is left as it is"
		next  = "next: kubectl sts delete web -n default\n"
	)
	for name, tt := range map[string]struct {
		in        rollout.Outcome
		want      string
		partition int32
	}{
		"it is seen": {rollout.Outcome{Last: last}, ended + "\nstate: statefulset.apps/web is settled, 1/1 on web-a\n" + next, 0},
		"it is not seen": {
			rollout.Outcome{Last: last, Unseen: lowered},
			ended + "; just written, and what it sets off is under way: partition 0 -> 2, replicas 1 -> 0\n" + next, 2,
		},
		"claims are gone": {
			rollout.Outcome{Last: last, Unseen: &rollout.Change{Claim: &rollout.ClaimChange{ClaimName: "data-web-1"}}, Destroyed: []string{"data-web-0", "data-web-1"}},
			ended + "; just written, and what it sets off is under way: delete claim data-web-1; 2 claims were deleted so far, and their data goes with them: data-web-0, data-web-1\n" + next, 0,
		},
	} {
		a, said, err := stopped(tt.in)
		code, reason, hint := verdict(err)
		if code != ExitInterrupted {
			t.Errorf("%s: the code is %d", name, code)
		}
		r := a.result(err, code, reason)
		a.regret(r, err, hint)
		if said.String() != tt.want || r.State.Set.Partition.Index != tt.partition {
			t.Errorf("%s: it says\n%s, want\n%s; partition %s", name, said, tt.want, r.State.Set.Partition)
		}
	}
	if err := soFar(rollout.Outcome{Unseen: lowered, Err: &rollout.Superseded{}}); !superseded(err, "") || errors.Unwrap(err) == nil {
		t.Errorf("it answers %v", err)
	}
	if err := soFar(rollout.Outcome{Unseen: lowered, Destroyed: []string{"data-web-0"}}); err != nil {
		t.Errorf("of a goal that is reached it answers %v", err)
	}
}

// Who was not answered goes on by the same command.
func TestNextAfterNoAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"not served":   {fmt.Errorf("%w: Unauthorized", rollout.ErrUnserved), "kubectl sts delete web"},
		"lost":         {fmt.Errorf("%w: a gateway's page", rollout.ErrLost), "kubectl sts delete web"},
		"moved":        {fmt.Errorf("%w: conflict", rollout.ErrMoved), "kubectl sts delete web"},
		"out of sight": {&rollout.Unreachable{Message: "down"}, "kubectl sts delete web"},
		"forbidden":    {errors.New("no"), ""},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		if got := a.next(tt.err, rollout.State{}); got != tt.want {
			t.Errorf("%s: next %q", name, got)
		}
	}
}

// Where a claim lacks a volume, neither another template nor a delete is what comes next.
func TestNextOfAClaimWithoutAVolume(t *testing.T) {
	const made = "kubectl sts pv create web --ordinals 0 --type TYPE -n default"
	sight := rollouttest.Set("web").Replicas(2).Pods("a! -").Glance(volumeless)
	failure := &rollout.Failure{Reason: rollout.OrdinalFailed, Hint: made}
	a, _, _ := stopped(rollout.Outcome{})
	a.request.Intent, a.goal = Apply{}, rollout.Apply{}
	if got := a.next(failure, sight.State()); got != made+" && kubectl sts delete web" {
		t.Errorf("next %q, want %q first", got, made)
	}
	untold := sight.Glance(func(g *rollout.Glance) { g.Pods[0].Cause.Try = "" }).State()
	if got := a.next(failure, untold); got != "kubectl sts delete web" { // the command that was typed
		t.Errorf("next %q where no volume is known to help", got)
	}
}

// A run that ended before it saw the set names its namespace all the same, and no
// command is printed with none.
func TestCommandNamesTheNamespace(t *testing.T) {
	connection := genericclioptions.NewConfigFlags(false)
	*connection.KubeConfig, *connection.APIServer = os.DevNull, "http://localhost"
	run, _, _ := stopped(rollout.Outcome{})
	run.connection = connection
	client, err := run.clientOf("shop")
	if err != nil {
		t.Fatal(err)
	}
	seen := rollout.State{Set: rollout.Set{Namespace: "back"}}
	for name, tt := range map[string]struct {
		client *cluster.Client
		state  rollout.State
		want   string
	}{
		"seen":          {client, seen, "kubectl sts delete web -n back"},
		"not seen":      {client, rollout.State{}, "kubectl sts delete web -n shop"},
		"not connected": {nil, rollout.State{}, "kubectl sts delete web"},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		a.client = tt.client
		a.request.Intent = Apply{}
		failed := &rollout.Failure{Reason: rollout.OrdinalFailed, Hint: "delete web"}
		if got := a.hint(failed.Hint, tt.state.Set); got != tt.want {
			t.Errorf("%s: hint %q", name, got)
		}
		if got := a.next(failed, tt.state); got != tt.want {
			t.Errorf("%s: next %q", name, got)
		}
	}
}

// The same command again names the namespace, where none was typed and the file has not
// several.
func TestAgainNamesTheNamespace(t *testing.T) {
	for name, tt := range map[string]struct {
		intent Intent
		typed  string
		want   string
	}{
		"none typed":              {Delete{}, "", "kubectl sts delete web --replace-broken -n shop"},
		"typed":                   {Delete{}, "shop", "kubectl sts delete web --replace-broken"},
		"several that are placed": {Apply{Placed: true}, "", "kubectl sts delete web --replace-broken"},
	} {
		a, _, _ := stopped(rollout.Outcome{Last: rollout.State{Set: rollout.Set{Namespace: "shop"}}})
		a.request.Intent = tt.intent
		a.flags.String("namespace", "", "")
		if tt.typed != "" {
			if err := a.flags.Set("namespace", tt.typed); err != nil {
				t.Fatal(err)
			}
		}
		if got := a.again("--" + replaceBroken); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// A pod that made no progress is Failing in the last sighting, and was not while the
// run waited for it: what was found of it since is told all the same.
func TestRefreshedAfterAStall(t *testing.T) {
	found := rollout.Cause{ID: rollout.ClaimPending, Message: "data-web-0 is not bound", Details: "event: waiting"}
	awaited := []rollout.Blocker{{PodName: "web-0", Phase: rollout.Pending, Cause: rollout.Cause{ID: rollout.ClaimPending}}}
	for phase, want := range map[rollout.Phase]string{rollout.Pending: found.Details, rollout.Failing: found.Details, rollout.Available: ""} {
		s := rollout.State{Pods: []rollout.Pod{{Name: "web-0", Phase: phase, Cause: found}}}
		if got := refreshed(awaited, s); got[0].Cause.Details != want {
			t.Errorf("%s: %+v", phase, got[0].Cause)
		}
	}
}

// Only where the file may be at fault is it to be corrected, or are the broken ordinals
// to be replaced by what it has.
func TestNextOfAnApplyThatFailed(t *testing.T) {
	sight := rollouttest.Set("web").Replicas(2).Pods("a a!")
	for name, tt := range map[string]struct {
		in         rollouttest.Sight
		next, hint string
	}{
		"by its template": {sight, "kubectl sts delete web --replace-broken", "correct the file first: as it is, the same fails again"},
		"by a quota":      {sight.Glance(denied), "kubectl sts delete web", ""},
	} {
		a, _, _ := stopped(rollout.Outcome{})
		a.request.Intent, a.goal = Apply{}, rollout.Apply{Template: rollouttest.Template{Name: "a"}.Patch()}
		r := render.Result{ExitCode: ExitFailed, State: tt.in.State()}
		r.Next = a.next(&rollout.Failure{Reason: rollout.OrdinalFailed}, r.State)
		if hint := a.advice(r); r.Next != tt.next || hint != tt.hint {
			t.Errorf("%s: next %q, hint %q", name, r.Next, hint)
		}
	}
	a, _, _ := stopped(rollout.Outcome{})
	a.goal = rollout.Abort{}
	vain := rollouttest.Set("web").Replicas(2).Pods("a a!").Record("abort", rollout.Open)
	if hint := a.advice(render.Result{State: vain.State()}); !strings.HasPrefix(hint, "if the template is at fault, correct it: ") {
		t.Errorf("an abort in vain says %q", hint)
	}
	if hint := a.advice(render.Result{State: vain.Glance(denied).State()}); hint != "" {
		t.Errorf("one that a quota stops says %q", hint)
	}
}
