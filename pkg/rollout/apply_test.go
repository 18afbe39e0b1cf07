// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func apply(template string, edits ...func(*rollout.Apply)) rollout.Goal {
	g := rollout.Apply{Template: rollouttest.Template{Name: template}.Patch(), Step: intstr.FromInt32(1)}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

func replicas(n int32) func(*rollout.Apply) { return func(g *rollout.Apply) { g.Replicas = &n } }

func partition(n int32) func(*rollout.Apply) { return func(g *rollout.Apply) { g.Partition = &n } }

func deletes(g *rollout.Apply) { g.DeletesClaims = true }

func rest(g *rollout.Apply) { g.Rest = true }

const armed = "refused: WouldDeleteClaims: statefulset.apps/web: the manifest makes its retention policy whenScaled Delete, and its 1 replicas would then destroy the claims data-web-2, data-web-1; leave the policy Retain in the manifest, or agree with --confirm-data-loss=web"

const armsLeaving = "refused: WouldDeleteClaims: statefulset.apps/web: the manifest makes its retention policy whenScaled Delete, and web-2, which goes, would take the claims data-web-2 along; apply it when that is gone, leave the policy Retain in the manifest, or agree with --confirm-data-loss=web"

const correctable = "; if the template is at fault, apply a corrected one with --replace-broken"

// volumesFirst is it where no template is at fault.
const volumesFirst = "give the claims volumes; or, if the claim templates are wrong, delete the set and these claims "

// unbound is it where a claim is at fault that may be the template's, which the next set would find again.
const unbound = "no ordinal stands, and there is no template to go back to: if this one is at fault, correct the file, delete the set, which leaves its claims, then those that were never bound, since they stay as they were made (kubectl -n default delete pvc "

func claimless(message string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		claimName, _, _ := strings.Cut(message, " is not bound")
		for i := range g.Pods {
			g.Pods[i].Cause = rollout.Cause{ID: rollout.ClaimPending, Message: message, Claim: claimName, Unserved: true}
		}
	}
}

// unboundToo is another claim of the set that waits for a volume.
func unboundToo(claimName string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		g.Set.ClaimTemplates = []string{"data", "log"}
		g.Claims = append(g.Claims, rollout.ClaimSight{Name: claimName, Unbound: true})
	}
}

// causedBy gives what is broken another cause.
func causedBy(id rollout.CauseID) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for i := range g.Pods {
			if g.Pods[i].Cause.ID != "" {
				g.Pods[i].Cause = rollout.Cause{ID: id, Hard: true}
			}
		}
	}
}

// unschedulable: the scheduler has looked for a volume on every node.
func unschedulable(g *rollout.Glance) {
	for i := range g.Pods {
		g.Pods[i].Cause.Scheduler = "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind."
	}
}

func ephemeral(claimName string) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for i := range g.Pods {
			g.Pods[i].Ephemeral = []string{claimName}
		}
	}
}

// under is what is said of a rollout that is not of this apply.
const under = "refused: CanaryUnderWay: statefulset.apps/web: a rollout is under way (web-b, from web-a); promote it or abort it before applying"

func TestApplyPlans(t *testing.T) {
	try(t, []row{
		{"nothing differs", three(), apply("a", replicas(3), partition(0)), "applied (3/3 on web-a)"},
		{"the manifest does not say", three().Partition(2), apply("a"), "applied (3/3 on web-a)"},
		{"another template", three(), apply("b"), `
1. template b, partition 2: the manifest's template, for web-2; then wait until web-2 is Available on the new revision
2. partition 1: let web-1 go; then wait until web-1 is Available on the new revision
3. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
4. record promoted: it is done`},
		{"two at a time, to an own partition", three().Partition(2), apply("b", func(g *rollout.Apply) { g.Step = intstr.FromInt32(2) }), `
1. template b, partition 1: the manifest's template, for web-1 to web-2; then wait until web-1 to web-2 are Available on the new revision
2. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
3. partition 2: put its own partition back`},
		{"one ordinal", rollouttest.Set("web"), apply("b"), `
1. template b, partition 0: the manifest's template, for web-0; then wait until web-0 is Available on the new revision
2. record promoted: it is done`},
		{"no ordinal", rollouttest.Set("web").Replicas(0), apply("b"), `
1. template b, partition 0: the manifest's template, for none
2. record promoted: it is done`},
		{"all three", rollouttest.Set("web").Replicas(2), apply("b", replicas(3), partition(1)), `
1. template b, partition 1: the manifest's template, for web-1; then wait until web-1 is Available on the new revision
2. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
3. replicas 3: make web-2; then wait until web-2 is Available
4. partition 1: the manifest's partition`},
		{"replicas alone", three(), apply("a", replicas(2)), `
1. replicas 2: take web-2 away; then wait until web-2 is gone
2. record done: it is done`},
		{"the partition alone", three(), apply("a", partition(2)), "1. partition 2: the manifest's partition"},
		{"the partition of a set without a block", three().NoPartition(), apply("a", partition(0)), "applied (3/3 on web-a)"},
	})
}

func TestApplyGoesOn(t *testing.T) {
	try(t, []row{
		{"goes on", three().Revisions("a", "b").Partition(1).Record("promote", rollout.Open), apply("b", replicas(3)), `
1. partition 0: let web-0 go; then wait until web-0 is Available on the new revision
2. record promoted: it is done`},
		{"goes on where it ends", three().Revisions("b", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own = &rollout.OwnPartition{Partition: 3} }), apply("b"), `
1. partition 3: put its own partition back`},
		{"a scale goes on", three().Record("scale", rollout.Open, toward(4)), apply("a", replicas(4)), `
1. replicas 4: make web-3; then wait until web-3 is Available
2. record done: it is done`},
		{"the controller is at it", three().Revisions("a", "b").Pods("a a b?"), apply("b", replicas(4)), `
statefulset.apps/web: waiting for web-0 to be replaced; waiting for web-1 to be replaced; waiting for web-2 to be Available`},
		{"not all are there yet", three().Pods("a a? -"), apply("a"), `
statefulset.apps/web: waiting for web-1 to be Available; waiting for web-2 to be Available: blocked-by-lower-ordinal: the controller waits for web-1`},
	})
}

func TestApplyOntoARollout(t *testing.T) {
	try(t, []row{
		{"a promote to some", three().Revisions("a", "b").Pods("a b b").Partition(1).Record("promote", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"target": "1"} }), apply("b"), under},
		{"a canary is on, of this template", half(), apply("b"), under},
		{"a canary is on, of another", half(), apply("c"), under},
		{"another apply was cut", three().Revisions("a", "b").Partition(1).Record("promote", rollout.Open), apply("c"), under},
		{"an abort is under way", three().Revisions("b", "a").Pods("a a b/").Record("abort", rollout.Open), apply("a"), abortUnderWay},
		{"none stands, and a template to go back to", three().Revisions("a", "b").Pods("b! b! b!"), apply("c"), under},
	})
}

func TestApplyMeetsABrokenPod(t *testing.T) {
	try(t, []row{
		{"broken, and another template", three().Pods("a a! a"), apply("b"), "refused: BrokenPods: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown" + correctable},
		{"broken by the manifest", three().Pods("a a! a"), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: image-pull: manifest unknown" + correctable},
		{"none stands, and another template", three().Pods("a! - -"), apply("b"), "refused: BrokenPods: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown" + correctable},
		{"none stands, for want of a claim", three().Pods("a! - -").Glance(claimless("data-web-0 is not bound: no class")), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: claim-pending: data-web-0 is not bound: no class; " + volumesFirst + "(kubectl -n default delete pvc data-web-0), and apply the corrected file"},
		{"none stands, for want of two claims", three().Pods("a! - -").Glance(claimless("data-web-0 is not bound: no class"), unboundToo("log-web-0")), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: claim-pending: data-web-0 is not bound: no class; " + volumesFirst + "(kubectl -n default delete pvc data-web-0 log-web-0), and apply the corrected file"},
		{"one of those that stand, for want of a claim", three().Pods("a a a!").Glance(claimless("data-web-2 is not bound: no class")), apply("b"), "refused: BrokenPods: statefulset.apps/web: web-2 has failed: claim-pending: data-web-2 is not bound: no class; " + volumesFirst + "(kubectl -n default delete pvc data-web-2), and apply the corrected file"},
		{"none stands, and the scheduler refuses the volumes", three().Pods("a! - -").Glance(claimless("data-web-0 is not bound: no class"), unschedulable), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: claim-pending: data-web-0 is not bound: no class; " + unbound + "data-web-0), and apply the file again"},
		{"none stands, for want of some claim", three().Pods("a! - -").Glance(claimless("unbound")), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: claim-pending: unbound; " + unbound + "CLAIM), and apply the file again"},
		{"none stands, for want of an ephemeral claim", three().Pods("a! - -").Glance(claimless("web-0-tmp is not bound: no class"), ephemeral("web-0-tmp")), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: claim-pending: web-0-tmp is not bound: no class" + correctable},
		{"broken by its node", three().Pods("a a! a").Glance(causedBy(rollout.NodeLost)), apply("b"), "refused: BrokenPods: statefulset.apps/web: web-1 has failed: node-lost"},
		{"broken by a quota, and the same template", three().Pods("a a! a").Glance(causedBy(rollout.Quota)), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-1 has failed: quota"},
		{"none stands by the manifest", three().Pods("a! - -"), apply("a"), "failed: OrdinalFailed: statefulset.apps/web: web-0 has failed: image-pull: manifest unknown" + correctable},
	})
}

func TestApplyNeedsAPartition(t *testing.T) {
	try(t, []row{
		{"OnDelete", three().With(onDelete), apply("b"), `
refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to apply by; write a template with kubectl (set image, apply), then delete the outdated pods one by one`},
		{"OnDelete, and pods to be deleted", three().With(onDelete).Revisions("a", "b").Pods("a a b"), apply("b"), `
refused: WrongStrategy: statefulset.apps/web: its update strategy is OnDelete, which has no partition to apply by; write a template with kubectl (set image, apply), then delete the outdated pods one by one`},
		{"OnDelete, and all are on it", three().With(onDelete).Revisions("a", "b").Pods("b b b"), apply("b"), "applied (3/3 on web-b)"},
	})
}

func TestApplyAndItsClaims(t *testing.T) {
	try(t, []row{
		{"claims would be destroyed", three().With(claims), apply("b", replicas(2), deletes), `
refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-2, logs-web-2; to agree to that, add --confirm-data-loss=web`},
		{"the policy becomes Delete", three(), apply("b", replicas(1), deletes), armed},
		{"the policy alone becomes Delete", three(), apply("a", replicas(1), deletes, rest), armed},
		{"the policy becomes Delete, and one goes", three().Replicas(2).Pods("a a a/"), apply("a", replicas(3), deletes, rest), armsLeaving},
		{"the same, agreed to", three().Replicas(2).Pods("a a a/"), apply("a", deletes, rest, func(g *rollout.Apply) { g.LosesClaimsOf = "web" }), "statefulset.apps/web: waiting for web-2 to go"},
		{"the policy becomes Delete, agreed", three(), apply("a", replicas(2), deletes, rest, func(g *rollout.Apply) { g.LosesClaimsOf = "web" }), `
1. replicas 2: take web-2 away; then wait until web-2 is gone
2. record done: it is done`},
		{"the policy becomes Delete, and all stay", three(), apply("a", replicas(3), deletes, rest), "applied (3/3 on web-a)"},
		{"the policy becomes Retain", three().With(claims), apply("a", replicas(2), rest), `
1. replicas 2: take web-2 away; then wait until web-2 is gone
2. record done: it is done`},
		{"the policy became Delete again", three().With(claims), apply("a", replicas(1)), `
refused: WouldDeleteClaims: statefulset.apps/web: its retention policy whenScaled is Delete, so this would destroy the claims data-web-2, logs-web-2, data-web-1, logs-web-1; to agree to that, add --confirm-data-loss=web`},
		{"the policy becomes Retain with a template", three().With(claims).Replicas(1), apply("b", replicas(0)), `
1. template b, partition 0: the manifest's template, for web-0; then wait until web-0 is Available on the new revision
2. replicas 0: take web-0 away; then wait until web-0 is gone
3. record done: it is done`},
	})
}

// TestBrokenHints: a refusal names what gets a set out of its state.
func TestBrokenHints(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Goal
		want string
	}{
		"none stands":                 {three().Pods("a! - -"), apply("b"), "kubectl -n default describe pod web-0"},
		"none stands, for a claim":    {three().Pods("a! - -").Glance(claimless("data-web-0 is not bound: no class")), apply("b"), "kubectl sts pv status web -n default"},
		"none stands, for some claim": {three().Pods("a! - -").Glance(claimless("unbound")), apply("b"), "delete web"},
		"none stands, for a scale":    {three().Pods("a! - -"), scale(4), "kubectl -n default describe pod web-0"},
		"one stands":                  {three().Pods("a a! -"), apply("b"), "kubectl -n default describe pod web-1"},
		"a template to go back to":    {three().Revisions("a", "b").Pods("b! b! b!"), apply("c"), "abort web"},
		"OnDelete":                    {three().With(onDelete), promote("", "1"), ""},
		"OnDelete, and outdated pods": {three().With(onDelete).Revisions("a", "b").Pods("a a b"), promote("", "1"), "kubectl -n default delete pod web-1"},
	} {
		s := tt.in.State()
		var refusal *rollout.Refusal
		if err := rollout.Decide(tt.goal, s, rollout.LeaseOf(tt.goal, s, "")).Err; !errors.As(err, &refusal) || refusal.Hint != tt.want {
			t.Errorf("%s: %v, want a refusal with the hint %q", name, err, tt.want)
		}
	}
}
