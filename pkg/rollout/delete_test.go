// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// none is a set that has no ordinal left.
func none() rollouttest.Sight { return three().Replicas(0) }

// owners say who owns a claim: "set-1", "pod-0", or nobody.
type owners map[string]types.UID

func owned(owners owners) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for _, claimName := range []string{"data-web-0", "data-web-1", "data-web-7", "logs-other-0"} {
			owner, ok := owners[claimName]
			if !ok {
				continue
			}
			claim := rollout.ClaimSight{Name: claimName, UID: types.UID("uid-" + claimName), Version: "5"}
			if owner != "" {
				claim.Owners = []types.UID{owner, "somebody"}
			}
			g.Claims = append(g.Claims, claim)
		}
	}
}

func deleting(args map[string]string) []func(*rollout.Record) {
	return []func(*rollout.Record){func(r *rollout.Record) { r.Args = args }}
}

// descent is a delete of three, each of which is waited for.
const descent = `1. replicas 2: take web-2 away; then wait until web-2 is gone
2. replicas 1: take web-1 away; then wait until web-1 is gone
3. replicas 0: take web-0 away; then wait until web-0 is gone
4. delete the set: no pod of it is left; then wait until it is gone`

// counted is a pod that the controller counts.
func counted(g *rollout.Glance) { g.Set.Counted = 1 }

func TestDeletePlans(t *testing.T) {
	try(t, []row{
		{"the highest first", three(), rollout.Delete{}, descent},
		{"one is on its way out", three().Pods("a a a a/"), rollout.Delete{}, "statefulset.apps/web: waiting for web-3 to go"},
		{"two broken surplus pods", none().Pods("a? a!"), rollout.Delete{}, `
1. delete pod "web-1": two broken surplus pods block each other, and neither is ever made again; then wait until web-1 is gone
2. delete the set: no pod of it is left; then wait until it is gone`},
		{"one in range is broken", three().Pods("a a! a a"), rollout.Delete{}, `
1. replicas 1: take web-1 to web-2 away, one by one: the controller would wait for the lowest of them; then wait until web-1 to web-2 are gone
2. replicas 0: take web-0 away; then wait until web-0 is gone
3. delete the set: no pod of it is left; then wait until it is gone`},
		{"the highest is broken", three().Pods("a a a?"), rollout.Delete{}, descent},
		{"Parallel, one in range is broken: nobody waits for it", three().With(parallel).Pods("a a! a"), rollout.Delete{}, descent},
		{"Parallel, somebody's pod has the name of one: the controller waits for it", three().With(parallel).Pods("a - a").Glance(func(g *rollout.Glance) {
			g.Strays = []rollout.Stray{{PodName: "web-1", Why: "it is somebody's"}}
		}), rollout.Delete{}, `
1. replicas 1: take web-1 to web-2 away, one by one: the controller would wait for the lowest of them; then wait until web-1 to web-2 are gone
2. replicas 0: take web-0 away; then wait until web-0 is gone
3. delete the set: no pod of it is left; then wait until it is gone`},
		{"the controller counts one that is not to be seen yet", none().Glance(counted), rollout.Delete{}, `
statefulset.apps/web: waiting for the controller to count no pod`},
		{"its own write is not observed", three().Record("delete", rollout.Open).Unobserved(), rollout.Delete{}, unseen},
		{"somebody scaled it up again", three().Pods("a a a.").Record("delete", rollout.Open, func(r *rollout.Record) { r.Replicas, r.Gen = 1, 6 }), rollout.Delete{}, `
superseded: SpecChanged: statefulset.apps/web: replicas changed from 1 to 3; to begin the delete anew: kubectl -n default annotate statefulset.apps/web kubectl-sts/rollout-, and name another file by --save, since the manifest that is saved has the replicas and the retention policy as they were`},
	})
}

func TestDeleteOntoARollout(t *testing.T) {
	try(t, []row{
		{"a canary", half(), rollout.Delete{}, `
refused: CanaryUnderWay: statefulset.apps/web: a canary is on (web-b, from web-a), and a set that is made anew has one template only; promote it or abort it before deleting`},
		{"a rollout that is no canary", rollouttest.Set("web").Revisions("a", "b").Pods("a"), rollout.Delete{}, `
1. replicas 0: take web-0 away; then wait until web-0 is gone
2. delete the set: no pod of it is left; then wait until it is gone`},
		{"an abort is under way", back("a a b/"), rollout.Delete{}, `
1. replicas 2: take web-2 to web-4 away, one by one: the controller would wait for the lowest of them; then wait until web-2 to web-4 are gone
2. replicas 1: take web-1 away; then wait until web-1 is gone
3. replicas 0: take web-0 away; then wait until web-0 is gone
4. delete the set: no pod of it is left; then wait until it is gone`},
	})
}

func TestDeleteKeepsTheClaims(t *testing.T) {
	deletes := func(s *rollout.Set) { s.Retention = rollout.Retention{WhenDeleted: "Delete", WhenScaled: "Retain"} }
	try(t, []row{
		{"its policy first, then the claims, of ordinals long gone too", none().With(deletes).Glance(owned(owners{"data-web-0": "set-1", "data-web-7": "set-1", "logs-other-0": "set-1", "data-web-1": ""})), rollout.Delete{}, `
1. retention Retain/Retain: no claim goes with a pod or with the set; then wait until the controller has seen it
2. claim "data-web-0": no owner: it would be deleted with its owner
3. claim "data-web-7": no owner: it would be deleted with its owner
4. claim "logs-other-0": no owner: it would be deleted with its owner
5. delete the set: no pod of it is left; then wait until it is gone`},
		{"the claim of a pod", rollouttest.Set("web").Glance(owned(owners{"data-web-0": "pod-0", "data-web-1": "another"})), rollout.Delete{}, `
1. claim "data-web-0": no owner: it would be deleted with its owner
2. replicas 0: take web-0 away; then wait until web-0 is gone
3. delete the set: no pod of it is left; then wait until it is gone`},
	})
}

func TestDeleteOfTheClaimsToo(t *testing.T) {
	agreed := rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web"}
	besides := agreed
	for _, setName := range []string{"db", "0", "web"} {
		besides.Others = append(besides.Others, rollout.Set{Name: setName, ClaimTemplates: []string{"data"}})
	}
	own := func(s *rollout.Set) { s.ClaimLabels = map[string]string{"app": "web"} }
	untold := func(s *rollout.Set) { s.ClaimLabels = map[string]string{} }
	labeled := func(g *rollout.Glance) {
		g.Claims[0].Labels = map[string]string{"app": "web", "more": "yes"}
		g.Claims[1].Labels = map[string]string{"app": "db"}
	}
	going := func(g *rollout.Glance) { g.Claims[0].Terminating = true }
	try(t, []row{
		{"the claims too", none().Glance(owned(owners{"data-web-0": "set-1", "data-web-7": "", "logs-other-0": "set-1"})), agreed, `
1. claim "logs-other-0": no owner: it would be deleted with its owner
2. delete claim "data-web-0": asked for by --claims=delete
3. delete claim "data-web-7": asked for by --claims=delete
4. delete the set: no pod of it is left; then wait until it is gone`},
		{"the claims too, and the controller counts a pod that is not to be seen yet", none().Glance(owned(owners{"data-web-0": ""}), counted), agreed, `
statefulset.apps/web: waiting for the controller to count no pod`},
		{"the claims too, not agreed", three().Glance(owned(owners{"data-web-0": "", "data-web-7": "", "logs-other-0": ""})), rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "other"}, `
refused: WouldDeleteClaims: statefulset.apps/web: --claims=delete would destroy the claims data-web-0, data-web-7; to agree to that, add --confirm-data-loss=web`},
		{"a claim that is another set's too", none().Glance(owned(owners{"data-web-0": ""})), besides, `
refused: WouldDeleteClaims: statefulset.apps/web: the claim data-web-0 is one of statefulset.apps/web too, by its name; delete the set without its claims, and those that are its own by hand`},
		{"a claim that another set made, which is gone", three().With(own).Glance(owned(owners{"data-web-0": "", "data-web-7": "", "logs-other-0": ""}), labeled), agreed, `
refused: WouldDeleteClaims: statefulset.apps/web: by their names the claims data-web-7 are its own, but they have not the labels (app=web) that tell them from those of another set, which is deleted by now; label those that are its own, or delete the set without its claims, and those by hand`},
		{"claims of whom nothing tells", three().With(untold).Glance(owned(owners{"data-web-0": "", "logs-other-0": ""}), labeled), agreed, `
refused: WouldDeleteClaims: statefulset.apps/web: nothing tells whether the claims data-web-0 are its own or those of another set, which is deleted by now: its selector has no matchLabels, which the controller writes on each claim that it makes, and names no label of its pods; delete the set without its claims, and those by hand`},
		{"nobody tells, and none goes", none().With(untold).Glance(owned(owners{"logs-other-0": ""})), agreed, `
1. delete the set: no pod of it is left; then wait until it is gone`},
		{"a claim on its way out", none().Glance(owned(owners{"data-web-0": ""}), going), agreed, `
statefulset.apps/web: waiting for claim data-web-0 to be gone`},
	})
}

// What is destroyed must be nobody's any more: who is not the set's ends first,
// whatever the user has agreed to.
func TestDeleteOfClaimsInUse(t *testing.T) {
	used := func(b rollout.Bystander) rollout.Delete {
		b.Pod = rollout.Pod{Name: "backup", Claims: []string{"scratch", "data-web-7"}}
		return rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web", Users: []rollout.Bystander{b}}
	}
	kept := used(rollout.Bystander{})
	kept.Claims = rollout.ClaimsKept
	in := none().Glance(owned(owners{"data-web-7": ""}))
	const refused = `
refused: WouldDeleteClaims: statefulset.apps/web: its claim data-web-7 is mounted by pod "backup", which is not the set's, and --claims=delete would destroy its data; end that pod first, or delete the set without its claims`
	const goes = `
1. delete claim "data-web-7": asked for by --claims=delete
2. delete the set: no pod of it is left; then wait until it is gone`
	try(t, []row{
		{"by a pod of another name", in, used(rollout.Bystander{}), refused},
		{"by a pod in the way", in, used(rollout.Bystander{Bond: rollout.Squatting}), refused},
		{"by one that has ended", in, used(rollout.Bystander{Over: true}), goes},
		{"by one that is on its way out", in, used(rollout.Bystander{Bond: rollout.Parting}), goes},
		{"by one that the set takes over", in, used(rollout.Bystander{Bond: rollout.Adopted}), goes},
		{"another claim than the set's", none().Glance(owned(owners{"data-web-1": ""})), used(rollout.Bystander{}), strings.ReplaceAll(goes, "web-7", "web-1")},
		{"and the claims stay", in, kept, `
1. delete the set: no pod of it is left; then wait until it is gone`},
	})
}

// A set that is on its way out, with nothing left to write, is awaited; one that
// somebody else deletes otherwise is not what was asked for.
func TestDeleteAwaitsTheEnd(t *testing.T) {
	ending := none().With(func(s *rollout.Set) { s.Deleting, s.Finalizers = true, []string{"shop/backup"} })
	claims := owned(owners{"data-web-0": "set-1"})
	const gone = `superseded: SetDeleted: statefulset.apps/web is being deleted: finalizers ["shop/backup"] are still on it`
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal rollout.Delete
		want string
	}{
		"finalizers":             {ending, rollout.Delete{}, `waiting for the set to be gone: terminating-finalizer: finalizers ["shop/backup"] are still on it`},
		"none":                   {ending.With(func(s *rollout.Set) { s.Finalizers = nil }), rollout.Delete{}, "waiting for the set to be gone"},
		"it has ordinals":        {ending.Replicas(1), rollout.Delete{}, gone},
		"a pod is left":          {ending.Pods("a"), rollout.Delete{}, gone},
		"its claims go too":      {ending.With(func(s *rollout.Set) { s.Retention.WhenDeleted = "Delete" }), rollout.Delete{}, gone},
		"a claim goes with it":   {ending.Glance(claims), rollout.Delete{}, gone},
		"claims are to go first": {ending.Glance(owned(owners{"data-web-0": ""})), rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web"}, gone},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			lease := rollout.LeaseOf(tt.goal, s, "0000bbbb")
			decision := rollout.Decide(tt.goal, s, lease)
			got := ""
			switch {
			case decision.Err != nil:
				got = rollouttest.Kind(decision.Err) + ": " + decision.Err.Error()
			case len(decision.Wait) > 0:
				got = decision.Wait[0].String()
				s.Set.UID = ""
				if !rollout.Decide(tt.goal, s, lease).Done {
					t.Error("it is gone, and that is not the end")
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A canary in the way goes forward or back: back where an ordinal does not stand.
func TestDeleteHintsTheWayOutOfACanary(t *testing.T) {
	for want, in := range map[string]rollouttest.Sight{
		"promote web --revision=web-b": half(),
		"abort web":                    half().Pods("a a a b b!"),
	} {
		var refusal *rollout.Refusal
		_, err := rollout.Delete{}.Plan(in.State())
		if !errors.As(err, &refusal) || refusal.Hint != want {
			t.Errorf("%v: the hint is not %q", err, want)
		}
	}
}

// A delete is called off by its manifest, and abort says so.
func TestAbortOfADelete(t *testing.T) {
	saved := func(r *rollout.Record) { r.Args = map[string]string{"saved": "web.yaml"} }
	_, needed, err := rollout.Aborts(three().Record("delete", rollout.Open, saved).State())
	if needed || err == nil || !strings.HasSuffix(err.Error(), "apply the manifest that the delete saved, web.yaml") {
		t.Errorf("needed %v, %v", needed, err)
	}
	if _, needed, err = rollout.Aborts(three().Record("scale", rollout.Open).State()); needed || err != nil {
		t.Errorf("of a scale: needed %v, %v", needed, err)
	}
}

// TestNothingCallsADeleteOffInSilence: what is left of the ordinals would be taken for
// what the set is to have.
func TestNothingCallsADeleteOffInSilence(t *testing.T) {
	begun := three().Record("delete", rollout.Open, func(r *rollout.Record) { r.Args = map[string]string{"replicas": "5"} })
	const want = "refused: OtherOperationUnderWay: statefulset.apps/web: a delete is under way since 08:00:00 UTC, of 5 ordinals; finish it, or call it off by an apply of the manifest that it saved, default-web.yaml, or the file of its --save"
	try(t, []row{
		{"scale", begun, scale(3), want},
		{"canary", begun, canary("b", "1", "1"), want},
		{"promote", begun, promote("", "1"), want},
		{"apply", begun, apply("a", replicas(5)), `
1. replicas 4: make web-3; then wait until web-3 is Available
2. replicas 5: make web-4; then wait until web-4 is Available
3. record done: it is done`},
	})
}

// What a delete finds is what the manifest must say, also when it goes on.
func TestDeletes(t *testing.T) {
	args := map[string]string{"replicas": "5", "whenDeleted": "Delete", "whenScaled": "Retain"}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want rollout.Found
	}{
		"settled":                        {three().Partition(2), rollout.Found{Replicas: 3, Partition: rollout.Partition{Index: 2}}},
		"broken":                         {three().Partition(2).Pods("a a! a"), rollout.Found{Replicas: 3, Partition: rollout.Partition{Index: 2}}},
		"a promote that was interrupted": {three().Revisions("a", "b").Record("promote", rollout.Open, func(r *rollout.Record) { r.Own.Partition = 2 }), rollout.Found{Replicas: 3, Partition: rollout.Partition{Index: 2}}},
		"under way":                      {three().Record("delete", rollout.Open, deleting(args)...), rollout.Found{Replicas: 5, Retention: rollout.Retention{WhenDeleted: "Delete", WhenScaled: "Retain"}}},
		"under way, and scaled since":    {three().Record("delete", rollout.Open, func(r *rollout.Record) { r.Args, r.Replicas = args, 2 }), rollout.Found{Replicas: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, rollout.Deletes(tt.in.State())); diff != "" {
				t.Errorf("%s", diff)
			}
		})
	}
}

func TestSavedManifest(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "StatefulSet",
		"metadata": map[string]any{
			"name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "2", "generation": int64(3), "creationTimestamp": "now",
			"managedFields": []any{}, "finalizers": []any{"x", "foregroundDeletion", "orphan"}, "ownerReferences": []any{}, "labels": map[string]any{"app": "web"},
			"annotations": map[string]any{"note": "mine", rollout.RecordKey: "{}", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
		},
		"spec": map[string]any{
			"replicas": int64(1), "unheardOf": "stays",
			"persistentVolumeClaimRetentionPolicy": map[string]any{"whenDeleted": "Retain", "whenScaled": "Retain"},
			"updateStrategy":                       map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"partition": int64(0), "maxUnavailable": int64(1)}},
			"volumeClaimTemplates":                 []any{map[string]any{"metadata": map[string]any{"name": "data"}, "status": map[string]any{}}},
		},
		"status": map[string]any{"replicas": int64(1)},
	}}
	found := rollout.Found{Replicas: 3, Partition: rollout.Partition{Index: 2}, Retention: rollout.Retention{WhenDeleted: "Delete", WhenScaled: "Retain"}}
	got, err := found.Manifest(object)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"apiVersion": "apps/v1", "kind": "StatefulSet",
		"metadata": map[string]any{"name": "web", "namespace": "shop", "labels": map[string]any{"app": "web"}, "annotations": map[string]any{"note": "mine"}, "finalizers": []any{"x"}},
		"spec": map[string]any{
			"replicas": int64(3), "unheardOf": "stays",
			"persistentVolumeClaimRetentionPolicy": map[string]any{"whenDeleted": "Delete", "whenScaled": "Retain"},
			"updateStrategy":                       map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"partition": int64(2), "maxUnavailable": int64(1)}},
			"volumeClaimTemplates":                 []any{map[string]any{"metadata": map[string]any{"name": "data"}}},
		},
	}
	if diff := cmp.Diff(want, got.Object); diff != "" {
		t.Errorf("%s", diff)
	}
	found.Partition = rollout.Partition{Nil: true}
	got, err = found.Manifest(object)
	if err != nil {
		t.Fatal(err)
	}
	strategy, _, err := unstructured.NestedMap(got.Object, "spec", "updateStrategy")
	if diff := cmp.Diff(map[string]any{"type": "RollingUpdate"}, strategy); diff != "" || err != nil {
		t.Errorf("no block was there: %s %v", diff, err)
	}
}

// TestDeletedWithItsFault: who has deleted what failed of its only template is told that
// the saved file still has it.
func TestDeletedWithItsFault(t *testing.T) {
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want string
	}{
		"it failed of it":    {three().Pods("a! - -"), "deleted (it had no claims); web-0 had failed of the template that is saved: correct the file before it is applied"},
		"all stood":          {three(), "deleted (it had no claims)"},
		"of an earlier one":  {fixed("a! - -"), "deleted (it had no claims)"},
		"it was on its way":  {three().Pods("a? - -"), "deleted (it had no claims)"},
		"none was made yet":  {three().Pods("- - -"), "deleted (it had no claims)"},
		"one of several did": {three().Pods("a a a!"), "deleted (it had no claims); web-2 had failed of the template that is saved: correct the file before it is applied"},
	} {
		s := tt.in.State()
		if got := (rollout.Delete{Failed: s.FailedOfIt()}).Reached(s); got != tt.want {
			t.Errorf("%s: it says %q, want %q", name, got, tt.want)
		}
	}
}
