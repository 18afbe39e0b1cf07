// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestStatusOfADelete: one that was begun is not settled, and both ways out of it
// are told; of a set that is settled, or on its way out already, nothing is.
func TestStatusOfADelete(t *testing.T) {
	two := rollouttest.Set("web").Replicas(2)
	begun := two.Record("delete", rollout.Open)
	elsewhere := two.Record("delete", rollout.Open, func(r *rollout.Record) {
		r.Args = map[string]string{"saved": "old/web.yaml", "claims": "delete"}
	})
	losing := two.Record("delete", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "3"} }).
		With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(func(g *rollout.Glance) {
		g.Claims = []rollout.ClaimSight{{Name: "data-web-2", Lost: true}}
	})
	for name, tt := range map[string]struct {
		in   rollout.State
		code int
		told []string
	}{
		"a claim is Lost": {losing.State(), ExitRolling, []string{"apply the manifest that it saved: kubectl sts check -f default-web.yaml -n default && kubectl sts apply -f default-web.yaml -n default"}},
		"settled":         {two.State(), ExitOK, nil},
		"begun elsewhere": {elsewhere.State(), ExitRolling, []string{"next: kubectl sts delete web --save old/web.yaml --claims=delete -n ", "apply the manifest that it saved: kubectl sts apply -f old/web.yaml "}},
		"begun":           {begun.State(), ExitRolling, []string{"next: kubectl sts delete web -n ", "apply the manifest that it saved: kubectl sts apply -f "}},
		"begun, broken":   {begun.Pods("a a!").State(), ExitFailed, []string{"next: kubectl sts delete web -n "}},
		"on its way out":  {begun.With(func(s *rollout.Set) { s.Deleting = true }).State(), ExitRolling, nil},
		"called off":      {two.Record("delete", rollout.Done).State(), ExitOK, nil},
		"a canary beside": {two.Record("canary", rollout.Open).State(), ExitOK, nil},
	} {
		var said bytes.Buffer
		s := session{Invocation: Invocation{Name: "kubectl sts"}, voice: newVoice(&said), flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
		s.tellWays(s.waysOn(tt.in))
		for _, want := range tt.told {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: it says %q, want %q", name, said.String(), want)
			}
		}
		if len(tt.told) == 0 && said.Len() > 0 {
			t.Errorf("%s: it says %q", name, said.String())
		}
		code := codeError(ExitOK)
		if err := (StatusRequest{ExitCode: true}).code(tt.in); err != nil && !errors.As(err, &code) {
			t.Fatal(err)
		}
		if int(code) != tt.code {
			t.Errorf("%s: the code is %d, want %d", name, code, tt.code)
		}
	}
}

// TestStatusSaysWhatIsNext of what waits for somebody, and of nothing else.
func TestStatusSaysWhatIsNext(t *testing.T) {
	canary := rollouttest.Set("web").Replicas(5).Revisions("a", "b").Partition(4).Record("canary", rollout.Open)
	another := func(r *rollout.Record) { r.ToDigest, r.Gen = "digest of c", 6 }
	back := rollouttest.Set("web").Replicas(5).Partition(4).Record("canary", rollout.Open, func(r *rollout.Record) { r.ToDigest, r.From, r.Gen = "digest of b", "web-a", 6 })
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want string
	}{
		"a canary":                {canary.Pods("a a a a b"), "next: kubectl sts promote web --revision=web-b -n default\n"},
		"one that was taken back": {back, "next: kubectl sts abort web -n default\n"},
		"one that was changed": {
			canary.Record("canary", rollout.Open, another).Pods("a a a a b"),
			"next: kubectl sts abort web -n default\nor: kubectl sts promote web --revision=web-b -n default\n",
		},
		"one that still rolls": {
			canary.Record("promote", rollout.Open, another).Pods("a a a a b?"),
			"next: kubectl sts abort web -n default\nor: kubectl sts promote web --revision=web-b -n default\n",
		},
		"a paused one": {canary.Partition(5).Pods("a a a a a"), "next: kubectl sts promote web --revision=web-b -n default\n"},
		"one that was changed, and is paused": {
			canary.Partition(5).Record("canary", rollout.Open, another).Pods("a a a a a"),
			"next: kubectl sts abort web -n default\nor: kubectl sts promote web --revision=web-b -n default\n",
		},
		"a broken one":      {canary.Pods("a a a a b!"), "next: kubectl sts abort web -n default\n"},
		"one that rolls":    {canary.Pods("a a a a b?"), ""},
		"a stable ordinal":  {canary.Pods("a! a a a b").Glance(crashing), ""},
		"its image is gone": {canary.Pods("a! a a a b"), "next: kubectl sts promote web --revision=web-b --replace-broken -n default\n"},
		"corrected":         {rollouttest.Set("web").Replicas(5).Revisions("a", "b").Pods("a a a a a!"), "next: kubectl sts promote web --revision=web-b --replace-broken -n default\n"},
		"a settled set":     {rollouttest.Set("web"), ""},
		"a cut promote":     {canary.Pods("a a a a b").Record("promote", rollout.Open, args("target", "0")), cutPromote + "\nnext: kubectl sts promote web --revision=web-b -n default\n"},
		"one that may run":  {canary.Pods("a a a a b?").Record("promote", rollout.Open, args("target", "0")), cutPromote + ": kubectl sts promote web --revision=web-b -n default\n"},
		"a cut canary": {
			canary.Pods("a a a a b").Record("canary", rollout.Open, args("target", "2")),
			"hint: a canary to 3 of 5 ordinals (run 0000aaaa) wrote 60m ago: if it no longer runs, this command finishes it\nnext: kubectl sts promote web --revision=web-b --count=3 -n default\nor: kubectl sts promote web --revision=web-b -n default\n",
		},
		"a cut scale": {
			rollouttest.Set("web").Record("scale", rollout.Open, args("replicas", "4")),
			"hint: a scale to 4 replicas (run 0000aaaa) wrote 60m ago: if it no longer runs, this command finishes it\nnext: kubectl sts scale web --replicas=4 -n default\n",
		},
		"a cut abort": {
			rollouttest.Set("web").Replicas(2).Revisions("b", "a").Partition(1).Record("abort", rollout.Open),
			"hint: an abort (run 0000aaaa) wrote 60m ago: if it no longer runs, this command finishes it\nnext: kubectl sts abort web -n default\n",
		},
		"a claim that goes with a promote":    {canary.Pods("a a a a b").Glance(goingClaims("data-web-2")), "hint: a promote would be refused: web-2 would go, and its claim \"data-web-2\" is being deleted" + pastGoing("web-2") + "\n"},
		"a claim that goes with a broken one": {canary.Pods("a a a a b!").Glance(goingClaims("data-web-4")), "hint: an abort would be refused: web-4 would go, and its claim \"data-web-4\" is being deleted" + pastGoing("web-4") + "\n"},
		"a claim of what stays":               {canary.Pods("a a a a b").Glance(goingClaims("data-web-4")), "next: kubectl sts promote web --revision=web-b -n default\n"},
		"a claim in a cut scale": {
			rollouttest.Set("web").Replicas(3).Record("scale", rollout.Open, args("replicas", "1")).Glance(goingClaims("data-web-2")),
			"hint: a scale would be refused: web-2 would go, and its claim \"data-web-2\" is being deleted" + pastGoing("web-2") + "\n",
		},
		"a claim in a cut delete": {
			rollouttest.Set("web").Replicas(3).Record("delete", rollout.Open).Glance(goingClaims("data-web-2")),
			"note: a delete of statefulset.apps/web was begun, and the same delete goes on with it; to call it off, apply the manifest that it saved: kubectl sts apply -f default-web.yaml -n default\n" +
				"hint: a delete would be refused: web-2 would go, and its claim \"data-web-2\" is being deleted" + pastGoing("web-2") + "\n",
		},
		"without a volume":  {rollouttest.Set("web").Replicas(5).Pods("a a a a a!").Glance(volumeless), "hint: give the claims volumes: kubectl sts pv create web --ordinals 4 --type TYPE -n default\n"},
		"for want of quota": {rollouttest.Set("web").Replicas(5).Pods("a a a a a!").Glance(denied), ""},
		"beyond a quota":    {rollouttest.Set("web").Replicas(5).Pods("a a a a -").Glance(overQuota), "hint: what cannot be made is taken away by a scale: kubectl sts scale web --replicas 4 -n default\n"},
		"of one template":   {rollouttest.Set("web").Replicas(5).Pods("a a a a a!"), "hint: if the template is at fault, correct it: kubectl sts apply -f FILE --replace-broken -n default\n"},
	} {
		var said bytes.Buffer
		s := session{Invocation: Invocation{Name: "kubectl sts"}, voice: newVoice(&said), flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
		s.tellWays(s.waysOn(tt.in.State()))
		if said.String() != tt.want {
			t.Errorf("%s: it says %q, want %q", name, said.String(), tt.want)
		}
	}
}

// goingClaims are being deleted, and the set makes claims of such names.
func goingClaims(claimNames ...string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		g.Set.ClaimTemplates = []string{"data"}
		for _, claimName := range claimNames {
			g.Claims = append(g.Claims, rollout.ClaimSight{Name: claimName, Terminating: true})
		}
	}
}

// pastGoing is what has to be done about it.
func pastGoing(podName string) string {
	return " and only lives on because the pod uses it; save its data first, which go with it unless the reclaim policy of its volume is Retain (pv release then gives them back); " +
		"then let it go (kubectl -n default delete pod " + podName + "): the controller makes both anew, and the same command goes on"
}

// TestStatusForScripts: a document has every command that the text shows.
func TestStatusForScripts(t *testing.T) {
	s := session{Invocation: Invocation{Name: "kubectl sts"}, voice: newVoice(io.Discard), flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want render.Onward
	}{
		"of one template": {
			rollouttest.Set("web").Replicas(5).Pods("a a a a a!"),
			render.Onward{Hint: "if the template is at fault, correct it: kubectl sts apply -f FILE --replace-broken -n default"},
		},
		"begun by a delete": {
			rollouttest.Set("web").Record("delete", rollout.Open),
			render.Onward{
				Next: []string{"kubectl sts delete web -n default", "kubectl sts apply -f default-web.yaml -n default"},
				Hint: "a delete of statefulset.apps/web was begun, and the same delete goes on with it; to call it off, apply the manifest that it saved: kubectl sts apply -f default-web.yaml -n default",
			},
		},
		"a canary": {
			rollouttest.Set("web").Replicas(5).Revisions("a", "b").Partition(4).Record("canary", rollout.Open).Pods("a a a a b"),
			render.Onward{Next: []string{"kubectl sts promote web --revision=web-b -n default"}},
		},
	} {
		if diff := cmp.Diff(tt.want, s.waysOn(tt.in.State()).document()); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

// cutPromote is how status begins of one, or of an apply, whose records are the same.
const cutPromote = "hint: a promote or an apply to 5 of 5 ordinals (run 0000aaaa) wrote 60m ago: if it no longer runs, this command finishes it"

func args(key, value string) func(*rollout.Record) {
	return func(r *rollout.Record) { r.Args = map[string]string{key: value} }
}

func crashing(g *rollout.Glance) {
	for i := range g.Pods {
		if g.Pods[i].Cause.ID != "" {
			g.Pods[i].Cause = rollout.Cause{ID: rollout.CrashLoop, Hard: true}
		}
	}
}

// denied is the cause of ordinals that a quota keeps from being made.
func denied(g *rollout.Glance) {
	for i := range g.Pods {
		if g.Pods[i].Cause.ID != "" {
			g.Pods[i].Cause = rollout.Cause{ID: rollout.Quota, Hard: true}
		}
	}
}

// volumeless is the cause of ordinals whose claims no volume serves.
func volumeless(g *rollout.Glance) {
	g.Set.ClaimTemplates = []string{"data"}
	for i, pod := range g.Pods {
		if pod.Cause.ID != "" {
			g.Pods[i].Cause = rollout.Cause{
				ID: rollout.ClaimPending, Claim: "data-" + pod.Name, Unserved: true,
				Try: fmt.Sprintf("kubectl sts pv create web --ordinals %d --type TYPE -n {ns}", pod.Ordinal),
			}
		}
	}
}

// onlooker is a cluster in which nothing moves, and in which nothing may be written.
type onlooker struct {
	t     *testing.T
	sight rollouttest.Sight
	clock rollouttest.Clock
}

func (o onlooker) Observe() rollout.State {
	return o.sight.Glance(func(g *rollout.Glance) { g.At = o.clock.Now() }).State()
}

func (onlooker) Changed() <-chan struct{} { return nil }

func (o onlooker) Apply(_ context.Context, _ rollout.State, change rollout.Change) (rollout.Set, error) {
	o.t.Errorf("it writes: %s", change)
	return rollout.Set{}, errors.New("not here")
}

// TestWatchingWritesNothing: not even what brings a controller back that has left an
// operation alone, which the run of that operation writes.
func TestWatchingWritesNothing(t *testing.T) {
	asleep := rollouttest.Set("web").Pods("a a - - -")
	for name, in := range map[string]rollouttest.Sight{
		"a scale is open": asleep.Record("scale", rollout.Open),
		"nothing is open": asleep,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				o := onlooker{t, in, rollouttest.NewClock()}
				outcome := rollout.Drive(ctx, o, watching{}, rollout.Options{Beat: time.Second})
				if !errors.Is(outcome.Err, context.DeadlineExceeded) {
					t.Errorf("it ends with %v", outcome.Err)
				}
			})
		})
	}
}

// TestStatusOfAStream: a watch with -o json ends with its document in one line, and
// where nobody reads it.
func TestStatusOfAStream(t *testing.T) {
	var told strings.Builder
	ctx, end := context.WithCancelCause(t.Context())
	s := session{Invocation: Invocation{Streams: Streams{Out: ending{&told, end}}}, voice: newVoice(io.Discard), flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	state := rollouttest.Set("web").State()
	if err := s.printStatus(StatusRequest{SetName: "web", Watch: true, Output: "json"}, state); err != nil {
		t.Fatal(err)
	}
	if text := told.String(); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "{") {
		t.Errorf("told %q", text)
	}
	s.Streams.Out = ending{broken{syscall.EPIPE}, end}
	render.NewStream(s.Streams.Out, "web").Remark(rollout.NoteEvent, "a note")
	if cause := context.Cause(ctx); !errors.Is(cause, syscall.EPIPE) {
		t.Errorf("the watch goes on: %v", cause)
	}
}

// TestWatchingEnds: -w ends with 3 when nothing has come nearer for the progress timeout,
// which stands still while an ordinal soaks, and not at all without one.
func TestWatchingEnds(t *testing.T) {
	five := rollouttest.Set("web").Replicas(5)
	old := func(g *rollout.Glance) { g.Pods[4].StartedAt = g.Pods[4].StartedAt.Add(time.Hour - time.Second) }
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		stall time.Duration
		took  time.Duration
		code  int
	}{
		"one that does not become Ready": {five.Pods("a a a a a?"), 10 * time.Minute, 10 * time.Minute, ExitFailed},
		"one that is not made":           {five.Pods("a a a a -"), 10 * time.Minute, 10 * time.Minute, ExitFailed},
		"no timeout":                     {five.Pods("a a a a a?"), 0, time.Hour, ExitRolling},
		"one that soaks":                 {five.With(func(s *rollout.Set) { s.Soak = 10 * time.Second }).Glance(old), 5 * time.Second, 9 * time.Second, ExitOK},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				outcome := rollout.Drive(ctx, onlooker{t, tt.in, rollouttest.NewClock()}, watching{}, rollout.Options{Stall: tt.stall})
				if got := wordCode(outcome.Last.Word()); got != tt.code {
					t.Errorf("the code is %d, want %d (%v)", got, tt.code, outcome.Err)
				}
				if took := time.Since(began).Round(time.Second); took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// overQuota is the top ordinal that a quota keeps from being made.
func overQuota(g *rollout.Glance) {
	g.Denials = []rollout.Denial{{PodName: "web-4", Cause: rollout.Cause{ID: rollout.Quota}, Lasting: true, At: g.At.Add(-time.Minute)}}
}
