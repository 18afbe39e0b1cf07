// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// act runs an acting verb from the checked command line to the result.
func (s session) act(ctx context.Context, r Request) error {
	return s.begun(ctx, r, func(ctx context.Context, a action) error {
		defer a.close()
		return a.conclude(ctx, caused(ctx, a.perform(ctx)))
	})
}

// begun runs an action with a limit and with streams of its own.
func (s session) begun(ctx context.Context, r Request, run func(context.Context, action) error) error {
	if err := s.voice.paint(r.Run.Color); err != nil {
		return err
	}
	ctx, cancel := withTimeout(ctx, r.Run.Timeout)
	defer cancel()
	a := action{session: s, request: r}
	flush := a.buffered(func(lines int) []byte { return a.stream.Left(lines) }) // there is no progress but of a stream
	if r.Run.Watch {
		a.stream = render.NewStream(a.Streams.Out, r.SetName)
		a.voice.events = a.stream
	}
	return flush(run(ctx, a))
}

// caused says what ended a context, where an error is only that it ended.
func caused(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
	}
	return err
}

// action is one run of an acting verb.
type action struct {
	session
	request Request
	client  *cluster.Client
	run     *cluster.Run
	lacks   []cluster.Rule // optional permissions that the user has not
	goal    rollout.Goal
	mark    string // of the records that this run writes
	outcome rollout.Outcome
	stream  *render.Stream // of -o json -w; nil without

	foreseen  *render.Foresight         // what a scale comes to; nil for other verbs
	planned   string                    // what a dry run has to show
	proposed  *rollout.Plan             // the same, of the set's own writes
	absent    string                    // why there is nothing to do without a set
	unwatched *rollout.Change           // the one write of --wait=false
	changes   []string                  // of an apply: what the file changes of the set
	objects   []render.Applied          // of an apply: what became of each object, as far as it came
	brings    []corev1.PersistentVolume // of an apply: the file's, as they will be
	classes   []storagev1.StorageClass  // the same
	made      int                       // writes beside the loop
	stored    func(context.Context, rollout.Change) (string, error)
	written   string        // of an apply: the resourceVersion of the set as its last write beside the loop left it
	grace     time.Duration // for what had failed before this run; see rollout.Options
	soaks     string        // why each ordinal soaks though the user did not ask for it, until that is told
	before    [][]string    // the words of commands that come before the next one
	foretold  *foretold     // what the server's dry run has said of a template; nil without
	several   bool          // of an apply: it is of several sets
	unbegun   []string      // of an apply that ended early: the sets of the file that it did not come to
}

func (a *action) close() {
	if a.run != nil {
		a.run.Close()
	}
}

// perform does what was asked. Its error is what the exit code is made of.
func (a *action) perform(ctx context.Context) error {
	if err := a.open(ctx); err != nil {
		return a.excused(err)
	}
	if err := a.heed(ctx); err != nil {
		return err
	}
	goal, err := a.request.Intent.Goal(ctx, a.opening())
	if err != nil {
		return err
	}
	a.goal = goal
	if err := a.seeClaims(ctx); err != nil {
		return err
	}
	a.tellSoak()
	if err := a.mayRemove(); err != nil {
		return err
	}
	if err := a.keepsSpec(ctx); err != nil {
		return err
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	a.tellResized()
	switch {
	case a.request.Run.DryRun != DryRunNone:
		return a.plan(ctx)
	case !a.request.Run.Wait:
		return a.once(ctx)
	default:
		return a.through(ctx)
	}
}

// open checks the permissions, then the caches are filled.
func (a *action) open(ctx context.Context) error {
	client, err := a.session.client()
	if err != nil {
		return err
	}
	a.client = client
	if a.lacks, err = a.permitted(ctx, client, a.request.Intent.Rules(a.request.SetName)); err != nil {
		return err
	}
	return a.watch(ctx)
}

// watch fills the caches, and takes the first sighting.
func (a *action) watch(ctx context.Context) (err error) {
	a.run, err = a.client.Open(ctx, a.request.SetName, a.sighting())
	if err != nil {
		return err
	}
	a.outcome.First = a.run.Observe()
	if !rollout.Repairs(a.request.Verb) {
		a.outcome.First = a.outcome.First.ByOwnTimes(a.request.Run.Stall)
	}
	a.outcome.Last = a.outcome.First
	return nil
}

// seeClaims brings claims into sight that pods come by only through the goal's template.
func (a *action) seeClaims(ctx context.Context) error {
	if !a.outcome.First.NamesClaims(a.goal) {
		return nil
	}
	if err := a.run.SeeClaims(ctx); err != nil {
		return err
	}
	a.outcome.First.Claims = a.run.Observe().Claims
	a.outcome.Last.Claims = a.outcome.First.Claims
	return nil
}

// mayRemove: whether a plan removes a pod is known once the set has been seen.
// Half of it is worse than nothing.
func (a *action) mayRemove() error {
	plan, err := a.goal.Plan(a.outcome.First)
	if err != nil {
		return nil // the run says it, and writes nothing
	}
	for _, rule := range a.lacks {
		if rule.Verb == "delete" && rule.Resource == "pods" && plan.Removes() {
			return forbidden(a.client.Namespace(), []cluster.Rule{rule})
		}
	}
	return nil
}

// heed looks for other hands on the set.
func (a *action) heed(ctx context.Context) error {
	hands := a.outcome.First.Hands(a.request.Verb)
	scalers, err := a.scalers(ctx)
	if err != nil {
		return err
	}
	for _, hand := range append(hands, scalers...) {
		if err := a.keptFrom(hand); err != nil {
			return err
		}
		if a.request.Intent.Heeds(hand) != Ignore && hand.Meaning != "" {
			a.voice.warn("%s also writes to %s: %s", hand.Name, a.outcome.First.Set, hand.Meaning)
		}
	}
	return nil
}

// keptFrom refuses the verb where another hand on the set keeps it from writing.
func (a *action) keptFrom(hand rollout.Hand) error {
	if a.request.Intent.Heeds(hand) != Refuse || a.request.Run.IgnoreOwners {
		return nil
	}
	return &rollout.Refusal{
		Reason:  rollout.OtherHands,
		Message: fmt.Sprintf("%s: %s also writes to it: %s; to go on all the same, add --ignore-owners", a.outcome.First.Set, hand.Name, hand.Meaning),
	}
}

// scalers are the autoscalers on the set. Where one would refuse the command, a
// server that does not answer is no word that there is none.
func (a *action) scalers(ctx context.Context) ([]rollout.Hand, error) {
	refuses := a.request.Intent.Heeds(rollout.Hand{Kind: rollout.ReplicasHand}) == Refuse && !a.request.Run.IgnoreOwners
	look := a.client.BriefHands
	if refuses {
		look = a.client.Hands
	}
	scalers, err := look(ctx, a.outcome.First)
	if err == nil || ctx.Err() != nil || refuses && !errors.Is(err, cluster.ErrUnreadable) {
		return scalers, err
	}
	a.voice.note("%v, so an autoscaler on this set would not be seen", err)
	return nil, nil
}

func (a *action) opening() Opening {
	state := a.outcome.First
	return Opening{
		State:    state,
		Soak:     a.soak,
		DryRun:   a.dryRun,
		Rewrites: func(ctx context.Context) (string, error) { return a.rewrites(ctx, state.Set) },
		Foresee:  a.foresee,
		Manifest: func(ctx context.Context) (*unstructured.Unstructured, error) {
			return a.client.Manifest(ctx, state.Set.Name)
		},
		Creatable: a.creatable,
		Others: func(ctx context.Context) ([]rollout.Set, error) {
			return a.client.OtherSets(ctx, state.Set.UID)
		},
		Users: func(ctx context.Context) ([]rollout.Bystander, error) {
			return a.client.Bystanders(ctx, state.Set)
		},
		Retained: func(ctx context.Context) (cluster.Retained, error) {
			return a.client.Retained(ctx, state)
		},
		HasService: func(ctx context.Context) bool { return a.hasService(ctx, state.Set.ServiceName) },

		Agree: a.agree,
		Note:  a.voice.note,
		Warn:  a.voice.warn,
		First: func(words ...string) { a.before = append(a.before, words) },
	}
}

// creatable asks only whom the server would let make a set: of the others it says
// nothing about the manifest.
func (a *action) creatable(ctx context.Context, object *unstructured.Unstructured) error {
	if slices.ContainsFunc(a.lacks, func(r cluster.Rule) bool { return r.Verb == "create" }) {
		return nil
	}
	return a.client.DryRunCreate(ctx, object)
}

// soak is the user's, or what a template needs, and keeps why.
func (a *action) soak(template []byte, minReadySeconds int32) (soak time.Duration, err error) {
	if asked := a.request.Run.Soak; asked != soakDefault {
		return asked, nil
	}
	soak, a.soaks, err = rollout.DefaultSoak(template, minReadySeconds)
	return soak, err
}

// tellSoak says why each ordinal soaks, once, where the goal has anything to do.
func (a *action) tellSoak() {
	why := a.soaks
	a.soaks = ""
	plan, err := a.goal.Plan(a.outcome.First)
	if why != "" && err == nil && len(plan.Hold)+len(plan.Steps) > 0 {
		a.voice.note("%s", why)
	}
}

// plan shows what a run would do; with --dry-run=server the server checks the
// first write too.
func (a *action) plan(ctx context.Context) error {
	plan, err := a.decided()
	if err != nil {
		return err
	}
	a.planned = a.propose(plan) + a.foresight()
	if a.request.Run.DryRun != DryRunServer || len(plan.Steps) == 0 {
		return nil
	}
	first := plan.Steps[0].Change
	admitted, err := a.client.DryRun(ctx, a.outcome.First, first)
	if err != nil || first.Set == nil {
		return err
	}
	return a.storesAsMade(first, admitted)
}

// propose keeps the plan of a dry run, and returns it in words.
func (a *action) propose(plan rollout.Plan) string {
	a.proposed = &plan
	return render.PlanText(a.request.Verb, a.request.Run.DryRun.shown(), plan, a.outcome.First)
}

// decided is the plan, where a run would get as far as waiting or writing.
func (a *action) decided() (rollout.Plan, error) {
	lease := rollout.LeaseOf(a.goal, a.outcome.First, "")
	s := lease.Reprieve(a.goal, a.outcome.First)
	if decision := rollout.Decide(a.goal, s, lease); decision.Err != nil {
		return rollout.Plan{}, decision.Err
	}
	return a.goal.Plan(s)
}

// once makes the one write of a plan that has no more, and does not watch.
func (a *action) once(ctx context.Context) error {
	plan, err := a.decided()
	if err != nil {
		return err
	}
	if err := a.single(plan); err != nil || a.unwatched == nil {
		return err
	}
	return a.drive(ctx, 1)
}

// single refuses a plan that goes on after its first write, or waits before it.
func (a *action) single(plan rollout.Plan) error {
	switch {
	case len(plan.Steps) == 0 && len(plan.Hold) == 0:
		return nil
	case plan.Moves() > 1:
		return usage("--wait=false: this plan has %d writes, and the later ones depend on the pods; leave it out", plan.Moves())
	case len(plan.Hold) > 0:
		return &rollout.Refusal{
			Reason:  rollout.NotSettled,
			Message: "--wait=false: " + rollout.Describe(a.outcome.First.Set, plan.Hold),
		}
	}
	a.unwatched = &plan.Steps[0].Change
	return nil
}

// drive runs until the goal is reached, or until so many writes are made; 0 for
// no limit.
func (a *action) drive(ctx context.Context, writes int) error {
	mark, err := newRun()
	if err != nil {
		return err
	}
	a.mark = mark
	progress, err := a.teller()
	if err != nil {
		return err
	}
	defer progress.Close()
	defer a.voice.through(progress)()
	options := rollout.Options{
		Run: mark, Stall: a.request.Run.Stall, Beat: progress.Beat(), Report: progress.Report,
		Ground: a.outcome.First, Writes: writes, Stored: a.stored, Grace: a.grace, Version: a.written,
	}
	if a.request.Run.IgnoreOwners {
		options.Replicas = rollout.ReplicasYield
	}
	if _, ends := a.request.Intent.(Abort); ends {
		options.Anew = a.anew(ctx)
	}
	a.outcome = rollout.Drive(ctx, a.run, a.goal, options)
	return soFar(a.outcome)
}

// anew makes the goal of what somebody has just written.
func (a *action) anew(ctx context.Context) func(rollout.State) (rollout.Goal, error) {
	return func(s rollout.State) (rollout.Goal, error) {
		a.voice.note("%s was written to by somebody else before this run wrote; going on from what is there now", s.Set)
		a.outcome.First = s
		goal, err := a.request.Intent.Goal(ctx, a.opening())
		if err != nil {
			return goal, err
		}
		a.goal = goal
		return goal, cmp.Or(a.seeClaims(ctx), a.mayRemove())
	}
}

// soFar is how a run ended, with what its last sighting cannot show.
func soFar(o rollout.Outcome) error {
	err := o.Err
	if err != nil && o.Unseen != nil {
		err = fmt.Errorf("%w; just written, and what it sets off is under way: %s", err, render.Written(*o.Unseen, o.Last.Set.Spec))
	}
	if err != nil && len(o.Destroyed) > 0 {
		err = fmt.Errorf("%w; %d claims were deleted so far, and their data goes with them: %s", err, len(o.Destroyed), rollout.Enumerate(o.Destroyed))
	}
	return err
}

// teller is the progress that the flags ask for; with -w the events themselves.
func (a *action) teller() (render.Progress, error) {
	if a.request.Run.Watch {
		return a.stream, nil
	}
	return a.progress(a.request.Run.Progress, render.Header{
		Command: a.request.Verb, SetName: a.request.SetName, Namespace: a.client.Namespace(), Goal: a.goal,
	})
}
