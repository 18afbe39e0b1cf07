// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Delete is what `delete` asks for.
type Delete struct {
	Claims        rollout.Claims
	LosesClaimsOf string
	Save          string // the file for the manifest; "" for NAMESPACE-NAME.yaml
	Yes           bool
}

type deleteFlags struct{ typed Delete }

func deleteVerb() verb {
	f := &deleteFlags{}
	return verb{
		use:   "delete NAME",
		short: "Take the ordinals away in order, then the set; keep its claims",
		long: `Take the ordinals away one by one, the highest first, and then the set itself. Its
manifest is saved before anything is written, and the command that brings the set
back is printed. Its claims stay, whatever its retention policy says, those of
ordinals that are long gone too; its Service stays as well. What broken pods would
block for ever is finished. The same command again goes on where it stopped; to call
it off instead, apply the saved manifest.`,
		example: `  # the claims stay; bring the set back with apply -f
  {{name}} delete web

  # save the manifest elsewhere, and ask nothing
  {{name}} delete web --save /backup/web.yaml -y

  # the data too
  {{name}} delete web --claims=delete --confirm-data-loss=web`,
		flags:  f.add,
		intent: f.intent,
	}
}

func (f *deleteFlags) add(flags *pflag.FlagSet) {
	t := &f.typed
	flags.StringVar((*string)(&t.Claims), "claims", string(rollout.ClaimsKept), "keep or delete: what becomes of the claims")
	flags.StringVar(&t.LosesClaimsOf, "confirm-data-loss", "", "the set's name: agree that --claims=delete destroys its claims")
	flags.StringVar(&t.Save, "save", "", "the file that the manifest is saved to (default NAMESPACE-NAME.yaml)")
	flags.BoolVarP(&t.Yes, "yes", "y", false, "do not ask; the loss of data is not agreed to by this")
}

func (f *deleteFlags) intent(flags *pflag.FlagSet) (Intent, error) {
	if c := f.typed.Claims; c != rollout.ClaimsKept && c != rollout.ClaimsDeleted {
		return nil, usage("--claims %q is none of keep, delete", c)
	}
	if wait, err := flags.GetBool("wait"); err != nil || !wait {
		return nil, usage("--wait=false: a delete is many writes, and the later ones depend on the pods; leave it out")
	}
	return f.typed, nil
}

// Goal implements Intent.
func (i Delete) Goal(ctx context.Context, o Opening) (rollout.Goal, error) {
	for _, applierName := range o.State.AppliedBy() {
		o.Note("%s also applies %s and may make it again; take it out of there too", applierName, o.State.Set)
	}
	goal := rollout.Delete{Found: rollout.Deletes(o.State), Claims: i.Claims, LosesClaimsOf: i.LosesClaimsOf, Saved: i.file(o.State.Set.Namespace, o.State.Set.Name), Failed: o.State.FailedOfIt()}
	if i.Claims != rollout.ClaimsDeleted {
		return goal, nil
	}
	var err error
	if goal.Others, err = o.Others(ctx); err != nil {
		return nil, err
	}
	goal.Users, err = o.Users(ctx)
	return goal, err
}

// Rules implements Intent.
func (i Delete) Rules(setName string) []cluster.Rule {
	claims := []string{"list", "watch", "patch"}
	rules := append(steers(setName),
		cluster.Rule{Verb: "delete", Group: "apps", Resource: "statefulsets", Name: setName},
		cluster.Rule{Verb: "create", Group: "apps", Resource: "statefulsets", Why: "whether the server would take the saved manifest back is not asked"})
	if i.Claims == rollout.ClaimsDeleted {
		claims = append(claims, "delete")
		rules = append(rules,
			cluster.Rule{Verb: "list", Group: "apps", Resource: "statefulsets"},
			cluster.Rule{Verb: "list", Resource: "persistentvolumes", Wide: true, Why: "which volumes outlive the claims is not seen; those do with the reclaim policy Retain, and need pv release before the set is applied again"})
	}
	rules = append(rules, each(cluster.Rule{Resource: "persistentvolumeclaims"}, claims...)...)
	return append(rules, removes("what two broken pods block cannot be finished")...)
}

// Heeds implements Intent. Who only applies the set is told of by Goal.
func (i Delete) Heeds(hand rollout.Hand) Heed {
	if hand.Kind == rollout.OwnerHand || hand.Kind == rollout.ReplicasHand {
		return Refuse
	}
	return Ignore
}

// Next implements Intent: what brings the set back.
func (i Delete) Next(s rollout.State) []string {
	return []string{"apply", "-f", quoted(i.file(s.Set.Namespace, s.Set.Name))}
}

// words are the command line of the delete of a set.
func (i Delete) words(set rollout.Set) []string {
	words := []string{"delete", set.Name}
	if i.Save != "" && i.Save != (Delete{}).file(set.Namespace, set.Name) {
		words = append(words, "--save", quoted(i.Save))
	}
	if i.Claims == rollout.ClaimsDeleted {
		words = append(words, "--claims=delete") // whoever types it agrees to the loss anew
	}
	return words
}

// file is where the manifest is saved.
func (i Delete) file(namespaceName, setName string) string {
	if i.Save != "" {
		return i.Save
	}
	return fmt.Sprintf("%s-%s.yaml", namespaceName, setName)
}

// Prepare implements preparer: it asks, and saves the manifest.
func (i Delete) Prepare(ctx context.Context, o Opening, dryRun DryRun) error {
	found := rollout.Deletes(o.State)
	text, err := manifestOf(ctx, o, found)
	if err != nil {
		return err
	}
	set := o.State.Set
	i.tellsOfLost(o)
	if err := i.tellsOfClaims(ctx, o); err != nil {
		return err
	}
	saved := keepsake{path: i.file(set.Namespace, set.Name), namespaceName: set.Namespace, setName: set.Name}
	needed, err := saved.vacant(text, rollout.Delete{}.Begun(o.State))
	switch {
	case err != nil:
		return err
	case dryRun != DryRunNone:
		o.Note("the manifest of %s would be in %s", set, saved.path)
		return nil
	}
	if !i.Yes {
		if err := o.Agree(ctx, i.question(o.State)); err != nil {
			return err
		}
	}
	if needed {
		if err := saved.write(text); err != nil {
			return err
		}
	}
	stays := ""
	if o.HasService(ctx) {
		stays = "; its Service stays"
	}
	o.Note("the manifest of %s is in %s%s", set, saved.path, stays)
	if failed := failedOfTemplate(o.State); failed != "" {
		o.Note("it has the template that %s has failed of: correct it before it is applied again", failed)
	}
	return nil
}

// failedOfTemplate is the first ordinal that is broken on the template which is saved.
func failedOfTemplate(s rollout.State) string {
	for _, pod := range s.Pods {
		if s.FailsOfTemplate(pod) && s.OnLive(pod) {
			return pod.Name
		}
	}
	return ""
}

// tellsOfLost warns of ordinals that cannot come back, as long as their claims are Lost:
// an apply of the manifest refuses them, so that a check of it comes first.
func (i Delete) tellsOfLost(o Opening) {
	_, destroyed := (rollout.Delete{Claims: i.Claims}).Fate(o.State)
	for _, text := range rollout.LossesOf(o.State.LostMounts(0), destroyed) {
		o.Warn("%s", text)
	}
	if i.findsStopped(o.State) {
		o.First(i.checks(o.State)...)
	}
}

// findsStopped says that what the delete leaves is refused by an apply.
func (i Delete) findsStopped(s rollout.State) bool {
	return i.Claims != rollout.ClaimsDeleted && len(rollout.Deletes(s).FindsStopped(s)) > 0
}

// checks are the words that say what has to be done before the set comes back.
func (i Delete) checks(s rollout.State) []string {
	return []string{"check", "-f", quoted(i.file(s.Set.Namespace, s.Set.Name))}
}

// tellsOfClaims names every claim that goes, before anybody agrees to it, and the
// volumes that outlive them: those bind again only once they are released.
func (i Delete) tellsOfClaims(ctx context.Context, o Opening) error {
	set := o.State.Set
	if i.Claims != rollout.ClaimsDeleted || len(set.ClaimTemplates) == 0 {
		return nil
	}
	if _, destroyed := (rollout.Delete{Claims: i.Claims}).Fate(o.State); len(destroyed) > 0 {
		o.Note("the claims that are destroyed: %s", strings.Join(destroyed, ", "))
	}
	retained, err := o.Retained(ctx)
	if err != nil {
		return err
	}
	release := []string{"pv", "release", "-f", quoted(i.file(set.Namespace, set.Name))}
	if len(retained.Volumes) > 0 {
		o.Note("the volumes that keep their data, and will be Released: %s", strings.Join(retained.Volumes, ", "))
	}
	if len(retained.Going) > 0 {
		o.Warn("these volumes are being deleted, and go with the claims though their reclaim policy is Retain: %s; save what says where their data are first: kubectl get pv %s -o yaml",
			strings.Join(retained.Going, ", "), strings.Join(retained.Going, " "))
	}
	if len(retained.Older) > 0 {
		o.Note("earlier volumes of the same claims, which stay as they are: %s", strings.Join(retained.Older, ", "))
		release = append(release, "--volumes", strings.Join(retained.Volumes, ","))
	}
	if len(retained.Volumes) > 0 {
		o.First(release...)
	}
	return nil
}

func (i Delete) question(s rollout.State) string {
	fate := "its claims stay"
	if i.Claims == rollout.ClaimsDeleted {
		fate = "ITS CLAIMS AND THEIR DATA ARE DESTROYED"
	}
	return fmt.Sprintf("delete %s in namespace %q, its %d ordinals first, one by one; %s. Go on?", s.Set, s.Set.Namespace, len(s.Pods), fate)
}

// Absent implements preparer: a set that is not there and whose manifest was
// saved was deleted by an earlier run.
func (i Delete) Absent(namespaceName, setName string) (string, bool) {
	saved := keepsake{path: i.file(namespaceName, setName), namespaceName: namespaceName, setName: setName}
	if !saved.holds() {
		return "", false
	}
	return fmt.Sprintf("unchanged, nothing to do (deleted already; its manifest is in %s)", saved.path), true
}
