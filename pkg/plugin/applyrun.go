// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// applyRun is one run of apply: what a file asks for beside the set, the set
// itself, and then an acting verb like the others.
type applyRun struct {
	action
	intent    Apply
	first     bool               // of the file's sets
	earlier   int                // writes for the sets before this one
	later     []Request          // of the sets after it
	prospects []cluster.Prospect // of what is beside the set
	going     []string           // of the set: what the file does not name and does not keep either
	set       cluster.Prospect
}

// admit makes a failure of a refusal, which says that nothing was changed, where
// something was.
func (a *applyRun) admit(err error) error {
	var r *rollout.Refusal
	if a.earlier+a.writes() == 0 || !errors.As(err, &r) {
		return err
	}
	return &rollout.Failure{Reason: r.Reason, Message: r.Message, Hint: r.Hint, Blockers: r.Blockers}
}

// perform asks first what everything would come to, and writes only where
// nothing is refused.
func (a *applyRun) perform(ctx context.Context) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.foresee(ctx); err != nil {
		return a.inFile(err)
	}
	if a.set.Made() {
		return a.create(ctx)
	}
	return a.change(ctx)
}

// connect finds the namespace, and checks the permissions.
func (a *applyRun) connect(ctx context.Context) (err error) {
	isApply := false
	if a.intent, isApply = a.request.Intent.(Apply); !isApply {
		return fmt.Errorf("an apply of %T", a.request.Intent)
	}
	current, _, err := a.connection.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return err
	}
	namespaceName, err := a.intent.Bundle.Namespace(current)
	if err != nil {
		return fileError("%s: %v", a.intent.From, err)
	}
	if a.client, err = a.clientIn(namespaceName); err != nil {
		return err
	}
	a.lacks, err = a.permitted(ctx, a.client, a.intent.Rules(a.request.SetName))
	return err
}

// foresee has the server check every object.
func (a *applyRun) foresee(ctx context.Context) error {
	if err := a.foreseeOthers(ctx); err != nil {
		return err
	}
	for _, o := range a.intent.Bundle.Beside() {
		p, err := a.client.Foresee(ctx, o, a.intent.Taking)
		if err != nil {
			return err
		}
		if err := a.expect(p); err != nil {
			return err
		}
	}
	if err := a.foreseeEarlier(ctx); err != nil {
		return err
	}
	if err := a.foreseeSet(ctx); err != nil {
		return err
	}
	a.tellReplaced(a.set)
	if err := a.tellCutOff(); err != nil {
		return err
	}
	a.named()
	if err := a.referred(ctx); err != nil {
		return err
	}
	if err := a.governed(ctx); err != nil || !a.first {
		return err
	}
	return a.lookAhead(ctx)
}

// foreseeSet has the server check the set.
func (a *applyRun) foreseeSet(ctx context.Context) (err error) {
	a.set, err = a.client.Foresee(ctx, a.intent.Bundle.Set, a.intent.Taking)
	if refusal := a.immutable(err); refusal != nil {
		return refusal
	}
	if err == nil {
		a.set, err = keptTemplate(a.set)
	}
	return err
}

// inFile makes the user's of what the server cannot read.
func (a *applyRun) inFile(err error) error {
	var bad *cluster.BadFile
	if errors.As(err, &bad) {
		return fileError("%s: %v", a.intent.From, bad)
	}
	return err
}

// change takes a set that is there to what the file says.
func (a *applyRun) change(ctx context.Context) error {
	if err := a.watch(ctx); err != nil {
		return err
	}
	if err := a.heed(ctx); err != nil {
		return err
	}
	if err := a.aim(); err != nil {
		return err
	}
	if err := a.seeClaims(ctx); err != nil {
		return err
	}
	if err := a.mayRemove(); err != nil {
		return err
	}
	plan, err := a.decided()
	if err != nil && !a.underWay(err) {
		return err
	}
	if err := a.tellChanges(ctx); err != nil {
		return err
	}
	a.tellSoak()
	a.tellResized()
	a.tellKept()
	if err := a.foretell(ctx); err != nil {
		return err
	}
	if err := a.keepsSpec(ctx); err != nil {
		return err
	}
	switch {
	case a.request.Run.DryRun != DryRunNone:
		head, steps, _ := strings.Cut(a.propose(plan), "\n")
		a.planned = a.untouched() + a.listed(a.prospects) + head + "\n" + a.changed() + steps + a.foresight() + a.rest()
		a.objects = append(a.objects, applied(a.set))
		return a.mayMend(err)
	case !a.request.Run.Wait && err == nil:
		if err := a.single(plan); err != nil {
			return err
		}
	}
	return a.carryOut(ctx, err)
}

// mayMend adds to why an ordinal has failed what a run would write all the same.
func (a *applyRun) mayMend(failed error) error {
	var brings []string
	for _, p := range append(slices.Clone(a.prospects), a.set) {
		if p.Writes() {
			brings = append(brings, p.Object.String())
		}
	}
	if failed == nil || len(brings) == 0 {
		return failed
	}
	return fmt.Errorf("%w; a run would write %s, and wait %s for that to mend it", failed, rollout.Enumerate(brings), a.request.Run.FailurePolicy.Patience)
}

// underWay: an ordinal has failed of the file's own template, which was written
// before. What else the file says, by which no ordinal moves, is due all the same,
// and may be the volume or the Service that the ordinal lacks.
func (a *applyRun) underWay(err error) bool {
	var failed *rollout.Failure
	return errors.As(err, &failed) && !a.templateDiffers()
}

// carryOut writes everything; failed is why no ordinal moves, nil where they do.
func (a *applyRun) carryOut(ctx context.Context, failed error) error {
	if err := a.writeBeside(ctx); err != nil {
		return err
	}
	if err := a.fold(ctx); err != nil {
		return err
	}
	if !a.templateDiffers() {
		if err := a.complete(ctx, itself); err != nil {
			return err
		}
	}
	switch {
	case failed == nil:
	case a.made == 0, !a.request.Run.Wait:
		return failed
	default: // what has just been written may be what the ordinal lacked
		a.grace = a.request.Run.FailurePolicy.Patience
	}
	a.written = a.version()
	return a.roll(ctx)
}

// foretell is what the scale comes to, under the retention policy of the file.
func (a *applyRun) foretell(ctx context.Context) error {
	goal, ok := a.goal.(rollout.Apply)
	if !ok || goal.Replicas == nil {
		return nil
	}
	first := a.outcome.First
	a.outcome.First.Set.DeletesClaims = goal.DeletesClaims
	err := a.action.foresee(ctx, rollout.Scale{To: *goal.Replicas})
	a.outcome.First = first
	return err
}

// roll writes a new template as every template is written, with its partition
// and its record in one request. What else the file says, by which no ordinal
// moves, comes as soon as the template is live.
func (a *applyRun) roll(ctx context.Context) error {
	if goal, ok := a.goal.(rollout.Apply); ok {
		goal.Rest = false // from here on the live policy counts, should somebody else change it
		a.goal = goal
	}
	a.stored = func(ctx context.Context, change rollout.Change) (string, error) {
		if change.Set == nil || change.Set.Template == nil {
			return "", nil
		}
		err := a.complete(ctx, cluster.Prospect.Adopting)
		return a.version(), err
	}
	switch {
	case a.request.Run.Wait:
		return a.drive(ctx, 0)
	case a.unwatched != nil:
		return a.drive(ctx, 1)
	default:
		return nil
	}
}

// aim makes the goal, of what the server's dry run makes of the set.
func (a *applyRun) aim() error {
	after, err := a.becomes()
	if err != nil {
		return err
	}
	a.goal, err = a.intent.goal(after, a.opening())
	return err
}

// becomes is what the server's dry run makes of the set; it refuses what would move every
// ordinal at once.
func (a *applyRun) becomes() (rollout.Set, error) {
	now, after, err := a.sides(a.set)
	switch {
	case err != nil:
		return after, err
	case now.Start != after.Start:
		return after, moves(now, fmt.Sprintf("spec.ordinals.start from %d to %d", now.Start, after.Start))
	case now.Strategy != after.Strategy:
		return after, moves(now, fmt.Sprintf("spec.updateStrategy.type from %s to %s", now.Strategy, after.Strategy))
	default:
		return after, nil
	}
}

// fold makes the file alone say which fields stay, where that makes a
// difference, and aims anew.
func (a *applyRun) fold(ctx context.Context) error {
	if len(a.set.Left) == 0 {
		return nil
	}
	now, _, err := a.sides(a.set)
	if err != nil {
		return err
	}
	if err := a.templateStays(ctx, now); err != nil {
		return err
	}
	folded, err := a.client.Fold(ctx, a.set)
	if err != nil {
		return a.inFile(err)
	}
	a.made++
	a.set = folded
	return a.aim()
}

// complete applies what the file says beside the template, the replicas and the
// partition.
func (a *applyRun) complete(ctx context.Context, how func(cluster.Prospect) cluster.Prospect) error {
	p, err := a.client.Foresee(ctx, a.intent.Bundle.Set, a.intent.Taking)
	if err == nil {
		p, err = keptTemplate(p)
	}
	if err != nil {
		return a.inFile(err)
	}
	if a.set, err = a.write(ctx, how(p), a.moveless); err != nil {
		return err
	}
	now, after, err := a.sides(a.set)
	if err == nil && !now.Answers(after.Template) {
		return after.RestRewrote()
	}
	return err
}

// version is the set as the last write beside the loop left it: what comes next is
// decided by its retention policy.
func (a *applyRun) version() string {
	if a.set.After == nil {
		return ""
	}
	return a.set.After.GetResourceVersion()
}

func itself(p cluster.Prospect) cluster.Prospect { return p }

// writeBeside applies volumes, Services and, where asked for, objects of other kinds.
func (a *applyRun) writeBeside(ctx context.Context) error {
	for _, p := range a.prospects {
		if err := a.writeAndPrint(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (a *applyRun) writeAndPrint(ctx context.Context, p cluster.Prospect) error {
	if _, err := a.write(ctx, p, func(cluster.Prospect) error { return nil }); err != nil || a.request.Run.Output != "" {
		return err
	}
	_, err := fmt.Fprintln(a.Streams.Out, a.objects[len(a.objects)-1].Line(""))
	return err
}

// write applies one object, and keeps what became of it.
func (a *applyRun) write(ctx context.Context, p cluster.Prospect, holds func(cluster.Prospect) error) (cluster.Prospect, error) {
	after, err := a.client.ServerSide(ctx, p, holds)
	if err != nil {
		return after, a.inFile(err)
	}
	a.objects = append(a.objects, applied(p))
	if p.Writes() {
		a.made++
	}
	return after, nil
}
